"""Calls tied to the requests that caused them: by trace where the service passes it on, else by time.

Built once for each judgement. Everything that asks "whose call was it" asks here.
"""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property

from chaoskit.core.frozen import frozen
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Attempt, Bools, Evidence, Floats, ProbeRequest, Samples, Traces
from chaoskit.slos.proof_hits import concerns

SLACK = 0.05
"""Seconds after a probe's answer in which a call still counts as caused by it: two processes, one clock."""

CARRIED = 0.4
"""The same for what passed over open connections, which a worker tells four times a second."""


@frozen(kw_only=True)
class Moves:
    """What the proxy saw go to one provider, in order of time: calls, connections, and turns on open ones.

    ``trace`` is 0 where a call carries none of the load's; ``count`` is how many turns a row stands for.
    """

    t: Floats
    trace: Traces
    count: Floats
    is_turn: Bools

    def between(self, start: float, stop: float) -> slice:
        """Return where the rows of ``[start, stop)`` are."""
        low, high = np.searchsorted(self.t, [start, stop])
        return slice(int(low), int(high))

    def loose(self, start: float, stop: float) -> float:
        """Return how many of ``[start, stop)`` are tied to no request."""
        part = self.between(start, stop)
        return float(self.count[part][self.trace[part] == 0].sum())


def trace_of(attempt: Attempt) -> int:
    """Return the first 64 bits of the trace id that a call carries; 0 without one."""
    if attempt.identified_by != "traceparent":
        return 0
    try:
        return int(attempt.identity[:16], 16)
    except ValueError:
        return 0


def traces(attempts: Iterable[Attempt]) -> Traces:
    """Return the different traces of some attempts, sorted."""
    found = np.unique(np.array([trace_of(attempt) for attempt in attempts], dtype=np.uint64))
    return found[found > 0]


def among(values: Traces, known: Traces) -> Bools:
    """Tell of each value whether it is one of ``known``, which is sorted; 0 never is."""
    if not len(known) or not len(values):
        return np.zeros(len(values), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return (known[at] == values) & (values > 0)


def in_time(samples: Samples, attempts: Sequence[Attempt]) -> Bools:
    """Tell of each sample whether one of ``attempts`` carries its trace, and came while it was still open.

    A worker that stalled sees calls whose callers have long left: those have met nothing.
    """
    carried = np.array([trace_of(attempt) for attempt in attempts], dtype=np.uint64)
    t = np.array([attempt.t for attempt in attempts], dtype=np.float64)
    order = np.lexsort((t, carried))
    known, first = np.unique(carried[order], return_index=True)
    found = among(samples.trace, known)
    at = np.searchsorted(known, samples.trace[found])
    earliest = t[order][first][at]
    found[found] = earliest <= samples.start[found] + samples.latency[found] + SLACK
    return found


class Tied:
    """The calls of one record, by provider and by injection."""

    def __init__(self, evidence: Evidence) -> None:
        """Look at nothing yet."""
        self.evidence = evidence
        self.moves = cache(self._moves)
        self.struck = cache(self._struck)
        self.about = cache(self._about)
        self.behind = cache(self._behind)

    def _attempts(self, provider: str) -> list[Attempt]:
        if self.evidence.experiment.needs_only_questions(provider):
            return [
                attempt
                for attempt in self.evidence.attempts
                if attempt.is_question and provider in (attempt.provider, *attempt.groups)
            ]
        return self.evidence.calls_to(provider)

    @cached_property
    def own(self) -> dict[str, Traces]:
        """The traces of each endpoint's requests, probes too, that a call carries; sorted.

        Calls are far fewer than samples, so that samples are looked up among calls and not the other way.
        """
        called = traces(self.evidence.attempts)
        found: dict[str, Traces] = {}
        for name in {*self.evidence.samples, *self.probes}:
            samples = self.evidence.samples.get(name)
            sent = np.zeros(0, dtype=np.uint64) if samples is None else samples.trace
            probes = np.array([probe.trace for probe in self.probes.get(name, ())], dtype=np.uint64)
            sent = np.concatenate([sent[among(sent, called)], probes[among(probes, called)]])
            found[name] = np.unique(sent)
        return found

    @cached_property
    def _ours(self) -> Traces:
        parts = [np.zeros(0, dtype=np.uint64), *self.own.values()]
        return np.unique(np.concatenate(parts))

    def _moves(self, provider: str) -> Moves:
        attempts = self._attempts(provider)
        # a service may begin a trace of its own: that ties a call to nothing
        carried = np.array([trace_of(attempt) for attempt in attempts], dtype=np.uint64)
        carried[~among(carried, self._ours)] = 0
        seen = [
            (attempt.t, trace, 1.0, False) for attempt, trace in zip(attempts, carried.tolist(), strict=True)
        ]
        turns = [
            (carried.until, 0, float(carried.turns), True)
            for carried in self.evidence.carried
            if provider in (carried.provider, *carried.groups)
        ]
        rows = sorted(seen + turns)
        return Moves(
            t=np.array([row[0] for row in rows], dtype=np.float64),
            trace=np.array([row[1] for row in rows], dtype=np.uint64),
            count=np.array([row[2] for row in rows], dtype=np.float64),
            is_turn=np.array([row[3] for row in rows], dtype=np.bool_),
        )

    def _struck(self, injection: str) -> list[Attempt]:
        return [attempt for attempt in self.about(injection) if injection in attempt.hits]

    def loose_hits(self, injection: str, start: float, stop: float, *, early: bool) -> int:
        """Return how many hits in ``[start, stop)`` are tied to no request.

        ``early``: only those of connections, which were struck before any header could be read.
        """
        hits = [
            attempt
            for attempt in self.struck(injection)
            if start <= attempt.t < stop and not (early and attempt.is_call)
        ]
        carried = np.array([trace_of(attempt) for attempt in hits], dtype=np.uint64)
        return int(np.count_nonzero(~among(carried, self._ours)))

    def _about(self, injection: str) -> list[Attempt]:
        aimed = next(each for each in self.evidence.experiment.injections if each.id == injection)
        return [attempt for attempt in self.evidence.attempts if concerns(attempt, aimed)]

    def _behind(self, provider: str) -> frozenset[str]:
        """Return the providers that were seen to be behind an edge, and the provider itself."""
        found = {each.provider for each in self.evidence.attempts if provider in each.groups}
        return frozenset({provider, *found})

    @cached_property
    def probes(self) -> dict[str, list[ProbeRequest]]:
        """The probes by endpoint, in order of time."""
        found: dict[str, list[ProbeRequest]] = {}
        for probe in sorted(self.evidence.probes, key=lambda probe: probe.begun):
            found.setdefault(probe.endpoint, []).append(probe)
        return found

    @cached_property
    def _ends(self) -> dict[float, float]:
        """When each probe's turn was over: the next one's begin."""
        begun = sorted(probe.begun for probe in self.evidence.probes)
        return dict(zip(begun, [*begun[1:], np.inf], strict=True))

    def seen_in(self, probe: ProbeRequest, provider: str) -> float:
        """Return how many calls and turns to a provider one probe came with."""
        moves = self.moves(provider)
        over = self._ends[probe.begun]
        part = moves.between(probe.begun, min(over, probe.ended + CARRIED))
        t, trace, count = moves.t[part], moves.trace[part], moves.count[part]
        in_time = moves.is_turn[part] | (t <= probe.ended + SLACK)
        mine = (trace == probe.trace) if probe.trace else np.zeros(len(t), dtype=np.bool_)
        found = float(count[(in_time & (trace == 0)) | mine].sum())
        if found or not probe.trace:
            return found
        return float(np.count_nonzero(moves.trace == probe.trace))  # later than its answer, but its own
