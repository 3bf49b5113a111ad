"""Fetch a file from the first of two places that have it, or from the second when the first is of no use."""

import ssl
from collections.abc import Sequence

from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError


class Mirror:
    """One folder of files that is kept alike at several hosts: two CDNs, or two regions of one cloud."""

    def __init__(
        self, hosts: Sequence[tuple[str, str]], build: Build, trust: ssl.SSLContext | None = None
    ) -> None:
        """``hosts`` are names with their base URLs, the best first."""
        used = hosts if build.has_fallback else hosts[:1]
        self._clients = [Client(name, base, build, trust) for name, base in used]

    def fetch(self, path: str, mark: bytes, trace: dict[str, str]) -> tuple[str, bytes]:
        """Return who served the file, and the file; a body without ``mark`` is not it.

        Raises ProviderError.
        """

        def understand(body: bytes) -> bytes:
            # An edge answers with pages of its own, some of them with status 200.
            if mark not in body:
                raise ValueError(f"expected {mark!r} in the file, got {body[:40]!r}")
            return body

        ask = Ask(method="GET", path=path, headers=trace)
        *others, last = self._clients
        for client in others:
            try:
                return client.name, client.call(ask, understand)
            except ProviderError as error:
                if not error.is_down:
                    raise
        return last.name, last.call(ask, understand)
