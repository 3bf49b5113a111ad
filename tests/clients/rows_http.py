"""Faults of a call and its answer."""

from functools import partial

from cells import BYTES, EVENTS, Row

PYTHON_TLS = "Python before 3.12.3 tells an RST under TLS as an end (FIN)"
NODE_TLS = "of a tunnelled socket's RST Node tells what it happens to notice first"
STREAM = "over HTTP/2 a fault of one call ends its stream by RST_STREAM, and the calls beside it go on"
RST = {
    "requests": "reset or closed",
    "httpx": "reset or closed",
    "aiohttp": "reset or closed",
    "node": "reset or closed",
    "fetch": "reset or closed",
}
ONLY = "over HTTP/2 there is no such thing to break"
ALONE = {"httpx-h2": "whole", "java-h2": "whole"}
FIN = {"httpx-h2": "reset", "java-h2": "reset"}

raw = partial(Row, expect="protocol error", but=ALONE, because=ONLY, left_alone=tuple(ALONE), contacted=False)

ROWS = [
    Row("blackhole", "{blackhole: {}}", "silence", contacted=False),
    Row("blackhole-response", "{blackhole: {at: response}}", "silence"),
    Row("delay", "{delay: {time: 400ms}}", "late", contacted=True),
    Row("delay-first-byte", "{delay: {time: 400ms, before: first_byte}}", "late", contacted=True),
    Row("error", "{error: {status: 503, body: sorry}}", "status 503", contacted=False),
    Row("error-after", "{error: {status: 503, body: sorry, phase: after}}", "status 503", contacted=True),
    Row("corrupt-bits", "{corrupt: {bits: 9}}", "damaged"),
    Row("corrupt-json", "{corrupt: {json: broken}}", "damaged", path="json"),
    Row(
        "corrupt-length",
        "{corrupt: {length: too_long}}",
        "cut or stalled",
        but={"httpx-h2": "protocol error", "java-h2": "whole"},
        because="over HTTP/2 frames say where an answer ends: h2 sees the contradiction, Java does not look",
    ),
    Row(
        "disconnect",
        "{disconnect: {how: rst}}",
        "reset",
        but=RST,
        because=f"{PYTHON_TLS}; {NODE_TLS}",
        contacted=False,
    ),
    Row("disconnect-fin", "{disconnect: {how: fin}}", "closed", but=FIN, because=STREAM, contacted=False),
    Row(
        "disconnect-response",
        "{disconnect: {at: response, how: rst}}",
        "reset",
        but=RST,
        because=f"{PYTHON_TLS}; {NODE_TLS}",
        contacted=True,
    ),
    Row("disconnect-after", "{disconnect: {after: 1000B, how: rst}}", "cut"),
    Row("disconnect-after-fin", "{disconnect: {after: 1000B, how: fin}}", "cut"),
    Row("truncate", "{truncate: {keep_bytes: 1000B}}", "short"),
    Row("stall", "{stall: {after: 1000B}}", "stalled", path=BYTES),
    Row("stall-chunks", "{stall: {chunks: 2}}", "stalled", path=EVENTS),
    Row("throttle", "{throttle: {rate: 8kB/s}}", "late"),
    Row("wrong-success", "wrong_success", "damaged", contacted=False),
    Row("wrong-success-after", "{wrong_success: {phase: after}}", "damaged", contacted=True),
    Row("challenge", "challenge", "status 403", contacted=False),
    Row("challenge-waf", "{challenge: {by: aws_waf}}", "status 202", contacted=False),
    Row("false-auth", "false_auth", "status 401", contacted=False),
    Row(
        "redirect",
        "redirect",
        "status 302",
        but=dict.fromkeys(("requests", "aiohttp", "fetch"), "redirects"),
        because="these follow by default, and give up after 30, 10 and 20 times",
        contacted=False,
        rounds=31,
    ),
    Row("stale", "stale", "whole", contacted=False, asked_before=True),
    Row("duplicate", "duplicate", "whole", contacted=True, copies=2),
    Row("headers", "{headers: {remove: [content-type], set: {x-put: here}}}", "whole", contacted=True),
    Row("headers-oversize", "{headers: {oversize: 500kB}}", "protocol error", contacted=True),
    raw("malformed-status-line", "{malformed: {how: status_line}}"),
    raw(
        "malformed-header",
        "{malformed: {how: header}}",
        but=ALONE | {"requests": "damaged", "java": "damaged"},
        because=f"{ONLY}; requests and Java skip the line that they cannot read",
    ),
    raw("malformed-chunk", "malformed"),
    Row(
        "malformed-gzip",
        "{malformed: {how: gzip}}",
        "damaged",
        but={"requests": "protocol error", "aiohttp": "protocol error", "fetch": "cut or stalled"},
        because="these three unpack; Node 20's fetch waits for ever where the body comes apart from its head",
        contacted=False,
    ),
]
