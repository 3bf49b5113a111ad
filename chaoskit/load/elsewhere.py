"""Load goes to the target and nowhere else: also when a locustfile names another host, or a redirect does."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from geventhttpclient.useragent import ConnectionError as FastError

_LOG = logging.getLogger(__name__)
_PORTS = {"http": 80, "https": 443}


class ElsewhereError(Exception):
    """A request to another place than the target was refused; nothing was sent."""


class ElsewhereRequestError(ElsewhereError, requests.RequestException):
    """The same, as a kind that HttpUser records."""


class ElsewhereFastError(ElsewhereError, FastError):
    """The same, as a kind that FastHttpUser records."""


class Fence:
    """Knows the target's host and port."""

    def __init__(self, url: str, note: Callable[[str], None] = lambda _: None) -> None:
        """Fence in ``url``; ``note`` hears of each request to elsewhere."""
        self._allowed = place(url)
        self._note = note
        self._told: set[tuple[str, int | None]] = set()

    def problem(self, url: str) -> str | None:
        """Return why ``url`` may not be asked, or None; each other place is logged once."""
        asked = place(url)
        if asked == self._allowed:
            return None
        text = f"not sent to {asked[0]}:{asked[1]}: load goes only to the target, {self._text()}"
        self._note(
            f"refused to send requests to {asked[0]}:{asked[1]}: load goes only to the target's host, "
            f"{self._text()}; make it the target, let the locustfile leave it alone, or name these requests "
            "in `load: {leave_out: [...]}`"
        )
        if asked not in self._told:
            self._told.add(asked)
            _LOG.warning(text)
        return text

    def _text(self) -> str:
        return f"{self._allowed[0]}:{self._allowed[1]}"


def place(url: str) -> tuple[str, int | None]:
    """Return the host (lower case) and port that ``url`` names."""
    parts = urlsplit(url)
    return (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme)
