"""Whether a service that did not come back may have been held down by its client, which our capture damaged.

Some clients have a defect that only a capture provokes: behind a proxy that they reach by CONNECT, httpx
loses a slot of its pool with each TLS handshake that fails in the tunnel (the catalogue's ``defects``). After
a few failed handshakes the pool has no slot left. From then on no call leaves the service at all; each waits
for a slot and fails. In production, without the tunnel, the same service would have recovered at once. So
"it took more than 10 s to recover" would be true of this run and false of the service.

**The sign.** The proxy cannot see a pool, but it sees what an empty one does: nothing. The rule asks for:

- an injection of a kind that provokes the defect, captured by a tunnel, that is over before the judged
  stretch begins (``Evidence.suspects``: whoever reads the record knows captures and clients, we do not);
- attempts for its provider before that: the service does call it, and the capture works;
- **no** attempt for it, neither call nor connection, in the whole judged stretch, and nothing carried by a
  connection that was open before. One is enough to show that the client still reaches the provider; then
  whatever fails there is the service's own, and stays a failure;
- an endpoint that depends on the provider, or does not say what it depends on;
- more than half of its samples in the stretch failed. A service that answers well without calling has a
  fallback or a cache, and is judged by its answers.

**What else looks like this.** A service whose own breaker opened and never closes makes no attempt either:
that is its own fault. Nothing that the proxy sees tells the two apart. So the verdict depends on what is
known of the client:

| the target's client | the verdict |
| --- | --- |
| one with the defect is installed | inconclusive; the reason names both possibilities |
| not known (a container, a service that we did not start, a shell script) | the same, with "if" |
| known not to have it (another runtime, the package is not there, a version with the fix) | fail |
| any, but the capture is no tunnel, or the fault none that provokes it | fail |

A breaker that never closes, in a service that has httpx installed, is so inconclusive behind CONNECT. That is
not lost: the reason says how to capture without CONNECT, and there the same run fails. The opposite error, a
failure for a bug that production never meets, could not be found out by running again.
"""

from collections.abc import Iterator

from chaoskit.core.experiment import Injection
from chaoskit.slos.evidence import Evidence, Suspect

MOST = 0.5
"""The share of good samples above which an endpoint does not count as held down."""


def excuse(evidence: Evidence, endpoint: str, start: float, stop: float) -> str | None:
    """Return why a failure of ``endpoint`` in ``[start, stop)`` may not be the service's; None if it is."""
    found = evidence.samples.get(endpoint)
    samples = None if found is None else found.within(start, stop)
    if samples is None or not len(samples) or float(samples.good.mean()) > MOST:
        return None
    for suspect, injection in _over(evidence, start):
        if not _depends(evidence, endpoint, injection.provider):
            continue
        times = [each.t for each in evidence.calls_to(injection.provider)]
        is_reached = any(start <= t < stop for t in times) or _carried(evidence, injection, start, stop)
        if any(t < start for t in times) and not is_reached:
            return _sentence(suspect, endpoint, injection)
    return None


def _carried(evidence: Evidence, injection: Injection, start: float, stop: float) -> bool:
    return any(
        each.until > start and each.t < stop and injection.is_aimed_at(each.provider, each.groups)
        for each in evidence.carried
    )


def _over(evidence: Evidence, start: float) -> Iterator[tuple[Suspect, Injection]]:
    by_id = {each.id: each for each in evidence.experiment.injections}
    for suspect in evidence.suspects:
        injection = by_id.get(suspect.injection)
        if injection is not None and injection.stop <= start:
            yield suspect, injection


def _depends(evidence: Evidence, endpoint: str, provider: str) -> bool:
    own = next((each for each in evidence.experiment.load.endpoints if each.name == endpoint), None)
    return own is None or not own.depends_on or provider in own.depends_on


def _sentence(suspect: Suspect, endpoint: str, injection: Injection) -> str:
    provider = injection.provider
    does = "does" if suspect.is_installed else "does, if that is what the service calls with,"
    return (
        f"{endpoint} kept failing, and after {injection.id} had ended nothing of it reached the proxy for "
        f"{provider}: {suspect.client} {does} so behind CONNECT, whatever the service does "
        f"({suspect.source}), and a breaker that never closes would look the same; {suspect.remedy} and run "
        "it again"
    )
