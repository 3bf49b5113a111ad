"""The canary: one call per provider through the service's own path, which the proxy must see.

A failed capture looks like a perfectly resilient service; and a provider that the proxy itself cannot reach
looks like an outage that no fault made.
"""

import http.client
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from chaoskit.core.experiment import Endpoint, Experiment
from chaoskit.core.frozen import frozen
from chaoskit.target.ready import request

TRIES = 5
PAUSE = 0.6  # workers report four times a second


class Sight(Protocol):
    """What the proxy has seen so far."""

    def seen(self, provider: str) -> int:
        """Return how many attempts came that matter."""
        ...

    def reached(self, provider: str) -> int:
        """Return how many of them the provider answered."""
        ...

    def trouble(self, provider: str) -> str | None:
        """Return what went wrong last, if anything did."""
        ...


@frozen
class AtTheEnd:
    """What matters when the faults are over: that calls still come by, whatever becomes of them."""

    since: Callable[[str], int]

    def seen(self, provider: str) -> int:
        return self.since(provider)

    def reached(self, provider: str) -> int:
        return self.since(provider)

    def trouble(self, provider: str) -> str | None:
        return None


def providers(experiment: Experiment) -> tuple[str, ...]:
    """Return the providers whose capture must be proven: those that injections or SLOs are about."""
    wanted = {each.provider for each in experiment.injections} | {slo.provider for slo in experiment.slos}
    return tuple(each.name for each in experiment.providers if each.name in wanted)


def probe(experiment: Experiment, sight: Sight) -> Iterator[str]:
    """Call an endpoint of each provider until the proxy sees it and the provider answers; else say so.

    What was seen and answered already needs no call. A provider without an endpoint that always
    calls it, and may be probed, is left to the load to prove.
    """
    for name in providers(experiment):
        endpoint = next((each for each in experiment.load.endpoints if _may_prove(each, name)), None)
        if endpoint is None or is_proven(sight, name):
            continue
        answers = _try(experiment, endpoint, lambda: is_proven(sight, name))  # noqa: B023 - called at once
        if answers is None:
            continue
        if sight.seen(name):
            yield unreached(experiment, sight, name)
        else:
            hosts = experiment.provider(name).where
            why = sight.trouble(name)
            yield (
                f"the proxy saw no call to {name} ({hosts}), although `{endpoint.method} {endpoint.path}`, "
                f"which depends on it, was sent {TRIES} times ({answers}); so nothing would be hit"
                f"{'' if why is None else f': {why}'}"
            )


def _may_prove(endpoint: Endpoint, provider: str) -> bool:
    return endpoint.may_be_probed and endpoint.calls == "always" and provider in endpoint.depends_on


def is_proven(sight: Sight, provider: str) -> bool:
    """Tell whether a call was seen, and answered by the provider."""
    return sight.seen(provider) > 0 and sight.reached(provider) > 0


def unreached(experiment: Experiment, sight: Sight, provider: str) -> str:
    """Return the sentence about a provider whose calls are seen and never answered."""
    hosts = experiment.provider(provider).where
    why = sight.trouble(provider) or "it never answered"
    return f"the proxy cannot reach {provider} ({hosts}), before any fault: {why}"


def _try(experiment: Experiment, endpoint: Endpoint, is_seen: Callable[[], bool]) -> str | None:
    """Return None as soon as ``is_seen``, else what came back."""
    answers: list[str] = []
    for _ in range(TRIES):
        try:
            status = request(
                experiment.target.url,
                endpoint.method,
                endpoint.path,
                timeout=experiment.load.deadline,
                headers=endpoint.headers,
                body=endpoint.body,
            )
            answers.append(f"answered {status}")
        except (OSError, http.client.HTTPException) as error:
            answers.append(f"{type(error).__name__}")
        until = time.monotonic() + PAUSE
        while time.monotonic() < until:
            if is_seen():
                return None
            time.sleep(0.05)
    return ", ".join(sorted(set(answers)))
