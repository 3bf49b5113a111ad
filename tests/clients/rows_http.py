"""Faults of a call and its answer."""

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
FIN = {"httpx-h2": "reset", "java-h2": "reset"}

ROWS = [
    Row(name="blackhole", fault="{blackhole: {}}", expect="silence", contacted=False),
    Row(name="blackhole-response", fault="{blackhole: {at: response}}", expect="silence"),
    Row(name="delay", fault="{delay: {time: 400ms}}", expect="late", contacted=True),
    Row(
        name="delay-first-byte",
        fault="{delay: {time: 400ms, before: first_byte}}",
        expect="late",
        contacted=True,
    ),
    Row(name="error", fault="{error: {status: 503, body: sorry}}", expect="status 503", contacted=False),
    Row(
        name="error-after",
        fault="{error: {status: 503, body: sorry, phase: after}}",
        expect="status 503",
        contacted=True,
    ),
    Row(name="corrupt-bits", fault="{corrupt: {bits: 9}}", expect="damaged"),
    Row(name="corrupt-json", fault="{corrupt: {json: broken}}", path="json", expect="damaged"),
    Row(
        name="corrupt-length",
        fault="{corrupt: {length: too_long}}",
        expect="cut or stalled",
        but={"httpx-h2": "protocol error", "java-h2": "whole"},
        because="over HTTP/2 frames say where an answer ends: h2 sees the contradiction, Java does not look",
    ),
    Row(
        name="disconnect",
        fault="{disconnect: {how: rst}}",
        expect="reset",
        but=RST,
        because=f"{PYTHON_TLS}; {NODE_TLS}",
        contacted=False,
    ),
    Row(
        name="disconnect-fin",
        fault="{disconnect: {how: fin}}",
        expect="closed",
        but=FIN,
        because=STREAM,
        contacted=False,
    ),
    Row(
        name="disconnect-response",
        fault="{disconnect: {at: response, how: rst}}",
        expect="reset",
        but=RST,
        because=f"{PYTHON_TLS}; {NODE_TLS}",
        contacted=True,
    ),
    Row(name="disconnect-after", fault="{disconnect: {after: 1000B, how: rst}}", expect="cut"),
    Row(name="disconnect-after-fin", fault="{disconnect: {after: 1000B, how: fin}}", expect="cut"),
    Row(name="truncate", fault="{truncate: {keep_bytes: 1000B}}", expect="short"),
    Row(name="stall", fault="{stall: {after: 1000B}}", path=BYTES, expect="stalled"),
    Row(name="stall-chunks", fault="{stall: {chunks: 2}}", path=EVENTS, expect="stalled"),
    Row(name="throttle", fault="{throttle: {rate: 8kB/s}}", expect="late"),
]
