"""What the catalogue knows about one provider."""

from typing import Literal

from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

Basis = Literal["sourced", "general", "unsourced"]
"""``sourced``: a source is named. ``general``: common knowledge. ``unsourced``: likely, and to be checked."""

Category = Literal[
    "ai",
    "cdn",
    "cloud",
    "dns",
    "identity",
    "maps",
    "messaging",
    "observability",
    "payments",
    "saas",
    "search",
    "storage",
]


@frozen
class HostPattern:
    """A host, or a pattern (``core.hosts``) in which ``{region}`` and other names in braces are one label."""

    pattern: str
    basis: Basis = "general"


@frozen(kw_only=True)
class Dialect:
    """One way in which the provider fails, as it says so itself.

    ``fault`` is what an injection with ``error: {like: provider/name}`` does. ``raises`` is what the vendor's
    own SDK makes of it: pairs of the SDK's name and its exception.
    """

    name: str
    when: str
    basis: Basis
    fault: Fault
    fault_name: str
    raises: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()
    note: str = ""


@frozen(kw_only=True)
class KnownProvider:
    """A provider of the catalogue. ``clients`` are client libraries, ``fronted_by`` is its edge."""

    name: str
    title: str
    category: Category
    hosts: tuple[HostPattern, ...]
    protocols: tuple[str, ...] = ()
    fronted_by: str | None = None
    clients: tuple[str, ...] = ()
    status_page: str | None = None
    ip_ranges: str | None = None
    errors: tuple[Dialect, ...] = ()
    note: str = ""

    def error(self, name: str) -> Dialect | None:
        """Return the dialect called ``name``, or None."""
        return next((each for each in self.errors if each.name == name), None)

    def patterns(self, region: str | None = None) -> tuple[str, ...]:
        """Return host patterns with ``{region}`` filled in and every other name in braces as ``*``.

        With a region, only the hosts that belong to one are meant, where there are any.
        """
        own = [each.pattern for each in self.hosts]
        if region is not None:
            own = [each for each in own if "{region}" in each] or own
        return tuple(_filled(each, region) for each in own)


def _filled(pattern: str, region: str | None) -> str:
    parts = pattern.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled.append((region if name == "region" and region is not None else "*") + rest)
    return "".join(filled)
