"""Log a customer in with the identity provider, or for a while without it.

A token is checked with the provider's public keys, which are kept: new ones are asked for now and then, and
where none come the old ones still tell a good token from a bad one.

A customer who was seen within the last hour is let in on that memory while the provider is down: a grace
login. A shop may do that, a bank may not.
"""

import base64
import ssl
import threading
import time
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chaoskit_shop.hosts import AUTH0
from chaoskit_shop.shop.build import Build
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.payments import read_object, read_text

_GRACE = 3600.0  # seconds
_Keys = dict[str, rsa.RSAPublicKey]


class Identity:
    """The identity provider, its keys, the sessions' tokens and who was seen when."""

    def __init__(self, build: Build, trust: ssl.SSLContext | None = None) -> None:
        self._client = Client("auth0", f"https://{AUTH0}", build, trust)
        self._has_fallback = build.has_fallback
        self._lock = threading.Lock()
        self._keeps_keys = build.keeps_keys
        self._keys: _Keys = {}
        self._asked_at = 0.0
        self._tokens: dict[str, str] = {}
        self._seen: dict[tuple[str, str], float] = {}

    def log_in(self, user: str, password: str, trace: dict[str, str]) -> str:
        """Return ``full`` or ``grace``. Raises ProviderError."""
        try:
            token = self._ask(user, password, trace)
        except ProviderError as error:
            with self._lock:
                seen = self._seen.get((user, password))
            is_known = seen is not None and time.monotonic() - seen < _GRACE
            if not (self._has_fallback and error.is_down and is_known):
                raise
            return "grace"
        with self._lock:
            self._seen[user, password] = time.monotonic()
            self._tokens[user] = token
        return "full"

    def check(self, user: str, trace: dict[str, str]) -> dict[str, Any] | None:
        """Return what the token of the customer's session claims; None without one. Raises ProviderError."""
        with self._lock:
            token = self._tokens.get(user)
        return None if token is None else verify(token, self._get_keys(trace))

    def _ask(self, user: str, password: str, trace: dict[str, str]) -> str:
        keys = self._get_keys(trace)
        form = {"grant_type": "password", "client_id": "demo", "username": user, "password": password}
        ask = Ask(method="POST", path="/oauth/token", headers=trace, form=form)

        def understand(body: bytes) -> str:
            token = read_text(read_object(body), "access_token")
            verify(token, keys)
            return token

        return self._client.call(ask, understand)

    def _get_keys(self, trace: dict[str, str]) -> _Keys:
        now = time.monotonic()
        with self._lock:
            keys = self._keys
            if keys and now - self._asked_at < self._keeps_keys:
                return keys
            # Said before it is done: the others go on with the old keys meanwhile.
            self._asked_at = now
        ask = Ask(method="GET", path="/.well-known/jwks.json", headers=trace)
        try:
            found = self._client.call(ask, read_keys)
        except ProviderError:
            if not (keys and self._keeps_keys):
                raise
            return keys
        with self._lock:
            self._keys = found
        return found


def read_keys(body: bytes) -> _Keys:
    """Return the RSA keys of a JWKS document by id; ValueError if it has none."""
    found = read_object(body).get("keys")
    if not isinstance(found, list) or not found:
        raise ValueError("expected a list of keys, got none")
    return {
        read_text(each, "kid"): rsa.RSAPublicNumbers(_number(each, "e"), _number(each, "n")).public_key()
        for each in found
    }


def verify(token: str, keys: _Keys) -> dict[str, Any]:
    """Return the claims of a JWT; ValueError unless one of ``keys`` signed it."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError("expected a token of three parts")
    head, claims, signature = parts
    key = keys.get(read_text(read_object(_decode(head)), "kid"))
    if key is None:
        raise ValueError("the token is signed with an unknown key")
    try:
        key.verify(_decode(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise ValueError("the token's signature is wrong") from error
    return read_object(_decode(claims))


def _number(key: dict[str, Any], name: str) -> int:
    return int.from_bytes(_decode(read_text(key, name)))


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
