"""The two builds of the shop: the same code, with its remedies switched on or off."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What the shop does about a provider that fails. Times in seconds; None: as long as it takes."""

    connect: float | None  # to reach the provider
    read: float | None  # silence on one connection
    budget: float | None  # for one call with its retry
    stream_read: float | None  # silence between two pieces of a streamed answer
    stream_budget: float | None  # for one streamed answer
    attempts: int  # 2 is one retry
    backoff: float  # the longest pause before a retry; the pause itself is drawn below it
    opens_after: int | None  # failures in a row that open a breaker; None: there is no breaker
    open_for: float  # how long it stays open before one probe
    has_fallback: bool


RESILIENT = Build(
    connect=0.25,
    read=0.25,
    budget=0.55,
    stream_read=0.5,
    stream_budget=2.0,
    attempts=2,
    backoff=0.03,
    opens_after=4,
    open_for=1.0,
    has_fallback=True,
)

NAIVE = Build(
    connect=None,
    read=None,
    budget=None,
    stream_read=None,
    stream_budget=None,
    attempts=1,
    backoff=0.0,
    opens_after=None,
    open_for=0.0,
    has_fallback=False,
)

BUILDS = {"resilient": RESILIENT, "naive": NAIVE}
