"""The builds of the shop: the same code, with its remedies switched on or off."""

from dataclasses import replace

from chaoskit.core.frozen import frozen


@frozen(kw_only=True)
class Build:
    """What the shop does about a provider that fails. Times in seconds; None: as long as it takes."""

    connect: float | None  # to reach the provider
    read: float | None  # silence on one connection
    budget: float | None  # for one call with its retry
    stream_read: float | None  # silence between two pieces of a streamed answer
    stream_budget: float | None  # for one streamed answer
    attempts: int  # 2 is one retry
    retries_errors: bool  # a 503, too, and not only a connection that broke
    backoff: float  # the longest pause before a retry; the pause itself is drawn below it
    opens_after: int | None  # failures in a row that open a breaker; None: there is no breaker
    open_for: float  # how long it stays open before one probe
    has_fallback: bool  # a second provider of each kind, and what the shop remembers
    has_keys: bool  # idempotency keys, and a look at what was done before somebody else is asked
    keeps_keys: float  # seconds that an identity provider's public keys are kept; 0: never


RESILIENT = Build(
    connect=0.25,
    read=0.25,
    budget=0.55,
    stream_read=0.5,
    stream_budget=2.0,
    attempts=2,
    retries_errors=True,
    backoff=0.03,
    opens_after=4,
    open_for=1.0,
    has_fallback=True,
    has_keys=True,
    keeps_keys=1.0,
)

NAIVE = Build(
    connect=None,
    read=None,
    budget=None,
    stream_read=None,
    stream_budget=None,
    # What many HTTP libraries do by themselves: a call whose connection broke is sent again at once.
    attempts=3,
    retries_errors=False,
    backoff=0.0,
    opens_after=None,
    open_for=0.0,
    has_fallback=False,
    has_keys=False,
    keeps_keys=0.0,
)

SINGLE = replace(RESILIENT, has_fallback=False)
"""Every remedy but a second provider: what limits of time, retries and breakers do by themselves."""

BUILDS = {"resilient": RESILIENT, "single": SINGLE, "naive": NAIVE}
