"""What each SDK must make of each fault: ``whole``, ``short``, ``taken`` (wrong, and no error), or its error.

Errors are in the providers' own shapes.
"""

import json
from dataclasses import dataclass

from sdks import SDKS, provider

SHORT, LONG = 2.0, 20.0


@dataclass(frozen=True, kw_only=True)
class SdkRow:
    """``fault``: YAML, for all providers or by provider. ``expect``: by SDK; others are not asked.

    ``own``: it acts below a call, so it has a run of its own. ``contacted``: whether the provider gets the
    call, where that is known.
    """

    name: str
    fault: str | dict[str, str] | None
    expect: dict[str, str]
    is_silent: bool = False
    own: bool = False
    status: int | None = None
    contacted: bool | None = None

    def fault_for(self, name: str) -> str | None:
        return self.fault.get(name) if isinstance(self.fault, dict) else self.fault

    @property
    def timeout(self) -> float:
        return SHORT if self.is_silent else LONG


def error(status: int, body: dict | str, **more) -> str:
    """Return an error fault; JSON is YAML."""
    is_xml = isinstance(body, str)
    headers = {"content-type": "application/xml" if is_xml else "application/json"} | more.pop("headers", {})
    text = body if is_xml else json.dumps(body)
    return json.dumps({"error": {"status": status, "headers": headers, "body": text} | more})


def of_stripe(kind: str, **more) -> dict:
    return {"error": {"type": kind, "message": "told by the fake"} | more}


def of_openai(kind: str, code: str | None = None) -> dict:
    return {"error": {"message": "told by the fake", "type": kind, "param": None, "code": code}}


def of_anthropic(kind: str) -> dict:
    return {"type": "error", "error": {"type": kind, "message": "told by the fake"}, "request_id": "req_1"}


def of_s3(code: str) -> str:
    return f"<Error><Code>{code}</Code><Message>m</Message><RequestId>1</RequestId></Error>"


def of_dynamodb(code: str) -> dict:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "told by the fake"}


def each(**given: str) -> dict[str, str]:
    """Return what each SDK must raise; ``openai`` speaks for its stream too, unless that is named."""
    named = {sdk.replace("_", "-"): words for sdk, words in given.items()}
    found = {sdk: named.get(sdk) or named.get(provider(sdk)) for sdk in SDKS}
    return {sdk: words for sdk, words in found.items() if words}


OFF = each(stripe="APIConnectionError", openai="APIConnectionError", anthropic="APIConnectionError")
BOTO_OFF = each(s3="ProxyConnectionError", dynamodb="ProxyConnectionError")
"""Where a tunnel ends before an answer, urllib3 blames the proxy, and botocore believes it."""
BOTO_RST = dict.fromkeys(("s3", "dynamodb"), "ProxyConnectionError or SSLError")
"""Python before 3.12.3 may tell an RST under TLS as an end without a close_notify."""
SILENT = each(
    stripe="APIConnectionError",
    openai="APITimeoutError",
    anthropic="APITimeoutError",
    s3="ReadTimeoutError",
    dynamodb="ReadTimeoutError",
)
WHOLE = dict.fromkeys(SDKS, "whole")
AGAIN = {"headers": {"retry-after": "7"}}

ROWS = [
    SdkRow(name="none", contacted=True, fault=None, expect=WHOLE),
    SdkRow(name="blackhole", contacted=False, fault="{blackhole: {}}", is_silent=True, expect=SILENT),
    SdkRow(name="blackhole-response", fault="{blackhole: {at: response}}", is_silent=True, expect=SILENT),
    SdkRow(name="disconnect", contacted=False, fault="{disconnect: {how: rst}}", expect=OFF | BOTO_RST),
    SdkRow(name="disconnect-fin", contacted=False, fault="{disconnect: {how: fin}}", expect=OFF | BOTO_OFF),
    SdkRow(
        name="rate-limited",
        contacted=False,
        status=429,
        fault={
            "stripe": error(429, of_stripe("invalid_request_error", code="rate_limit"), **AGAIN),
            "openai": error(429, of_openai("requests", "rate_limit_exceeded"), **AGAIN),
            "anthropic": error(429, of_anthropic("rate_limit_error"), **AGAIN),
            "s3": error(503, of_s3("SlowDown"), **AGAIN),
            "dynamodb": error(400, of_dynamodb("ProvisionedThroughputExceededException"), **AGAIN),
        },
        expect=each(
            stripe="RateLimitError",
            openai="RateLimitError",
            anthropic="RateLimitError",
            s3="ClientError SlowDown",
            dynamodb="ProvisionedThroughputExceededException",
        ),
    ),
    SdkRow(
        name="unauthorized",
        contacted=False,
        status=401,
        fault={
            "stripe": error(401, of_stripe("invalid_request_error")),
            "openai": error(401, of_openai("invalid_request_error", "invalid_api_key")),
            "anthropic": error(401, of_anthropic("authentication_error")),
            "s3": error(403, of_s3("InvalidAccessKeyId")),
            "dynamodb": error(400, of_dynamodb("UnrecognizedClientException")),
        },
        expect=each(
            stripe="AuthenticationError",
            openai="AuthenticationError",
            anthropic="AuthenticationError",
            s3="ClientError InvalidAccessKeyId",
            dynamodb="ClientError UnrecognizedClientException",
        ),
    ),
    SdkRow(
        name="internal",
        contacted=False,
        status=500,
        fault={
            "stripe": error(500, of_stripe("api_error")),
            "openai": error(500, of_openai("server_error")),
            "anthropic": error(500, of_anthropic("api_error")),
            "s3": error(500, of_s3("InternalError")),
            "dynamodb": error(500, of_dynamodb("InternalServerError")),
        },
        expect=each(
            stripe="APIError",
            openai="InternalServerError",
            anthropic="InternalServerError",
            s3="ClientError InternalError",
            dynamodb="InternalServerError",
        ),
    ),
    SdkRow(
        name="unavailable",
        status=503,
        fault={
            "stripe": error(503, of_stripe("api_error")),
            "openai": error(503, of_openai("service_unavailable_error", "server_is_overloaded")),
            "anthropic": error(503, of_anthropic("api_error")),
            "s3": error(503, of_s3("ServiceUnavailable")),
            "dynamodb": error(503, of_dynamodb("ServiceUnavailable")),
        },
        expect=each(
            stripe="APIError",
            openai="InternalServerError",
            anthropic="ServiceUnavailableError",
            s3="ClientError ServiceUnavailable",
            dynamodb="ClientError ServiceUnavailable",
        ),
    ),
    SdkRow(
        name="overloaded",
        status=529,
        fault={"anthropic": error(529, of_anthropic("overloaded_error"))},
        expect=each(anthropic="OverloadedError"),
    ),
    SdkRow(
        name="acted",
        contacted=True,
        status=500,
        fault={
            "stripe": error(500, of_stripe("api_error"), phase="after"),
        },
        expect=each(stripe="APIError"),
    ),
    SdkRow(
        name="edge-page",
        status=502,
        fault=error(502, "<html>502 Bad Gateway</html>"),
        expect=each(
            stripe="APIError",
            openai="InternalServerError",
            anthropic="InternalServerError",
            s3="ClientError 502",
            dynamodb="ClientError 502",
        ),
    ),
    SdkRow(
        name="error-in-200",
        fault={
            "stripe": error(200, of_stripe("api_error")),
            "openai": error(200, of_openai("server_error")),
            "anthropic": error(200, of_anthropic("overloaded_error")),
            "s3": error(200, of_s3("InternalError")),
            "dynamodb": error(200, of_dynamodb("InternalServerError")),
        },
        expect=dict.fromkeys(SDKS, "taken"),
    ),
    SdkRow(
        name="page-in-200",
        fault=error(200, "<html>We will be right back</html>", headers={"content-type": "text/html"}),
        expect=dict.fromkeys(SDKS, "taken") | each(stripe="APIError"),
    ),
    SdkRow(
        name="broken-json",
        fault="{corrupt: {json: broken}}",
        expect={
            "stripe": "APIError",
            "openai": "JSONDecodeError",
            "anthropic": "JSONDecodeError",
            "dynamodb": "taken",
        },
    ),
    SdkRow(name="flipped-bits", fault={"s3": "{corrupt: {bits: 40}}"}, expect=each(s3="taken")),
    SdkRow(
        name="cut",
        contacted=True,
        fault="{disconnect: {after: 100B}}",
        expect=OFF
        | each(anthropic_stream="RemoteProtocolError", s3="ResponseStreamingError", dynamodb="taken"),
    ),
    SdkRow(
        name="stalled",
        fault="{stall: {after: 100B}}",
        is_silent=True,
        expect=SILENT | each(anthropic_stream="ReadTimeout"),
    ),
    SdkRow(
        name="truncated",
        contacted=True,
        fault="{truncate: {keep: 60%}}",
        expect=each(
            stripe="APIError",
            openai="JSONDecodeError",
            openai_stream="short",
            anthropic="JSONDecodeError",
            anthropic_stream="short",
            s3="short",
            dynamodb="taken",
        ),
    ),
    SdkRow(
        name="stream-cut",
        fault="{disconnect: {after: 1500B, how: fin}}",
        expect={"openai-stream": "APIConnectionError", "anthropic-stream": "RemoteProtocolError"},
    ),
    SdkRow(
        name="stream-stalled",
        fault="{stall: {chunks: 4}}",
        is_silent=True,
        expect={"openai-stream": "APITimeoutError", "anthropic-stream": "ReadTimeout"},
    ),
    SdkRow(
        name="refused",
        fault="{disconnect: {at: connect, how: rst}}",
        own=True,
        expect=OFF | each(s3="ConnectionClosedError", dynamodb="ConnectionClosedError"),
    ),
    SdkRow(
        name="connect-blackhole", fault="{blackhole: {at: connect}}", own=True, is_silent=True, expect=SILENT
    ),
]
