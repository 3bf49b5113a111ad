"""The canary: one call per provider through the service's own path, which the proxy must see.

A failed capture looks like a perfectly resilient service.
"""

import http.client
import time
from collections.abc import Callable, Iterator

from chaoskit.core.experiment import Endpoint, Experiment
from chaoskit.target.ready import request

TRIES = 5
PAUSE = 0.6  # workers report four times a second


def providers(experiment: Experiment) -> tuple[str, ...]:
    """Return the providers whose capture must be proven: those that injections or SLOs are about."""
    wanted = {each.provider for each in experiment.injections} | {slo.provider for slo in experiment.slos}
    return tuple(each.name for each in experiment.providers if each.name in wanted)


def probe(experiment: Experiment, seen: Callable[[str], int]) -> Iterator[str]:
    """Call an endpoint of each provider until the proxy sees it; say so if it does not.

    ``seen`` counts the attempts that matter so far: what it has counted already needs no call. A provider
    that no endpoint depends on is left to the load to prove.
    """
    for name in providers(experiment):
        endpoint = next((each for each in experiment.load.endpoints if name in each.depends_on), None)
        if endpoint is None or seen(name):
            continue
        answers = _try(experiment, endpoint, lambda: seen(name) > 0)  # noqa: B023 - called at once
        if answers is not None:
            hosts = ", ".join(experiment.provider(name).hosts)
            yield (
                f"the proxy saw no call to {name} ({hosts}), although `{endpoint.method} {endpoint.path}`, "
                f"which depends on it, was sent {TRIES} times ({answers}); so nothing would be hit"
            )


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
