"""The share that was asked is the share of calls that a client sees struck."""

import pytest
from scipy import stats

from chaoskit.core.dice import Dice
from driving import Call, drive, provider, run
from tls_origin import HOST

pytestmark = [pytest.mark.socket, pytest.mark.broad]
SEED = 7
SHARES = (1, 10, 30, 50, 99)  # percent
CALLS = 2000


def test_each_share_is_in_its_binomial_interval_and_is_what_the_dice_say(kit, tell):
    """Counted at the client, of 2000 calls each; the record and the dice must say the same number.

    A correct build leaves at least one of five exact 99 % intervals with a chance of at most 5 % over all
    seeds. Of this one it does not: a draw is a hash of the seed and the call, not of the time.
    """
    inject = ", ".join(
        f"{{id: s{share}, provider: pay, fault: {{error: {{status: 503}}}}, during: fault, share: {share}%, "
        f"match: {{path: /s{share}}}}}"
        for share in SHARES
    )
    origin = provider(kit)
    proxy = kit.worker(origin, f"[{inject}]", seed=SEED)
    proxy.arm()
    calls = [Call(path=f"/s{share}", name=f"{n}") for n in range(CALLS) for share in SHARES]
    done = run(origin, drive(proxy, calls, 16))
    record = proxy.lines()

    for share in SHARES:
        path, p = f"/s{share}", share / 100
        struck = {each.call.name for each in done if each.call.path == path and each.status == 503}
        fine = {each.call.name for each in done if each.call.path == path and each.status == 200}
        low, high = (int(each) for each in stats.binom.interval(0.99, CALLS, p))
        tell(f"share {share} %", f"{share} %", f"{len(struck) / CALLS:.2%}", f"{low} to {high} of {CALLS}")
        assert len(struck) + len(fine) == CALLS
        assert low <= len(struck) <= high, (share, len(struck))
        assert struck == {
            f"{n}"
            for n in range(CALLS)
            if Dice(SEED, f"s{share}", f"{n} GET {HOST}{path} 1").chance(p, "share")
        }
        assert len([line for line in record if line["path"] == path and line["hits"]]) == len(struck)
