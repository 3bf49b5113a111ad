"""Gives every call the name that chance hangs on. Pure, apart from what it has counted."""

from collections import OrderedDict

from chaoskit.core.call import Headers, header

REMEMBERED = 100_000
"""How many different names are counted; the one seen longest ago is forgotten first."""


class Identities:
    """Names calls: an id that the caller passes on, method, host, path and the n-th time seen.

    The n-th time makes a retry another call, so that a retry is not bound to fail again.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._remembered = remembered

    def name(self, headers: Headers, method: str, host: str, path: str) -> tuple[str, str]:
        """Return the identity and where it came from. ``path`` may have a query, which does not count."""
        passed_on, by = _passed_on(headers)
        plain = path.partition("?")[0]
        name = f"{passed_on} {method} {host}{plain}" if passed_on else f"{method} {host}{plain}"
        return f"{name} {self.count(name)}", by

    def __len__(self) -> int:
        return len(self._seen)

    def count(self, name: str) -> int:
        """Count one more of that name; return how many there are now."""
        nth = self._seen.pop(name, 0) + 1
        self._seen[name] = nth
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return nth


def _passed_on(headers: Headers) -> tuple[str, str]:
    trace = header(headers, "traceparent")
    if trace is not None:
        parts = trace.strip().split("-")
        if len(parts) >= 4 and len(parts[1]) == 32:
            return parts[1], "traceparent"
    for name in ("x-request-id", "idempotency-key"):
        value = header(headers, name)
        if value:
            return value, name
    return "", "order"
