"""What a run came to: everything that any report shows, as plain values."""

from dataclasses import field

from chaoskit.core.frozen import frozen
from chaoskit.core.verdict import Finding, Verdict


@frozen(kw_only=True)
class Series:
    """What happened in each second of the run; index 0 is the second that starts with the first phase."""

    label: str  # an endpoint's name, "all", or an injection's id
    arrivals: tuple[float, ...] = ()  # intended starts a second
    errors: tuple[float | None, ...] = ()  # share not good, 0 to 1; None: no sample
    degraded: tuple[float | None, ...] = ()
    p50: tuple[float | None, ...] = ()  # seconds, of all samples, from the intended start
    p95: tuple[float | None, ...] = ()
    p99: tuple[float | None, ...] = ()


@frozen
class Window:
    """A phase or an injection on the run's clock, in seconds."""

    label: str
    start: float
    stop: float


@frozen(kw_only=True)
class EndpointRow:
    """One endpoint in one phase."""

    endpoint: str
    phase: str
    samples: int
    good: int
    degraded: int
    p50: float | None
    p95: float | None
    p99: float | None
    causes: tuple[tuple[str, int], ...] = ()  # why samples were not good


@frozen(kw_only=True)
class NotSent:
    """Arrivals that were due in one phase and never sent."""

    phase: str
    due: int
    not_sent: int
    endpoints: tuple[
        tuple[str, int], ...
    ] = ()  # which were not sent; ``(not sent)`` where it cannot be known
    thinking: float | None = None  # share of a locustfile's users' time in their code; None: not known
    waiting: float | None = None  # share of it in requests


@frozen(kw_only=True)
class InjectionRow:
    """What one injection did."""

    id: str
    provider: str
    fault: str
    window: tuple[float, float]  # from its first start to its last stop
    share: str
    eligible: int
    drawn: int
    hits: int
    identified_by: tuple[tuple[str, int], ...] = ()  # where call identities came from, and how many
    delay_error: tuple[float, float] | None = None  # achieved minus asked: p50 and p99, seconds
    per_second: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()  # a few struck calls, as text
    windows: tuple[tuple[float, float], ...] = ()  # each of several; none: the one above

    @property
    def when(self) -> tuple[tuple[float, float], ...]:
        """Each stretch for which it was on."""
        return self.windows or (self.window,)


@frozen(kw_only=True)
class PeakRow:
    """The second with the most calls to a provider, once faults had begun.

    ``usual`` is the mean of a second of the first phase, ``usual_most`` its worst. ``after_lift``: the
    provider's last fault had ended so many seconds before this second was over; None: one was on, or it had
    none.
    """

    provider: str
    second: int  # its beginning
    phase: str
    calls: int
    usual: float
    usual_most: int
    after_lift: float | None = None
    are_connections: bool = False

    @property
    def factor(self) -> float:
        """How many times the usual."""
        return self.calls / self.usual


@frozen
class RunEvent:
    """Something that happened to the run itself, ``t`` seconds after the first phase began."""

    t: float
    text: str


@frozen(kw_only=True)
class Result:
    """The whole answer. ``verdict`` is None where no judgement was reached (an abort, an interrupt)."""

    name: str
    run: str  # the run's id, which is also its folder's name
    verdict: Verdict | None
    outcome: str  # "judged", "aborted", "interrupted", "crashed"
    sentence: str  # the one sentence that explains the verdict
    exit_code: int
    seed: int
    command: str  # repeats the run
    file: str
    started: str  # wall clock, ISO 8601
    versions: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()
    phases: tuple[Window, ...] = ()
    injections: tuple[InjectionRow, ...] = ()
    endpoints: tuple[EndpointRow, ...] = ()
    series: tuple[Series, ...] = ()
    events: tuple[RunEvent, ...] = ()
    notes: tuple[str, ...] = ()
    not_sent: tuple[NotSent, ...] = ()  # only of phases in which any was not sent
    experiment: str = ""  # the file's text, secrets masked
    provider_calls: tuple[tuple[str, tuple[int, ...]], ...] = field(default=())  # attempts a second
    peaks: tuple[PeakRow, ...] = ()
    connections_to: tuple[str, ...] = ()  # providers of which these are connections: no call was seen
    provider_turns: tuple[tuple[str, tuple[int, ...]], ...] = ()  # about requests a second, over connections
