"""Faults that only HTTP/2 has. The clients over HTTP/1 are left alone."""

from functools import partial

from cells import Row

HTTP_1 = ("curl", "requests", "httpx", "aiohttp", "node", "fetch", "java")
HTTP_2 = ("httpx-h2", "java-h2")
FRAMES = "HTTP/1 has no streams and no such frames"

frame = partial(
    Row,
    expect="whole",
    but=dict.fromkeys(HTTP_2, "reset"),
    because=FRAMES,
    left_alone=HTTP_1,
    contacted=False,
)

ROWS = [
    frame("rst-stream", "rst_stream"),
    frame("rst-stream-refused", "{rst_stream: {code: REFUSED_STREAM}}"),
    frame(
        "rst-stream-after", "{rst_stream: {after: 1000B}}", but=dict.fromkeys(HTTP_2, "cut"), contacted=True
    ),
    frame("goaway", "goaway", contacted=None),
    frame("goaway-this", "{goaway: {refuses: this}}"),
    frame("goaway-all", "{goaway: {refuses: all, code: INTERNAL_ERROR}}", contacted=None),
]
