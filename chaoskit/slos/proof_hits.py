"""Prove that each injection struck, and struck the share of calls that was asked."""

from chaoskit.core.injection import Injection
from chaoskit.core.verdict import Finding
from chaoskit.slos import arrays as np
from chaoskit.slos import phrase
from chaoskit.slos.chance import is_likely
from chaoskit.slos.evidence import Attempt, Evidence
from chaoskit.slos.open_connections import WentOn, remedy, went_on
from chaoskit.slos.proofs import proof
from chaoskit.slos.words import share_text

STICKY = ("clients", "hosts", "keys")
"""Units that are struck always or never: how many calls that makes is not for chance to say."""


def hits(evidence: Evidence) -> list[Finding]:
    """Return one proof for each injection, and one for each outage that several are parts of."""
    found = [_one(each, evidence) for each in evidence.experiment.injections]
    names = dict.fromkeys(each.outage for each in evidence.experiment.injections if each.outage is not None)
    return [*found, *(_whole(name, evidence) for name in names)]


def _whole(outage: str, evidence: Evidence) -> Finding:
    """Prove that an outage struck at all: of its parts, one alone may strike nothing by chance."""
    parts = [each for each in evidence.experiment.injections if each.outage == outage]
    hitting = [
        part
        for part in parts
        if any(part.id in each.hits and concerns(each, part) for each in evidence.attempts)
    ]
    nothing = f"{outage} struck nothing: none of its {phrase.plural(len(parts), 'part')} hit a call"
    return proof(
        f"hits/{outage}",
        outage,
        "at least one hit",
        f"{phrase.plural(len(hitting), 'part')} of {len(parts)} struck",
        None if hitting else nothing,
    )


def concerns(attempt: Attempt, injection: Injection) -> bool:
    """Tell whether an injection was about an attempt, before chance: one at its own provider."""
    named = (*attempt.eligible, *attempt.drawn, *attempt.hits)
    return injection.id in named and injection.is_aimed_at(attempt.provider, attempt.groups)


def struck(attempt: Attempt, injection: str) -> bool:
    """Tell whether the share let an injection through to an attempt."""
    return injection in attempt.drawn or injection in attempt.hits


def _one(injection: Injection, evidence: Evidence) -> Finding:
    about = [each for each in evidence.attempts if concerns(each, injection)]
    drawn = sum(struck(each, injection.id) for each in about)
    count = sum(injection.id in each.hits for each in about)
    passed = went_on(injection, evidence)
    return proof(
        f"hits/{injection.id}",
        injection.id,
        f"{share_text(injection)}, at least one hit",
        f"{phrase.plural(count, 'hit')}, {drawn} drawn of {len(about)} eligible"
        + (f"; {passed}" if passed is not None and about else ""),
        _broken(injection, evidence, about, drawn, count),
    )


def _broken(
    injection: Injection, evidence: Evidence, about: list[Attempt], drawn: int, count: int
) -> str | None:
    name, provider = injection.id, injection.provider
    is_dns = "query" in injection.layers
    if not about and injection.outage is not None:
        return None  # a part may be about calls that this target never makes; the outage has its own proof
    if not about:
        passed = went_on(injection, evidence)
        if passed is not None:
            return _went_around(injection, passed)
        seen = [
            each
            for each in evidence.attempts
            if injection.is_aimed_at(each.provider, each.groups) and each.is_question == is_dns
        ]
        if is_dns:
            return f"{name} struck nothing: {_nobody_asked(injection, seen)}"
        if not seen:
            return (
                f"{name} struck nothing: no call to {provider} reached the proxy in the whole run; "
                "`chaoskit doctor` says whether the target uses the proxy, and calls these hosts"
            )
        on = sum(injection.is_on(each.t) for each in seen)
        if not on:
            return (
                f"{name} struck nothing: no call to {provider} came while it was on, and {len(seen)} at "
                "other times; let the load call it then, or make the phase longer"
            )
        what = _noun(injection, seen)
        return f"{name} struck nothing: of {on} {what} to {provider} while it was on, it was about none"
    noun = _noun(injection, about)
    if not drawn and injection.outage is not None:
        return _misses_share(injection, about)  # a small share of few calls may well be none
    if not drawn:
        unit = " (all or nothing for each of them)" if injection.unit in STICKY else ""
        return f"{name} struck nothing: its share let none of {len(about)} {noun} through{unit}"
    if not count:
        nothing = f"{name} struck nothing: {drawn} {noun} were drawn, and the fault changed none of them"
        left = sum(each.has_left for each in about)
        return f"{nothing}; the callers of {left} had left already" if left else nothing
    return _misses_share(injection, about)


def _noun(injection: Injection, counted: list[Attempt]) -> str:
    """Say what these are: where calls are not decrypted, connections are counted."""
    if "query" in injection.layers:
        return "DNS questions"
    return "calls" if any(each.is_call for each in counted) else "connections"


def _went_around(injection: Injection, passed: WentOn) -> str:
    what = "DNS questions" if "query" in injection.layers else "new connections"
    return (
        f"{injection.id} struck nothing: {passed}, and {injection.fault_name} strikes {what} only; "
        f"{remedy(injection)}"
    )


def _nobody_asked(injection: Injection, seen: list[Attempt]) -> str:
    asked = f"no DNS question about {injection.provider} reached the proxy"
    if not seen:
        return (
            f"{asked} in the whole run; is proxy.dns the resolver of the target? "
            "Behind HTTPS_PROXY a client asks no resolver"
        )
    return (
        f"{asked} while it was on, and {len(seen)} at other times; answers may be kept longer than it lasted"
    )


def _misses_share(injection: Injection, about: list[Attempt]) -> str | None:
    """Say so where chance alone would hardly draw this many; the share may change with time."""
    # calls in flight that a starting blackhole seizes were not drawn by the share at their own time
    drawn_from = [each for each in about if injection.is_on(each.t)]
    if not drawn_from or (injection.unit in STICKY and injection.share.peak() < 1.0):
        return None
    chances = np.array([injection.share.at(each.t - injection.start) for each in drawn_from])
    drawn = sum(struck(each, injection.id) for each in drawn_from)
    if is_likely(drawn, np.clip(chances, 0.0, 1.0)):
        return None
    noun = _noun(injection, about)
    return (
        f"{injection.id} struck another share than asked: {drawn} of {len(drawn_from)} {noun} were drawn, "
        f"where {share_text(injection)} makes about {chances.sum():.0f} likely"
    )


def approximation(injection: Injection) -> str | None:
    """Say what was done in the place of a fault that could not be done as it is."""
    if injection.approximated_as is None:
        return None
    return (
        f"{injection.id}: {injection.fault_name} is approximated as {injection.approximated_as}: there is no "
        "`proxy.dns`, so no DNS question reaches the proxy"
    )
