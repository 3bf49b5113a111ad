"""The edge in front of the provider takes its callers for robots."""

from typing import Literal

from chaoskit.core.actions import Reply
from chaoskit.core.call import Call, Headers
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen

_PAGE = """<!DOCTYPE html><html lang="en-US"><head><title>{title}</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<meta name="robots" content="noindex,nofollow">
</head><body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>
"""


@frozen(kw_only=True)
class Challenge(Fault):
    """The edge answers with a page that only a browser can pass, where JSON was expected.

    The header is how a program can tell: ``cf-mitigated: challenge``
    (https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/),
    or ``x-amzn-waf-action: challenge`` with status 202, which is a success to most clients
    (https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html). The page
    is a stand-in without the edge's script. The provider is not contacted.

    ``by``: whose page and headers: ``cloudflare`` or ``aws_waf``.
    ``status``: 202, 403, 429 or 503. Not given: 403 by Cloudflare, 202 by AWS WAF.
    """

    by: Literal["cloudflare", "aws_waf"] = "cloudflare"
    status: int | None = None

    def __post_init__(self) -> None:
        if self.status not in (None, 202, 403, 429, 503):
            raise ValueError(f"status must be 202, 403, 429 or 503, got {self.status}")

    def on_call(self, call: Call, dice: Dice) -> Reply:
        if self.by == "cloudflare":
            ray = f"{dice.below(2**32, 'ray'):08x}{dice.below(2**32, 'ray 2'):08x}-FRA"
            own: Headers = (("server", "cloudflare"), ("cf-mitigated", "challenge"), ("cf-ray", ray))
            status, title = 403, "Just a moment..."
        else:
            own = (("server", "CloudFront"), ("x-amzn-waf-action", "challenge"))
            status, title = 202, "Human Verification"
        headers = (
            ("content-type", "text/html; charset=UTF-8"),
            ("cache-control", "no-store, max-age=0"),
            *own,
        )
        return Reply(status=self.status or status, headers=headers, body=_PAGE.format(title=title).encode())
