"""Prove that each endpoint's own calls to the provider that it depends on went through the proxy."""

from collections.abc import Iterator

from chaoskit.core.exposure import Basis, Link, capture_problem, end_problem, probed
from chaoskit.core.verdict import Finding
from chaoskit.slos import phrase
from chaoskit.slos.links import Links
from chaoskit.slos.proofs import proof

AT_START, AT_END = "capture", "capture_at_end"
"""The kinds of these proofs."""


def capture(links: Links) -> list[Finding]:
    """Return a proof for each pair (endpoint, provider) that the file claims, and one for its end."""
    return [found for link in links.every if link.is_stated for found in _proofs(link)]


def _proofs(link: Link) -> Iterator[Finding]:
    name = f"{link.endpoint}/{link.provider}"
    wanted = "calls through the proxy" if link.is_always else "calls now and then"
    yield proof(f"{AT_START}/{name}", link.endpoint, wanted, _measured(link), capture_problem(link))
    if link.is_always:
        ended = probed(link, link.after) if link.after.requests else "not sent alone at the end"
        yield proof(f"{AT_END}/{name}", link.endpoint, "still calls", ended, end_problem(link))


def _measured(link: Link) -> str:
    if link.basis is Basis.UNKNOWN:
        return "not known"
    about = "about " if link.basis is Basis.PROBES else ""
    text = f"{about}{link.quiet.calling} of {phrase.plural(link.quiet.requests, 'request')} before any fault"
    return f"{text} (by {link.basis})"
