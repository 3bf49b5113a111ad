"""The provider turns good credentials away."""

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call
from chaoskit.core.content import check_headers, with_type
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

CREDENTIALS = ("authorization", "x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "cookie")
"""Headers that carry them: RFC 9110, RFC 6265, and providers' own (Anthropic, Azure, Google, OpenStack)."""


@frozen(kw_only=True)
class FalseAuth(Fault):
    """The provider answers a call that carries credentials as if they were bad. It does not act.

    A call without any (no ``authorization``, ``x-api-key``, ``api-key``, ``x-goog-api-key``,
    ``x-auth-token`` or ``cookie`` header) is left alone.

    ``status``: 401 or 403.
    ``challenge``: the ``www-authenticate`` header; empty: none. By default what RFC 6750, section 3.1,
    says for a token: ``invalid_token`` with 401, ``insufficient_scope`` with 403.
    ``body``: the answer's text.
    """

    status: int = 401
    challenge: str | None = None
    body: str = '{"error": {"type": "authentication_error"}}'

    def __post_init__(self) -> None:
        if self.status not in (401, 403):
            raise ValueError(f"status must be 401 or 403, got {self.status}")
        try:
            check_headers((("www-authenticate", self.challenge or ""),))
        except ValueError:
            raise ValueError(f"challenge must be one line of ASCII text, got {self.challenge!r}") from None

    def on_call(self, call: Call, dice: Dice) -> Reply | None:
        if all(call.header(name) is None for name in CREDENTIALS):
            return None
        why = "invalid_token" if self.status == 401 else "insufficient_scope"
        challenge = f'Bearer error="{why}"' if self.challenge is None else self.challenge
        headers = (("www-authenticate", challenge),) if challenge else ()
        return Reply(status=self.status, headers=with_type(headers, self.body), body=self.body.encode())
