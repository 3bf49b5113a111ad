"""Whoever is killed, and whenever: all is as before within the lease."""

import contextlib
import os
import random
import signal
import time

import pytest

import keeping
import struck

pytestmark = [pytest.mark.docker, pytest.mark.timeout(180)]

SEED = 5
_DRAWS = random.Random(SEED)
MOMENTS = [round(0.9 + 0.5 * each + _DRAWS.uniform(0.0, 0.5), 3) for each in range(5)]
LEASE = 2.0
SERVICES = ("till", "stock", "mail")


@pytest.fixture(scope="module")
def image(engine, request):
    return struck.helper_image(request)


@pytest.fixture(scope="module")
def system(engine):
    made = struck.system(engine)
    made.ids = {each: made.run(each) for each in SERVICES}
    for each in SERVICES[1:]:
        made.wait(made.ids["till"], each)
    made.injections = inject(made.prefix)
    yield made
    made.close()


def inject(prefix):
    return "".join(
        f"  - {{id: {name}, service: {prefix}-{service}, fault: {{{fault}}}, "
        f"during: {{from: fault + {at}, for: {length}}}}}\n"
        for name, service, fault, at, length in (
            ("hangs", "till", "pause: {}", "0s", "2s"),
            ("unplugged", "stock", "disconnect: {}", "200ms", "2s"),
            ("apart", "mail", "partition: {from: till}", "400ms", "2s"),
            ("again", "mail", "pause: {}", "1s", "500ms"),
        )
    )


def looks(system):
    return {name: struck.look(system.client, each) for name, each in system.ids.items()}


def is_healed(system, before, within):
    """Tell how long it took until all was as before; AssertionError with what is not."""
    began = time.monotonic()
    while True:
        now = looks(system)
        if now == before:
            return time.monotonic() - began
        assert time.monotonic() - began < within, [
            (name, line)
            for name in before
            for line in set(map(str, flat(now[name]))) ^ set(map(str, flat(before[name])))
        ]
        time.sleep(0.1)


def flat(looked):
    return [*looked["inside"], *looked["engine"].items()]


def inside(system, name):
    return struck.look(system.client, system.ids[name])["inside"]


def healed_by_the_helper(system):
    """Wait until the helper has seen that the keeper is gone, and has taken its table away."""
    began = time.monotonic()
    while any("chaoskit" in line for line in inside(system, "mail")):
        assert time.monotonic() - began < 1.0
        time.sleep(0.02)
    print(f"keeper killed: its table is gone {time.monotonic() - began:.2f} s later")  # noqa: T201 - a figure


def helpers(system):
    return system.client.containers.list(filters={"label": "chaoskit.run=" + system.prefix})


def start(system, folder, image):
    return keeping.Keeping(
        folder / "run", keeping.experiment(system.injections), image, run=system.prefix, lease=LEASE
    )


def test_a_run_that_nobody_kills_takes_everything_back_on_time(system, image, tmp_path):
    before = looks(system)
    run = start(system, tmp_path, image)
    try:
        assert run.first == {
            "ready": {
                "containers": {
                    "hangs": [f"{system.prefix}-till"],
                    "unplugged": [f"{system.prefix}-stock"],
                    "apart": [f"{system.prefix}-mail"],
                    "again": [f"{system.prefix}-mail"],
                },
                "problems": {},
            }
        }
        run.sleep_until(1.7)
        shown = run.chaoskit("ps").stdout
        assert [line.split()[1:3] for line in shown.splitlines()[1:4]] == [
            ["hangs", "pause"],
            ["unplugged", "disconnect"],
            ["apart", "partition"],
        ]
        run.sleep_until(4.2)
        is_healed(system, before, 1.0)
    finally:
        run.kill_controller()
    run.wait(5.0)
    done = [(each["injection"], each["what"], round(each["t"] - run.start, 1)) for each in run.deeds()]
    due = {"hangs": (1.0, 3.0), "unplugged": (1.2, 3.2), "apart": (1.4, 3.4), "again": (2.0, 2.5)}
    for injection, (on, off) in due.items():
        assert (injection, "entered", pytest.approx(on, abs=0.6)) in done
        assert (injection, "left", pytest.approx(off, abs=0.6)) in done
    assert all(each.get("restored") is not False for each in run.deeds())
    assert helpers(system) == []
    assert list((run.state / "chaoskit" / "journal").iterdir()) == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_controller_is_killed(system, image, tmp_path, moment):
    before = looks(system)
    run = start(system, tmp_path, image)
    run.sleep_until(moment)
    run.kill_controller()
    took = is_healed(system, before, LEASE + 2.0)
    run.wait(LEASE + 2.0)
    assert helpers(system) == []
    assert list((run.state / "chaoskit" / "journal").iterdir()) == []
    print(f"killed at {moment:g} s: as before {took:.2f} s later")  # noqa: T201 - a figure worth reading


def test_the_keeper_is_killed_and_recover_takes_back_what_the_kernel_does_not(system, image, tmp_path):
    before = looks(system)
    run = start(system, tmp_path, image)
    run.sleep_until(1.8)
    run.kill_keeper()
    healed_by_the_helper(system)
    assert looks(system) != before
    assert "the run has ended" in run.chaoskit("ps").stdout
    planned = run.chaoskit("recover", "--dry-run").stdout
    assert f"pause on {system.prefix}-till (`hangs` of the run {system.prefix}): unpause it" in planned
    assert looks(system) != before
    done = run.chaoskit("recover")
    assert (done.returncode, done.stderr) == (0, "")
    assert is_healed(system, before, 0.5) < 0.5
    assert run.chaoskit("recover").stdout == "nothing is left behind\n"
    assert run.chaoskit("ps").stdout == "chaoskit holds nothing\n"
    assert helpers(system) == []


def test_the_partition_heals_by_itself_even_where_everything_is_killed(system, image, tmp_path):
    before = looks(system)
    run = start(system, tmp_path, image)
    run.sleep_until(1.8)
    assert any("expires" in line for line in inside(system, "mail"))
    for each in helpers(system):
        each.kill("KILL")
    run.kill_keeper()
    time.sleep(LEASE)
    left = inside(system, "mail")
    assert any("chaoskit" in line for line in left)  # the table is there, and catches nothing any more
    assert not any("expires" in line for line in left)
    run.chaoskit("recover")
    is_healed(system, before, 1.0)


def test_a_controller_that_hangs_loses_its_lease(system, image, tmp_path):
    before = looks(system)
    run = start(system, tmp_path, image)
    run.sleep_until(1.3)
    os.kill(run.controller.pid, signal.SIGSTOP)
    try:
        run.wait(LEASE + 3.0)
        is_healed(system, before, 1.0)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(run.controller.pid, signal.SIGCONT)
        run.kill_controller()
