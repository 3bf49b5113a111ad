"""Exposure: of the requests that a check judges, how many met the fault that the check is about.

A verdict says "checkout kept 99 % while Stripe was silent". Three facts must hold before that sentence means
anything, and none of them follows from "the proxy saw calls to Stripe" or "the fault had hits":

1. **Capture, for each pair.** Checkout's own calls to Stripe go through the proxy. Another endpoint's calls,
   or a health check in the background, prove nothing about checkout.
2. **Overlap.** Enough of the samples that the check judges were sent, or were open, while the fault was on. A
   window of 60 ms inside a phase of 6 s leaves 99 % of the samples in peace.
3. **Meeting.** Of those samples, enough are known to have made a call that the fault was about, or are known
   to have done something else in its place: a breaker was open, and the answer was marked as degraded, or
   another provider was called.

How a call is tied to the request that caused it
------------------------------------------------
``traces``: the load sends a ``traceparent`` of its own with each request. Where the service passes it on, the
proxy sees it on the call, and the join is exact for each request.

``probes``: elsewhere each endpoint is sent alone, before the load and after it, and what the proxy sees
meanwhile is that endpoint's. Calls of a whole phase are then compared with what the probes foretell: the
requests of each endpoint times its calls for each request.

``only caller``: an endpoint that cannot be sent alone (a locustfile's, or one that is not safe to repeat) is
tied to all calls to a provider if no other endpoint may have made them.

``unknown``: none of these. What is claimed on such a pair cannot be shown.

What is asked
-------------
An endpoint that names a provider in ``depends_on`` claims that it calls it with each request. At least
``ALWAYS`` of its requests before any fault must be seen to do so; the rest may be retries that were cut or
answers that came from a cache. An endpoint that calls now and then says ``calls: sometimes``, and its
evidence then comes from the run itself.

``ENOUGH`` is the least share, of overlap and of meeting. Say that an objective asks for availability >= L of
all samples, that a share s of them met the fault, and that the rest are good: then it asks 1 - (1 - L) / s of
those that met it. At s = 1/2 the failures that are allowed have doubled (99 % of all is 98 % of those that
met it). Below that, the objective says more about the quiet time than about the fault.

What a fault did to calls is not asked here: ``hits`` proves that. A share of 5 % of requests is met by each
request that makes a call, whichever way the dice fell.
"""

from enum import StrEnum
from typing import Final

from chaoskit.core.frozen import frozen


class Basis(StrEnum):
    """How calls are tied to the requests that caused them; see above."""

    TRACES = "traces"
    PROBES = "probes"
    ONLY_CALLER = "only caller"
    UNKNOWN = "unknown"


ALWAYS: Final = 0.9
"""The least share of an endpoint's requests that must be seen to call a provider that it depends on."""

ENOUGH: Final = 0.5
"""The least share of samples that overlap the fault, and of those the least that met it; see above."""

PROBES: Final = 2
"""In so many probes of its own an endpoint must be seen to call: one may be a coincidence."""

FEW: Final = 10
"""Of fewer requests a share says nothing."""


@frozen(kw_only=True)
class Counted:
    """Requests, and those of them that are seen to have made a call."""

    requests: int = 0
    calling: int = 0

    @property
    def share(self) -> float:
        return self.calling / self.requests if self.requests else 0.0


@frozen(kw_only=True)
class Link:
    """What a run knows of the calls of one endpoint to one provider.

    ``request`` is what a probe sends (``POST /pay``). ``is_stated``: the file names the provider in
    ``depends_on``. ``quiet``: judged requests of the first phase; where ``basis`` is not ``traces``, its
    ``calling`` is an estimate from counts. ``late``: requests of the last phase, counted the same way, None
    where the fault was on until the end.
    """

    endpoint: str
    provider: str
    request: str = ""
    is_stated: bool = True
    is_always: bool = True
    basis: Basis = Basis.UNKNOWN
    before: Counted = Counted()  # probes before the first phase
    after: Counted = Counted()  # probes when the load had ended
    quiet: Counted = Counted()
    late: Counted | None = None
    is_seen: bool = False  # at least one call is tied to the endpoint

    @property
    def may_depend(self) -> bool:
        """Whether a fault on the provider may touch the endpoint: it says so, was seen to, or none knows."""
        return self.is_stated or self.is_seen or (self.basis is Basis.UNKNOWN and not self.before.requests)


def capture_problem(link: Link) -> str | None:
    """Say why it is not proven that the endpoint's calls go through the proxy, or None if it is."""
    if not link.is_stated or not link.is_always:
        return None
    who = f"{link.endpoint} depends on {link.provider}"
    match link.basis:
        case Basis.TRACES | Basis.ONLY_CALLER if _calls_always(link):
            return None
        case Basis.TRACES | Basis.ONLY_CALLER:
            seen = f"{link.quiet.calling} of its {link.quiet.requests} requests before any fault"
            return f"{who}, and the proxy saw a call from only {seen}; {_remedy(link)}"
        case Basis.PROBES if link.before.calling >= PROBES:
            if link.quiet.requests < FEW or link.quiet.share >= ENOUGH:
                return None
            return (
                f"{who}, and before any fault its {link.quiet.requests} requests came with about "
                f"{link.quiet.calling} calls that the proxy saw, though each probe made one; {_remedy(link)}"
            )
        case Basis.PROBES:
            return f"{who}, and the proxy saw {probed(link, link.before)}; {_remedy(link)}"
        case Basis.UNKNOWN:
            return (
                f"{who}, and nothing ties its calls to it: it was not sent alone, other endpoints may have "
                "made the calls that were seen, and none carries its traceparent; pass `traceparent` on in "
                "the service"
            )


def _calls_always(link: Link) -> bool:
    """Tell whether its requests before any fault were seen to call; of too few, whether any was."""
    if link.quiet.requests >= FEW:
        return link.quiet.share >= ALWAYS
    return link.quiet.calling > 0 or link.before.calling >= PROBES


def probed(link: Link, probes: Counted) -> str:
    """Return what the probes of an endpoint came to, after "the proxy saw"."""
    many = {0: "no call", 1: "one call"}.get(probes.calling, f"{probes.calling} calls")
    times = "once" if probes.requests == 1 else f"{probes.requests} times"
    return f"{many} to it while `{link.request}` was sent alone {times}"


def _remedy(link: Link) -> str:
    return (
        "its calls may go around the proxy: `chaoskit doctor` says whose do; if it calls only now and then, "
        f"say `calls: sometimes` beside `depends_on` of {link.endpoint}"
    )


def end_problem(link: Link) -> str | None:
    """Say why it is not proven that the endpoint's calls went through the proxy to the end, or None.

    A probe after the load shows it, and so do calls in the last phase that are tied to the endpoint. Where
    the fault was on until the end, and the endpoint cannot be sent alone, nothing is asked.
    """
    if not link.is_stated or not link.is_always or link.after.calling:
        return None
    if link.basis is not Basis.PROBES and (
        link.late is None or link.late.calling or link.late.requests < FEW
    ):
        return None
    seen = probed(link, link.after) if link.after.requests else "no call to it in the last phase"
    return (
        f"{link.endpoint} depends on {link.provider}, and at the end the proxy saw {seen}: its calls may "
        "have left the proxy meanwhile; see the target's log for why it calls no more"
    )


@frozen(kw_only=True)
class Exposure:
    """How far the samples of one check met the faults of its phase.

    ``under``: samples that were sent, or were open, while one of the injections was on. ``called``: of these,
    how many are known to have called a struck provider meanwhile; ``met``: how many of those calls were
    struck. ``instead``: made no such call and did something else that is seen, as ``instead_by`` says.
    ``providers`` are the struck ones that the endpoint may depend on; none: it calls none of them, and the
    check is about a bystander. With the basis ``probes`` the counts are estimates.
    """

    judged: int
    under: int
    basis: Basis = Basis.UNKNOWN
    providers: tuple[str, ...] = ()
    called: int = 0
    met: int = 0
    instead: int = 0
    instead_by: tuple[str, ...] = ()
    is_always: bool = True
    is_stated: bool = True

    @property
    def overlap(self) -> float:
        """The share of the judged samples that were under the fault."""
        return self.under / self.judged if self.judged else 0.0

    @property
    def accounted(self) -> int:
        """How many of those under the fault are known to have met it, or to have turned away from it."""
        return min(self.under, self.called + self.instead)

    @property
    def is_exposed(self) -> bool:
        """Whether the check says something about a struck provider, as far as can be known."""
        return bool(self.under) and (not self.is_known or self.accounted > 0)

    @property
    def about(self) -> str:
        """What stands before its counts in a sentence: those that rest on probes are estimates."""
        return "about " if self.basis is Basis.PROBES else ""

    @property
    def is_known(self) -> bool:
        return self.basis is not Basis.UNKNOWN


def overlap_problem(exposure: Exposure, *, may_dilute: bool) -> str | None:
    """Say that too few of the judged samples were under the fault, or None."""
    if may_dilute or not exposure.judged or exposure.overlap >= ENOUGH:
        return None
    return (
        f"only {exposure.under} of {exposure.judged} judged samples ({exposure.overlap:.1%}) were sent or "
        f"open while a fault was on, and at least {ENOUGH:.0%} are asked: let the fault last longer, judge a "
        "phase of its own, or say `dilution: allowed` beside the objective"
    )


def meeting_problem(exposure: Exposure, endpoint: str) -> str | None:
    """Say that too few of the samples under the fault are known to have met it, or None."""
    if not exposure.providers or not exposure.under or not exposure.is_known or not exposure.is_stated:
        return None
    names = " and ".join(exposure.providers)
    if not exposure.is_always:
        if exposure.called:
            return None
        return (
            f"none of the {exposure.under} requests of {endpoint} under the fault is known to have called "
            f"{names}; send more of them, or let the fault last longer"
        )
    if exposure.accounted >= ENOUGH * exposure.under:
        return None
    about = exposure.about
    also = f", {exposure.instead} did something else" if exposure.instead else ""
    return (
        f"of {exposure.under} requests of {endpoint} under the fault {about}{exposure.called} called {names}"
        f"{also}, and nothing shows what the others did: say in `degraded_when` how such an answer looks, or "
        "name in `providers` whom it calls then; if its calls left the proxy, `chaoskit doctor` says why"
    )


def described(exposure: Exposure) -> str:
    """Return a check's exposure as a column of a report: ``297 of 300 met it (traces)``."""
    if not exposure.under:
        return "no fault was on"
    part = "" if exposure.under == exposure.judged else f"; {exposure.overlap:.1%} of all judged"
    if not exposure.providers:
        return f"{exposure.under} under the fault, none called what was struck{part}"
    if not exposure.is_known:
        return f"{exposure.under} under the fault, not known which called{part}"
    about = exposure.about
    text = f"{about}{exposure.met} of {exposure.under} met it"
    if exposure.called > exposure.met:
        text += f", {about}{exposure.called} called"
    if exposure.instead:
        text += f", {exposure.instead} turned away ({', '.join(exposure.instead_by)})"
    return f"{text}{part} (by {exposure.basis})"
