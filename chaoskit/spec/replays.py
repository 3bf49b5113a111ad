"""The experiment that a replay is, as the text of its file."""

import json
from collections.abc import Sequence

from chaoskit.catalogue.outage import Outage
from chaoskit.core.units import DURATION, FACTOR
from chaoskit.spec.scalars import ScalarError, number

WITHIN = 60.0
"""Seconds; what most people will wait."""


def length(outage: Outage, within: str | None, compress: str | None) -> float:
    """Return how long the outage takes in the replay. ScalarError where that is not written well."""
    if within is not None:
        seconds = number(within, DURATION)
    elif compress is not None:
        factor = number(compress, FACTOR)
        if factor < 1:
            raise ScalarError(f"--compress: expected a factor of at least 1x, got {compress}")
        seconds = outage.length / factor
    else:
        seconds = min(WITHIN, outage.length)
    if seconds < 1:
        raise ScalarError(f"expected at least 1s for the outage, got {seconds:.3g}s", "compress it less")
    return round(seconds, 3)


def replay_text(
    outage: Outage,
    *,
    url: str,
    arrivals: str,
    requests: Sequence[str],
    within: str | None = None,
    compress: str | None = None,
    availability: str = "95%",
) -> str:
    """Return the text of an experiment that replays ``outage``. ValueError for a length without sense."""
    try:
        seconds = length(outage, within, compress)
    except ScalarError as error:
        raise ValueError(error.message) from None
    providers, struck = _providers(outage)
    names = [name for name, _ in providers]
    endpoints = "\n".join(
        f"    - {{name: request-{number}, request: {json.dumps(each)}, depends_on: [{', '.join(names)}]}}"
        for number, each in enumerate(requests, 1)
    )
    return f"""\
# {outage.title}. From {outage.started}; see `chaoskit outages {outage.name}`.
version: 1
name: replay-of-{outage.name}
target: {{url: {json.dumps(url)}, ready: {{get: /, within: 30s}}}}
providers:
{chr(10).join(f"  {name}: {what}" for name, what in providers)}
load:
  arrivals: {arrivals}
  endpoints:
{endpoints}
phases: {{baseline: 15s, fault: {seconds:g}s, recovery: 20s}}
inject:
  - {{outage: {outage.name}{f", provider: {struck}" if struck else ""}, during: fault}}
slos:
  - {{id: base, in: baseline, availability: ">= 95%"}}
  - {{id: survive, in: fault, availability: ">= {availability}"}}
  - {{id: recover, time_to_recover: "<= 10s"}}
"""


def _providers(outage: Outage) -> tuple[list[tuple[str, str]], str | None]:
    """Return the providers that the file needs, and which of them is struck, where that must be said."""
    edges = dict.fromkeys(each for each in (outage.edge, *(part.edge for part in outage.parts)) if each)
    whose = (outage.provider, *(part.provider for part in outage.parts))
    plain = [(name, "{}") for name in dict.fromkeys(whose) if name is not None]
    behind = [(f"behind-{edge}", f"{{fronted_by: {edge}}}") for edge in edges]
    return [*plain, *behind], f"behind-{outage.edge}" if outage.edge is not None else None
