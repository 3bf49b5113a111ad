"""example.auth0.com: tokens at POST /oauth/token, and the keys that they are signed with.

A token is a real RS256 JWT. The token endpoint's errors are ``{"error", "error_description"}`` (RFC 6749).
"""

import base64
import itertools
import json
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from flask import Flask, Response, jsonify, request

from chaoskit_shop.hosts import AUTH0
from chaoskit_shop.providers.latency import Sleep, pauses

_KEY_ID = "demo-key"
_LIFETIME = 86_400  # seconds that a token is good for


def create(sleep: Sleep, clock: Callable[[], float]) -> Flask:
    """Return the provider, with a key of its own; ``clock`` is seconds since 1970."""
    app = Flask(__name__)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pause = pauses(AUTH0, 0.008, 0.020, sleep)
    numbers = itertools.count(1)

    @app.post("/oauth/token")
    def token() -> Response:
        # Both forms are in use: OAuth says form-encoded, this provider's own examples are JSON.
        body = request.get_json(silent=True) or request.form
        pause()
        user = body.get("username")
        if not user:
            return _error(400, "invalid_request", "username is missing")
        if not body.get("password"):
            return _error(403, "invalid_grant", "wrong user name or password")
        now = int(clock())
        claims = {"iss": f"https://{AUTH0}/", "sub": f"auth0|{user}", "iat": now, "exp": now + _LIFETIME}
        return jsonify(
            {
                "access_token": _sign(key, claims),
                "expires_in": _LIFETIME,
                "scope": "openid profile",
                "token_type": "Bearer",
            }
        )

    @app.get("/.well-known/jwks.json")
    def jwks() -> Response:
        pause()
        public = key.public_key().public_numbers()
        modulus = public.n.to_bytes((public.n.bit_length() + 7) // 8)
        exponent = public.e.to_bytes(3)
        own = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _KEY_ID}
        return jsonify({"keys": [{**own, "n": _base64(modulus), "e": _base64(exponent)}]})

    @app.after_request
    def name_the_request(response: Response) -> Response:
        response.headers["x-auth0-requestid"] = f"{next(numbers):020x}"
        return response

    return app


def _sign(key: rsa.RSAPrivateKey, claims: dict[str, object]) -> str:
    head = _base64(json.dumps({"alg": "RS256", "typ": "JWT", "kid": _KEY_ID}).encode())
    text = f"{head}.{_base64(json.dumps(claims).encode())}"
    return f"{text}.{_base64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _error(status: int, code: str, description: str) -> Response:
    response = jsonify({"error": code, "error_description": description})
    response.status_code = status
    return response
