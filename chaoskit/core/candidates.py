"""Which injections may be about a call, found once for all calls that are alike."""

from dataclasses import field

from chaoskit.core.call import Call
from chaoskit.core.frozen import frozen
from chaoskit.core.injection import Injection

MOST = 4096
"""Kinds of calls that are kept; where paths carry ids there is no end of them."""


@frozen
class Candidates:
    """Some injections, in file order. What it leaves out for a call would not have been about it."""

    injections: tuple[Injection, ...]
    _found: dict[tuple[object, ...], tuple[Injection, ...]] = field(
        default_factory=dict[tuple[object, ...], tuple[Injection, ...]], compare=False, repr=False
    )

    def aimed_at(self, provider: str, groups: tuple[str, ...]) -> tuple[Injection, ...]:
        """Return those that mean ``provider`` or one of the edges ``groups``."""
        key = (provider, groups)
        found = self._found.get(key)
        if found is None:
            found = tuple(each for each in self.injections if each.is_aimed_at(provider, groups))
            self._keep(key, found)
        return found

    def about(self, call: Call) -> tuple[Injection, ...]:
        """Return those that may be about ``call``: its provider, method, host and path fit."""
        key = (call.provider, call.groups, call.method, call.host, call.path.partition("?")[0])
        found = self._found.get(key)
        if found is None:
            aimed = self.aimed_at(call.provider, call.groups)
            found = tuple(each for each in aimed if each.match.takes_line(call))
            self._keep(key, found)
        return found

    def _keep(self, key: tuple[object, ...], found: tuple[Injection, ...]) -> None:
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[key] = found
