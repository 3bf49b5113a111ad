"""What objectives are judged on: raw samples, provider calls and the times of the phases."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Literal

from chaoskit.core.experiment import Experiment, Phase
from chaoskit.core.frozen import frozen
from chaoskit.core.late import Late
from chaoskit.core.samples import NOT_SENT, Flag
from chaoskit.slos import arrays as np

type Floats = np.typing.NDArray[np.float64]
type Bools = np.typing.NDArray[np.bool_]
type Numbers = np.typing.NDArray[np.int64]
type Bytes = np.typing.NDArray[np.uint8]
type Traces = np.typing.NDArray[np.uint64]


OF_LATENCY = 0.1
"""Share of what a request took up to which a late worker explains nothing of it."""


@frozen(kw_only=True)
class Samples:
    """Samples of one kind, as columns, in order of intended start. Times in seconds on the run's clock."""

    start: Floats
    latency: Floats
    delay: Floats
    good: Bools  # answered as expected within the deadline; degraded answers are good
    degraded: Bools
    censored: Bools  # still open at the end: latency is a lower bound
    saturated: Bools  # never sent
    arrival: Bools  # False: a later request of a user's task, which the schedule did not offer
    cause: Bytes
    trace: Traces  # the first 64 bits of the trace id that was sent along; 0: none of ours

    def __len__(self) -> int:
        return len(self.start)

    def where(self, mask: Bools | Numbers | slice) -> "Samples":
        """Return the samples that ``mask`` keeps, in their order."""
        return Samples(
            start=self.start[mask],
            latency=self.latency[mask],
            delay=self.delay[mask],
            good=self.good[mask],
            degraded=self.degraded[mask],
            censored=self.censored[mask],
            saturated=self.saturated[mask],
            arrival=self.arrival[mask],
            cause=self.cause[mask],
            trace=self.trace[mask],
        )

    def within(self, start: float, stop: float) -> "Samples":
        """Return the samples whose intended start is in ``[start, stop)``."""
        return self.where(self.span(start, stop))

    def span(self, start: float, stop: float) -> slice:
        """Return where the samples are whose intended start is in ``[start, stop)``."""
        low, high = np.searchsorted(self.start, [start, stop], side="left")
        return slice(int(low), int(high))


@frozen(kw_only=True)
class Attempt:
    """One call, or one connection, that reached the proxy for a provider."""

    t: float
    provider: str
    is_call: bool  # False: a connection
    has_calls: bool = False  # of a connection: calls came on it, and are attempts of their own
    identity: str = ""
    identified_by: str = ""
    eligible: tuple[str, ...] = ()  # injections that were about it
    drawn: tuple[str, ...] = ()  # those that the share let through
    hits: tuple[str, ...] = ()  # those that changed it
    asked: float = 0.0  # seconds of delay that were asked for
    waited: float = 0.0  # seconds of delay that it got
    text: str = ""  # "POST /v1/charges: hold"
    is_question: bool = False  # a DNS question, which is neither
    groups: tuple[str, ...] = ()  # the edges that its host is behind, besides the provider
    turns: int | None = None  # of a connection that nobody looked into: how many it carried, see Carried
    last: float | None = None  # it carried the last of them then, or up to a quarter second later

    has_left: bool = False  # the caller had gone before it could be struck


@frozen(kw_only=True)
class Carried:
    """What connections that nobody looked into carried, from ``t`` to ``until`` (a quarter second at most).

    A *turn* is a client's bytes that are the first, or come after the provider's: about one request. A TLS
    handshake is one or two; of HTTP/2 several requests at once may be one. ``connections`` are those that
    carried any of them. No stretch crosses the beginning or the end of an injection.
    """

    t: float
    until: float
    provider: str
    turns: int
    connections: int = 1
    groups: tuple[str, ...] = ()  # the edges that the host is behind, besides the provider
    eligible: tuple[str, ...] = ()  # injections that were about these connections when they began


@frozen(kw_only=True)
class ProbeRequest:
    """A request that was sent to an endpoint while no load ran, before the first phase or after the last.

    Times are seconds on the run's clock, so that those before the first phase are negative. ``trace`` is the
    first 64 bits of the trace id that it carried; 0 without one.
    """

    endpoint: str
    is_last: bool
    trace: int
    begun: float
    ended: float
    answer: str = ""


@frozen(kw_only=True)
class Deed:
    """What was done to one container for an injection on its service, ``t`` seconds into the run."""

    t: float
    injection: str
    container: str
    what: Literal["entered", "left", "failed"]
    why: str = ""  # of what failed
    seen: str = ""  # how the engine confirmed it
    packets: int | None = None  # how many a rule caught, where there was one
    restored: bool | None = None  # the container is as before, once it was left


@frozen(kw_only=True)
class Occupied:
    """What a locustfile's users did in a short stretch that ended at ``t``: seconds, summed over users."""

    t: float
    thinking: float  # in a task's own code: sleeping, computing, waiting for something else
    waiting: float  # in a request to the target
    idle: float  # free for the next arrival


@frozen(kw_only=True)
class Suspect:
    """A client with a known defect that an injection may have provoked through our capture.

    ``is_installed``: the target has it; else nobody knows what it calls with. ``remedy``: what to do.
    """

    injection: str
    client: str
    is_installed: bool
    source: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that a verdict rests on. ``samples`` is by endpoint name."""

    experiment: Experiment
    samples: Mapping[str, Samples]
    attempts: tuple[Attempt, ...]
    offered: Mapping[str, int]  # arrivals that the schedule asked for, by phase; empty for a closed model
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # what happened to the run that spoils the evidence
    deeds: tuple[Deed, ...] = ()  # in order of time
    probes: tuple[ProbeRequest, ...] = ()
    carried: tuple[Carried, ...] = ()  # in order of time
    occupied: tuple[Occupied, ...] = ()  # of a locustfile's users
    most_users: int | None = None  # the most that a locustfile had at once; None: as many as the file says
    late: tuple[Late, ...] = ()  # when workers of the proxy were late
    suspects: tuple[Suspect, ...] = ()  # see ``lost_client``

    def of(self, endpoint: str, phase: Phase) -> Samples:
        """Return an endpoint's samples of one phase; none if it has none at all."""
        found = self.samples.get(endpoint)
        return nothing() if found is None else found.within(phase.start, phase.stop)

    def without_late(self) -> "Evidence":
        """Return what is left when nothing counts that was under way while a worker of the proxy was late.

        A request that took ten times as long as the worker was late did so for other reasons, and counts.
        """

        def is_late(t: float) -> bool:
            return any(each.start <= t < each.stop for each in self.late)

        samples = {name: self._in_time(each) for name, each in self.samples.items()}
        lost = {
            phase.name: sum(
                int(np.count_nonzero(each.within(phase.start, phase.stop).arrival)) * sign
                for sign, parts in ((1, self.samples), (-1, samples))
                for each in parts.values()
            )
            for phase in self.experiment.phases
        }
        return replace(
            self,
            samples=samples,
            offered={name: count - lost.get(name, 0) for name, count in self.offered.items()},
            attempts=tuple(each for each in self.attempts if not is_late(each.t)),
        )

    def _in_time(self, samples: Samples) -> Samples:
        keep = np.ones(len(samples), dtype=np.bool_)
        end = samples.start + samples.latency
        for each in self.late:
            waited = np.minimum(end, each.stop) - np.maximum(samples.start, each.start)
            keep &= waited <= np.maximum(0.0, OF_LATENCY * samples.latency)
        return samples.where(keep)

    def calls_to(self, provider: str | None) -> list[Attempt]:
        """Return the attempts for a provider, or through an edge.

        No DNS questions, and no connection beside its own calls.
        """
        return [
            each
            for each in self.attempts
            if provider in (each.provider, *each.groups) and not each.is_question and not each.has_calls
        ]

    @cached_property
    def endpoints(self) -> tuple[str, ...]:
        """Names of all endpoints to judge: the file's own, then what a locustfile added, sorted.

        Not among them: arrivals that were never sent, and names that the file leaves out.
        """
        load = self.experiment.load
        own = [each.name for each in load.endpoints]
        every = (*own, *sorted(set(self.samples) - {*own, NOT_SENT}))
        return tuple(each for each in every if not load.leaves_out(each))

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Names of everything that has samples to be shown: the endpoints, and ``(not sent)``."""
        return (*self.endpoints, NOT_SENT) if NOT_SENT in self.samples else self.endpoints


@cache
def nothing() -> Samples:
    """Return no samples."""
    none = np.zeros(0)
    no = np.zeros(0, dtype=np.bool_)
    return Samples(
        start=none,
        latency=none,
        delay=none,
        good=no,
        degraded=no,
        censored=no,
        saturated=no,
        arrival=no,
        cause=np.zeros(0, dtype=np.uint8),
        trace=np.zeros(0, dtype=np.uint64),
    )


__all__ = [
    "Attempt",
    "Bools",
    "Bytes",
    "Carried",
    "Deed",
    "Evidence",
    "Flag",
    "Floats",
    "Numbers",
    "Occupied",
    "ProbeRequest",
    "Samples",
    "Suspect",
    "Traces",
    "nothing",
]
