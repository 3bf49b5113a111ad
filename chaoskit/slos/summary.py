"""What happened, second by second and phase by phase: rows for reports. Nothing here decides anything."""

import math
from collections import Counter

from chaoskit.core.experiment import Injection
from chaoskit.core.lanes import decrypted
from chaoskit.core.result import EndpointRow, InjectionRow, Series
from chaoskit.core.samples import CAUSES
from chaoskit.core.service import ServiceInjection
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Evidence, Floats, Numbers, Samples, nothing
from chaoskit.slos.limits import PERCENTILES
from chaoskit.slos.proof_hits import concerns, struck
from chaoskit.slos.proof_services import deeds
from chaoskit.slos.quantile import finite, lateness, order_statistic, rank
from chaoskit.slos.ratio import counted
from chaoskit.slos.words import selector_text, share_text

MOST_EXAMPLES = 5


def seconds_of(evidence: Evidence) -> int:
    """Return how many whole seconds a run's series have."""
    return max(1, math.ceil(evidence.experiment.length - 1e-9))


def series(evidence: Evidence) -> tuple[Series, ...]:
    """Return one series for each endpoint, then one for all of them.

    Latencies are of all samples, as they were recorded: a request that hit its deadline counts with it.
    """
    names = evidence.shown
    groups = [(name, [evidence.samples.get(name, nothing())]) for name in names]
    every = [each for _, parts in groups for each in parts]
    return tuple(_series(label, parts, seconds_of(evidence)) for label, parts in [*groups, ("all", every)])


def _series(label: str, parts: list[Samples], length: int) -> Series:
    edges = [np.searchsorted(each.start, np.arange(length + 1)) for each in parts]
    bad, degraded = np.zeros(length, dtype=np.int64), np.zeros(length, dtype=np.int64)
    for each, at in zip(parts, edges, strict=True):
        bad += counted(~each.good, at)
        degraded += counted(each.degraded, at)
    late = [_sorted_second(parts, edges, second) for second in range(length)]
    p50, p95, p99 = (_each(PERCENTILES[name], late) for name in ("p50", "p95", "p99"))
    return Series(
        label=label,
        arrivals=tuple(float(len(each)) for each in late),
        # first the share of the good: of 1 less a share and that share itself, one is rounded
        errors=tuple(
            1.0 - (len(x) - n) / len(x) if len(x) else None for x, n in zip(late, bad.tolist(), strict=True)
        ),
        degraded=tuple(n / len(x) if len(x) else None for x, n in zip(late, degraded.tolist(), strict=True)),
        p50=p50,
        p95=p95,
        p99=p99,
    )


def _sorted_second(parts: list[Samples], edges: list[Numbers], second: int) -> Floats:
    """Return the latencies of one second of all parts, sorted."""
    spans = (slice(*at[second : second + 2].tolist()) for at in edges)
    found = [each.latency[span] for each, span in zip(parts, spans, strict=True)]
    return np.sort(found[0] if len(found) == 1 else np.concatenate([np.zeros(0), *found]))


def _each(q: float, seconds: list[Floats]) -> tuple[float | None, ...]:
    return tuple(float(each[rank(q, len(each))]) if len(each) else None for each in seconds)


def endpoint_rows(evidence: Evidence) -> tuple[EndpointRow, ...]:
    """Return one row for each endpoint in each phase. In a percentile a failed sample is infinitely late."""
    return tuple(
        _endpoint_row(name, phase.name, evidence.of(name, phase))
        for name in evidence.shown
        for phase in evidence.experiment.phases
    )


def _endpoint_row(name: str, phase: str, samples: Samples) -> EndpointRow:
    late = lateness(samples)
    shown = {
        each: finite(order_statistic(late, PERCENTILES[each])) if len(late) else None
        for each in ("p50", "p95", "p99")
    }
    numbers: list[int] = samples.cause[~samples.good].tolist()
    causes = Counter(numbers)
    return EndpointRow(
        endpoint=name,
        phase=phase,
        samples=len(samples),
        good=int(np.count_nonzero(samples.good)),
        degraded=int(np.count_nonzero(samples.degraded)),
        p50=shown["p50"],
        p95=shown["p95"],
        p99=shown["p99"],
        causes=tuple((CAUSES[min(each, len(CAUSES) - 1)], count) for each, count in causes.most_common()),
    )


def injection_rows(evidence: Evidence) -> tuple[InjectionRow, ...]:
    """Return what each injection did, in file order."""
    return (
        *(_injection_row(each, evidence) for each in evidence.experiment.injections),
        *(_service_row(each, evidence) for each in evidence.experiment.service_injections),
    )


def _service_row(injection: ServiceInjection, evidence: Evidence) -> InjectionRow:
    """Return what an injection did to containers; these are what it was about, and what it hit."""
    done = deeds(injection, evidence)
    entered = [each for each in done if each.what == "entered"]
    return InjectionRow(
        id=injection.id,
        provider=injection.service,
        fault=injection.fault_name,
        window=(injection.start, injection.stop),
        windows=injection.windows,
        share="all containers",
        eligible=len({each.container for each in done}),
        drawn=len({each.container for each in entered}),
        hits=len(entered),
        examples=tuple(dict.fromkeys(f"{e.container}: {e.seen}" for e in entered if e.seen))[:MOST_EXAMPLES],
    )


def _injection_row(injection: Injection, evidence: Evidence) -> InjectionRow:
    about = [each for each in evidence.attempts if concerns(each, injection)]
    hit = [each for each in about if injection.id in each.hits]
    known = Counter(each.identified_by for each in about if each.identified_by)
    errors = np.array([each.waited - each.asked for each in hit if each.asked > 0])
    delay_error = None
    if len(errors):
        delay_error = (order_statistic(errors, 0.5), order_statistic(errors, 0.99))
    return InjectionRow(
        id=injection.id,
        provider=injection.provider,
        fault=injection.fault_name,
        window=(injection.start, injection.stop),
        windows=injection.windows,
        share=_share_and_selector(injection),
        eligible=len(about),
        drawn=sum(struck(each, injection.id) for each in about),
        hits=len(hit),
        identified_by=tuple(known.most_common()),
        delay_error=delay_error,
        per_second=per_second(np.array([each.t for each in hit]), seconds_of(evidence)),
        examples=tuple(dict.fromkeys(each.text for each in hit if each.text))[:MOST_EXAMPLES],
    )


def _share_and_selector(injection: Injection) -> str:
    which = selector_text(injection)
    return share_text(injection) + (f" ({which})" if which else "")


def provider_calls(evidence: Evidence) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return the attempts to each provider in each second, refused connections among them.

    Of those in ``connections_to`` they are connections, by when each began.
    """
    length = seconds_of(evidence)
    return tuple(
        (provider.name, per_second(_times(evidence, provider.name), length))
        for provider in evidence.experiment.providers
    )


def connections_to(evidence: Evidence) -> tuple[str, ...]:
    """Return the providers of which connections are counted, for no call to them is seen."""
    read = {each.provider for each in decrypted(evidence.experiment)}
    called = {name for each in evidence.attempts if each.is_call for name in (each.provider, *each.groups)}
    return tuple(each.name for each in evidence.experiment.providers if each.name not in read | called)


def provider_turns(evidence: Evidence) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return about how many requests connections carried in each second, for providers that had any."""
    length = seconds_of(evidence)
    found: list[tuple[str, tuple[int, ...]]] = []
    for name in (each.name for each in evidence.experiment.providers):
        counts = [0] * length
        for each in evidence.carried:
            if name in (each.provider, *each.groups) and 0 <= each.t < length:
                counts[int(each.t)] += each.turns
        if any(counts):
            found.append((name, tuple(counts)))
    return tuple(found)


def _times(evidence: Evidence, provider: str) -> Floats:
    return np.array([each.t for each in evidence.calls_to(provider)], dtype=np.float64)


def per_second(times: Floats, length: int) -> tuple[int, ...]:
    """Count ``times`` by the second, from 0 to ``length``; what lies outside is left out."""
    inside = times[(times >= 0) & (times < length)]
    return tuple(np.bincount(inside.astype(np.int64), minlength=length).tolist())
