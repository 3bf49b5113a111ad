"""Calls to one provider: limits of time, a retry, a breaker, and no answer believed unchecked."""

import random
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
import urllib3

from chaoskit.core.frozen import frozen
from chaoskit_shop.shop.breaker import Breaker, Permit
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.retry import retried
from chaoskit_shop.shop.trust import Trusting

_TRANSPORT = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
_WORTH_A_RETRY = frozenset({408, 409, 500, 502, 503, 504})
_TURNED_AWAY = frozenset({429, 503})
_PIECE = 16_384


@frozen(kw_only=True)
class Ask:
    """One request to a provider; ``form`` or ``json`` is its body."""

    method: str
    path: str
    headers: dict[str, str]
    form: Mapping[str, str] | None = None
    json: Any = None


class Client:
    """A provider's client; every thread has a session of its own, whose connections are kept."""

    def __init__(self, name: str, base: str, build: Build, trust: ssl.SSLContext | None = None) -> None:
        self.name = name
        self._trust = trust
        self._base = base
        self._build = build
        self._breaker = Breaker(build.opens_after, build.open_for)
        self._local = threading.local()

    def call[T](self, ask: Ask, understand: Callable[[bytes], T], attempts: int | None = None) -> T:
        """Return what ``understand`` makes of the answer's body. Raises ProviderError.

        ``attempts`` overrides the build's.

        ``understand`` raises ValueError for a body that it does not believe.
        """
        build = self._build
        permit = self._permit()
        try:
            found = retried(
                lambda left: self._attempt(ask, understand, left),
                # A probe asks whether the provider is back; one attempt answers that.
                attempts=1 if permit is Permit.PROBE else attempts or build.attempts,
                budget=build.budget,
                backoff=build.backoff,
                clock=time.monotonic,
                sleep=time.sleep,
                uniform=random.uniform,
            )
        except ProviderError as error:
            self._breaker.tell(permit, time.monotonic(), is_success=not error.is_down)
            raise
        self._breaker.tell(permit, time.monotonic(), is_success=True)
        return found

    def stream(self, ask: Ask) -> Iterator[bytes]:
        """Yield the pieces of an answer as they come. Raises ProviderError, at once or in the middle.

        Not retried: what was passed on already cannot be taken back.
        """
        permit = self._permit()
        try:
            yield from self._pieces(ask, self._build.stream_read, self._build.stream_budget)
        except ProviderError as error:
            self._breaker.tell(permit, time.monotonic(), is_success=not error.is_down)
            raise
        # A caller who leaves in the middle says nothing about the provider, so nothing is told then.
        self._breaker.tell(permit, time.monotonic(), is_success=True)

    def _permit(self) -> Permit:
        permit = self._breaker.ask(time.monotonic())
        if permit is None:
            raise ProviderError(self.name, "the breaker is open", may_retry=False)
        return permit

    def _attempt[T](self, ask: Ask, understand: Callable[[bytes], T], left: float | None) -> T:
        body = b"".join(self._pieces(ask, self._build.read, left))
        try:
            return understand(body)
        except ValueError as error:
            reason = f"an answer that makes no sense: {error}"
            may_retry = self._build.retries_errors
            raise ProviderError(self.name, reason, may_retry=may_retry, is_unknown=True) from error

    def _pieces(self, ask: Ask, read: float | None, left: float | None) -> Iterator[bytes]:
        until = None if left is None else time.monotonic() + left
        try:
            with self._send(ask, read, left) as answer:
                while piece := answer.raw.read1(_PIECE, decode_content=True):
                    yield piece
                    # The library's limit is on silence; a body that drips keeps to it for ever.
                    if until is not None and time.monotonic() > until:
                        reason = "the answer takes too long"
                        raise ProviderError(self.name, reason, may_retry=False, is_unknown=True)
        except _TRANSPORT as error:
            reason = f"{type(error).__name__}: {error}"
            # Who was not reached did nothing.
            is_unknown = not isinstance(error, requests.ConnectTimeout)
            raise ProviderError(self.name, reason, may_retry=True, is_unknown=is_unknown) from error

    def _send(self, ask: Ask, read: float | None, left: float | None) -> requests.Response:
        answer = self._session().request(
            ask.method,
            self._base + ask.path,
            headers=ask.headers,
            data=ask.form,
            json=ask.json,
            stream=True,
            timeout=(_least(self._build.connect, left), _least(read, left)),
            allow_redirects=False,
        )
        status = answer.status_code
        if status != requests.codes.ok:
            answer.close()
            raise ProviderError(
                self.name,
                f"status {status}",
                may_retry=self._build.retries_errors and status in _WORTH_A_RETRY,
                is_down=status >= 500 or status in (408, 429),
                is_unknown=status >= 500 and status not in _TURNED_AWAY,
            )
        return answer

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            if self._trust is not None:
                session.mount("https://", Trusting(self._trust))
            self._local.session = session
        return session


def _least(limit: float | None, left: float | None) -> Any:
    given = [max(each, 0.001) for each in (limit, left) if each is not None]
    return min(given) if given else None
