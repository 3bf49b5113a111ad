"""Probes: each endpoint is sent alone, so that what the proxy sees meanwhile is that endpoint's.

A failed capture looks like a perfectly resilient service, and the capture of one endpoint says nothing of
another. So before the load, and again after it, each endpoint is sent a few times while nothing else runs.
What came of it stands in the record (``probes`` of ``run.json``), and ``core.exposure`` judges it. Here only
the hopeless case ends a run early: no probe reached a provider through the proxy: nothing would be hit.
"""

import http.client
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from chaoskit.core.call import header
from chaoskit.core.experiment import Endpoint, Experiment
from chaoskit.core.exposure import PROBES
from chaoskit.core.frozen import frozen
from chaoskit.core.trace import traceparent
from chaoskit.target.ready import request

TRIES = 5
"""How often at most an endpoint is sent that says on whom it depends."""

SILENT = 2
"""How often one is sent that does not say that it always calls a struck provider."""

PAUSE = 0.6
"""Seconds that a call may reach the proxy later than the answer; a worker's word takes a few milliseconds."""

BUDGET = 30.0
"""Seconds after which no further probe is sent: a dead target must not hold up the end of a run."""


class Sight(Protocol):
    """What the proxy has seen so far."""

    def tell(self) -> int:
        """Ask every worker what it has seen up to now; return the question's number."""
        ...

    def has_told(self, number: int) -> bool:
        """Tell whether all workers have answered that question."""
        ...

    def seen(self, provider: str) -> int:
        """Return how many calls and connections went to a provider."""
        ...

    def carried(self, provider: str) -> int:
        """Return how many turns connections carried that nobody looks into: about one for each request."""
        ...

    def reached(self, provider: str) -> int:
        """Return how many of them the provider answered."""
        ...

    def trouble(self, provider: str) -> str | None:
        """Return what went wrong last, if anything did."""
        ...


@frozen(kw_only=True)
class Probe:
    """One request that was sent alone. Times are monotonic seconds; ``trace`` is empty where it had none."""

    endpoint: str
    is_last: bool
    trace: str
    begun: float
    ended: float
    answer: str  # "answered 200", or what went wrong
    seen: tuple[str, ...]  # the struck providers that it says it depends on, and that were seen meanwhile

    def row(self) -> Mapping[str, Any]:
        """Return what ``run.json`` keeps of it."""
        return {
            "endpoint": self.endpoint,
            "last": self.is_last,
            "trace": self.trace,
            "begun": self.begun,
            "ended": self.ended,
            "answer": self.answer,
        }


def providers(experiment: Experiment) -> tuple[str, ...]:
    """Return the providers whose capture must be proven: those that injections or SLOs are about."""
    wanted = {injection.provider for injection in experiment.injections}
    wanted |= {slo.provider for slo in experiment.slos if slo.provider is not None}
    return tuple(provider.name for provider in experiment.providers if provider.name in wanted)


def probed_endpoints(experiment: Experiment) -> tuple[Endpoint, ...]:
    """Return the endpoints that can be sent alone: their requests are known, and are safe to repeat."""
    if not providers(experiment):
        return ()
    return tuple(endpoint for endpoint in experiment.load.endpoints if endpoint.may_be_probed)


def claims(endpoint: Endpoint, provider: str) -> bool:
    """Tell whether the file says that each request of an endpoint calls a provider."""
    return provider in endpoint.depends_on and endpoint.calls == "always"


def probe(experiment: Experiment, sight: Sight, *, is_last: bool) -> Iterator[Probe]:
    """Send each endpoint until the proxy has seen it call whom it says it depends on, or ``TRIES`` times.

    At the end once seen is enough, and an endpoint that claims to call no struck provider is not sent again.
    """
    struck = providers(experiment)
    until = time.monotonic() + BUDGET
    for endpoint in probed_endpoints(experiment):
        wanted = tuple(name for name in struck if claims(endpoint, name))
        if is_last and not wanted:
            continue
        enough = 1 if is_last else PROBES
        found = dict.fromkeys(wanted, 0)
        for nth in range(TRIES if wanted else SILENT):
            if time.monotonic() > until or (wanted and min(found.values()) >= enough):
                break
            sent = _send(experiment, endpoint, wanted, sight, nth, is_last=is_last)
            for name in sent.seen:
                found[name] += 1
            yield sent


def hopeless(experiment: Experiment, sight: Sight, sent: tuple[Probe, ...]) -> Iterator[str]:
    """Yield why nothing would be hit, for each provider that no endpoint was seen to call, or that is away.

    A provider that no probed endpoint claims to call is left to the load to prove.
    """
    for name in providers(experiment):
        callers = [each for each in probed_endpoints(experiment) if claims(each, name)]
        tried = [each for each in sent if any(each.endpoint == caller.name for caller in callers)]
        if not tried:
            continue
        if any(name in each.seen for each in tried):
            if not sight.reached(name):
                yield unreached(experiment, sight, name)
            continue
        if _moves(sight, name):
            continue  # by something else: the verdict names the endpoints
        first = callers[0]
        answers = ", ".join(sorted({each.answer for each in tried if each.endpoint == first.name}))
        many = sum(each.endpoint == first.name for each in tried)
        others = f" (and {len(callers) - 1} more)" if len(callers) > 1 else ""
        why = sight.trouble(name)
        yield (
            f"the proxy saw no call to {name} ({experiment.provider(name).where}), although "
            f"`{first.method} {first.path}`{others}, which depends on it, was sent {many} times ({answers}); "
            f"so nothing would be hit{'' if why is None else f': {why}'}"
        )


def doubts(sent: tuple[Probe, ...], experiment: Experiment) -> Iterator[str]:
    """Yield what the probes leave unproven about single endpoints, for whoever watches the run."""
    struck = providers(experiment)
    for endpoint in probed_endpoints(experiment):
        mine = [each for each in sent if each.endpoint == endpoint.name]
        for name in (each for each in struck if claims(endpoint, each)):
            if mine and not any(name in each.seen for each in mine):
                yield (
                    f"{endpoint.name} was sent alone {len(mine)} times, and the proxy saw no call to {name}: "
                    "no check on it can pass; `chaoskit doctor` says whose calls go around"
                )


def unreached(experiment: Experiment, sight: "Sight", provider: str) -> str:
    """Return the sentence about a provider whose calls are seen and never answered."""
    hosts = experiment.provider(provider).where
    why = sight.trouble(provider) or "it never answered"
    return f"the proxy cannot reach {provider} ({hosts}), before any fault: {why}"


def _send(
    experiment: Experiment,
    endpoint: Endpoint,
    wanted: tuple[str, ...],
    sight: Sight,
    nth: int,
    *,
    is_last: bool,
) -> Probe:
    _ask(sight)
    before = {name: _moves(sight, name) for name in wanted}
    when = "after" if is_last else "before"
    trace = traceparent(experiment.seed, f"probe/{when}/{endpoint.name}/{nth}")
    headers = endpoint.headers
    if header(headers, "traceparent") is None:
        headers = (*headers, ("traceparent", trace))
    else:
        trace = ""
    begun = time.monotonic()
    try:
        status = request(
            experiment.target.url,
            endpoint.method,
            endpoint.path,
            timeout=experiment.load.deadline,
            headers=headers,
            body=endpoint.body,
        )
        answer = f"answered {status}"
    except (OSError, http.client.HTTPException) as error:
        answer = type(error).__name__
    ended = time.monotonic()
    seen = _wait(sight, before)
    return Probe(
        endpoint=endpoint.name,
        is_last=is_last,
        trace=trace[3:35],
        begun=begun,
        ended=ended,
        answer=answer,
        seen=seen,
    )


def _wait(sight: Sight, before: Mapping[str, int]) -> tuple[str, ...]:
    """Wait until more was seen of each provider, ``PAUSE`` at most; return those of which more was."""
    until = time.monotonic() + PAUSE
    while True:
        _ask(sight)
        seen = tuple(name for name, count in before.items() if _moves(sight, name) > count)
        if len(seen) == len(before) or time.monotonic() > until:
            return seen
        time.sleep(0.05)


def _ask(sight: Sight) -> None:
    """Wait for the word of every worker, ``PAUSE`` at most: one that hangs is noticed elsewhere."""
    number = sight.tell()
    until = time.monotonic() + PAUSE
    while not sight.has_told(number) and time.monotonic() < until:
        time.sleep(0.002)


def _moves(sight: Sight, provider: str) -> int:
    return sight.seen(provider) + sight.carried(provider)
