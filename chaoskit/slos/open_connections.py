"""What went on over connections that were open when a fault on new ones began.

A service with a warm pool asks no resolver, connects to nobody and shakes no hands: `refuse`, `dns_error` and
`certificate` leave it as it was. That is how such outages really begin, and it is no proof of resilience.
"""

from chaoskit.core.frozen import frozen
from chaoskit.core.injection import EVERYTHING, Injection
from chaoskit.slos import phrase
from chaoskit.slos.evidence import Attempt, Carried, Evidence


@frozen
class WentOn:
    """Requests under an injection that it was not about.

    ``connections`` is 0 where calls were seen, and not what carried them.
    ``is_exact``: they are calls; else turns (``evidence.Carried``), which are about one request each.
    """

    requests: int
    connections: int
    is_exact: bool

    def __str__(self) -> str:
        count = phrase.plural(self.requests, "call" if self.is_exact else "request")
        over = phrase.plural(self.connections, "connection") if self.connections else "connections"
        verb = "was" if self.connections == 1 else "were"
        return f"{'' if self.is_exact else 'about '}{count} went over {over} that {verb} open before it began"


def strikes_new_only(injection: Injection) -> bool:
    """Tell whether connections that are open when it begins are left alone."""
    layers = injection.layers
    is_early = bool(layers) and layers <= {"query", "connect", "hello"}
    return is_early and not ("connect" in layers and injection.fault.seizes)


def went_on(injection: Injection, evidence: Evidence) -> WentOn | None:
    """Return what passed an injection on new connections by; None if nothing did, or it cannot be said.

    With a matcher it cannot: what it did not match may have been new. Nor where DNS questions are struck and
    connections were made without one.
    """
    if not strikes_new_only(injection) or injection.match != EVERYTHING:
        return None
    if "query" in injection.layers and _may_be_new(injection, evidence):
        return None
    passed = [each for each in evidence.attempts if _is_passed(each, injection)]
    stretches = [each for each in evidence.carried if _is_passed(each, injection) and injection.is_on(each.t)]
    is_about_some = any(injection.id in each.eligible for each in evidence.attempts)
    # of a connection that it was about, the first call says so, and those after it do not
    calls = 0 if is_about_some else sum(each.is_call and injection.is_on(each.t) for each in passed)
    turns = sum(each.turns for each in stretches)
    if not calls and not turns:
        return None
    kept = sum(_was_open(each, injection) for each in passed)
    most = max((each.connections for each in stretches), default=0)
    return WentOn(calls + turns, 0 if calls else max(kept, most), is_exact=not turns)


def _may_be_new(injection: Injection, evidence: Evidence) -> bool:
    """Tell whether some of what went on may have gone over new connections, to a name that is remembered."""
    aimed = [each for each in evidence.attempts if injection.is_aimed_at(each.provider, each.groups)]
    is_asked = any(each.is_question for each in aimed)
    return not is_asked or any(not each.is_question and injection.is_on(each.t) for each in aimed)


def _is_passed(one: Attempt | Carried, injection: Injection) -> bool:
    """Tell whether it belongs to what the injection is aimed at, and the injection was not about it."""
    return injection.is_aimed_at(one.provider, one.groups) and injection.id not in one.eligible


def _was_open(connection: Attempt, injection: Injection) -> bool:
    """Tell whether a window began between the connection's beginning and the last that it carried."""
    last = connection.last
    return last is not None and any(connection.t < start <= last for start, _ in injection.windows)


def remedy(injection: Injection) -> str:
    """Say what strikes open connections too."""
    if "hello" in injection.layers:
        return (
            "clients shake hands anew once `disconnect: {at: connect}` or `reset` has cut their connections: "
            "add one of them for a moment when it begins"
        )
    return (
        "to cut open ones too, use `disconnect: {at: connect}` in its place, or add a `reset` for a moment "
        "when it begins"
    )
