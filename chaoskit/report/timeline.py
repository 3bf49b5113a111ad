"""What the chart of a run shows: which endpoints and providers, in which steps of time. No drawing here."""

import math
from collections.abc import Callable, Iterable, Sequence

from chaoskit.core.frozen import frozen
from chaoskit.core.result import InjectionRow, Result, Series, Window
from chaoskit.report import words

MOST_STEPS = 240
"""More than this and a chart of a long run would be slow to open, and no sharper to the eye."""
MOST_ENDPOINTS = 3
MOST_PROVIDERS = 3
MOST_INJECTIONS = 8

Values = tuple[float | None, ...]


@frozen(kw_only=True)
class Limit:
    """A latency objective, ``p95 <= 800ms``, in one phase."""

    text: str
    start: float
    stop: float
    seconds: float


@frozen(kw_only=True)
class EndpointTrace:
    """One endpoint's answers and latencies, a value for each step."""

    label: str
    failed: Values  # share, 0 to 1
    degraded: Values
    p50: Values
    p95: Values
    p99: Values
    limits: tuple[Limit, ...] = ()


@frozen(kw_only=True)
class ProviderTrace:
    """Attempts that reached the proxy for a provider, a second, and which injections struck how many.

    ``are_connections``: they are connections, for no call was seen; ``turns`` are about the requests that
    these carried.
    """

    label: str
    calls: Values
    are_connections: bool = False
    turns: Values = ()
    hits: tuple[tuple[str, Values], ...]


@frozen(kw_only=True)
class Timeline:
    """Everything that is drawn. ``step`` is the seconds that one value stands for."""

    length: float
    step: int
    phases: tuple[Window, ...]
    injections: tuple[InjectionRow, ...]
    endpoints: tuple[EndpointTrace, ...]
    arrivals: Values
    providers: tuple[ProviderTrace, ...]
    left_out: tuple[str, ...]  # what is in the tables only


def timeline(result: Result) -> Timeline:
    """Choose the endpoints and providers that suffered most, and bring all numbers to at most 240 steps."""
    seconds = max((len(each.arrivals) for each in result.series), default=0)
    length = max([each.stop for each in result.phases] + [float(seconds)])
    step = max(1, math.ceil(length / MOST_STEPS))
    by_label = {each.label: each for each in result.series}
    everything = by_label.pop("all", None)
    chosen = _worst(list(by_label.values()))
    if everything is not None and len(chosen) < len(by_label):
        chosen = [everything, *chosen]
    if not chosen and everything is not None:
        chosen = [everything]
    arrivals = (
        _total([each.arrivals for each in by_label.values()]) if everything is None else everything.arrivals
    )
    names = _providers(result)
    left_out = (
        _rest(len(by_label) - sum(each is not everything for each in chosen), "endpoint")
        + _rest(len(names) - MOST_PROVIDERS, "provider")
        + _rest(len(result.injections) - MOST_INJECTIONS, "injection")
    )
    return Timeline(
        length=length,
        step=step,
        phases=result.phases,
        injections=result.injections[:MOST_INJECTIONS],
        endpoints=tuple(_endpoint(result, each, step) for each in chosen),
        arrivals=resample(arrivals, step, _mean),
        providers=tuple(_provider(result, name, step) for name in names[:MOST_PROVIDERS]),
        left_out=left_out if chosen else (),
    )


def resample(values: Sequence[float | None], step: int, merge: Callable[[Sequence[float]], float]) -> Values:
    """Return one value for each ``step`` seconds, merged from those that are there; None where none is."""
    merged: list[float | None] = []
    for start in range(0, len(values), step):
        there = [v for v in values[start : start + step] if v is not None and math.isfinite(v)]
        merged.append(merge(there) if there else None)
    return tuple(merged)


def _worst(given: list[Series]) -> list[Series]:
    ranked = sorted(given, key=_badness, reverse=True)[:MOST_ENDPOINTS]
    return [each for each in given if each in ranked]


def _badness(series: Series) -> float:
    failed = sum(share for share in series.errors if share is not None)
    return failed + 0.5 * sum(share for share in series.degraded if share is not None)


def _endpoint(result: Result, series: Series, step: int) -> EndpointTrace:
    return EndpointTrace(
        label="all endpoints" if series.label == "all" else series.label,
        # shares of quiet and of busy seconds alike: a step is as bad as its mean second
        failed=resample(series.errors, step, _mean),
        degraded=resample(series.degraded, step, _mean),
        # the worst second stands for its step, so that a long run hides no spike
        p50=resample(series.p50, step, max),
        p95=resample(series.p95, step, max),
        p99=resample(series.p99, step, max),
        limits=tuple(_limits(result, series.label)),
    )


def _limits(result: Result, label: str) -> Iterable[Limit]:
    windows = {each.label: each for each in result.phases}
    for each in result.findings:
        seconds = words.latency_limit(each)
        window = windows.get(each.phase)
        if each.subject == label and seconds is not None and window is not None:
            yield Limit(text=each.objective, start=window.start, stop=window.stop, seconds=seconds)


def _providers(result: Result) -> list[str]:
    hits: dict[str, int] = {name: 0 for name, _ in result.provider_calls}
    for each in result.injections:
        if each.per_second:  # a fault on a service has no calls to count
            hits[each.provider] = hits.get(each.provider, 0) + each.hits
    return sorted(hits, key=lambda name: hits[name], reverse=True)


def _provider(result: Result, name: str, step: int) -> ProviderTrace:
    calls = next((given for label, given in result.provider_calls if label == name), ())
    mine = [each for each in result.injections if each.provider == name and each.per_second]
    return ProviderTrace(
        label=name,
        calls=resample(calls, step, _mean),
        are_connections=name in result.connections_to,
        turns=resample(dict(result.provider_turns).get(name, ()), step, _mean),
        hits=tuple((each.id, resample(each.per_second, step, _mean)) for each in mine),
    )


def _total(rows: Sequence[Sequence[float]]) -> tuple[float, ...]:
    longest = max((len(row) for row in rows), default=0)
    return tuple(sum(row[i] for row in rows if i < len(row)) for i in range(longest))


def _rest(count: int, noun: str) -> tuple[str, ...]:
    return (words.plural(count, noun),) if count > 0 else ()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
