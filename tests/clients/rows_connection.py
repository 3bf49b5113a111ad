"""Faults of a connection, below TLS: each row has a provider of its own."""

from functools import partial

from cells import Row

STAGE = "these say that the connection broke, and not whether its TLS stood"
BREAKS = {"requests": "refused or reset", "node": "refused or reset", "fetch": "refused or reset"}
MIDWAY = "cut or reset or closed or refused"
"""How many of the counted bytes the handshake takes differs from client to client."""
connection = partial(Row, own=True)

ROWS = [
    connection("connect-blackhole", "{blackhole: {at: connect}}", "silence", contacted=False),
    connection(
        "connect-rst",
        "{disconnect: {at: connect, how: rst}}",
        "refused",
        but=BREAKS,
        because=STAGE,
        contacted=False,
    ),
    connection(
        "connect-fin",
        "{disconnect: {at: connect, how: fin}}",
        "refused",
        but=BREAKS,
        because=STAGE,
        contacted=False,
    ),
    connection("connect-wait", "{delay: {time: 400ms, before: connect}}", "late", contacted=True),
    connection("refuse", "refuse", "refused", but=BREAKS, because=STAGE, contacted=False),
    connection("connect-delay", "{connect_delay: {time: 400ms}}", "late", contacted=True),
    connection("latency", "{latency: {time: 150ms}}", "late", contacted=True),
    connection("bandwidth", "{bandwidth: {rate: 8kB/s}}", "late", contacted=True),
    connection("slicer", "{slicer: {size: 500B, gap: 40ms}}", "late", contacted=True),
    connection("limit-data", "{limit_data: {bytes: 3kB}}", MIDWAY),
    connection("limit-data-rst", "{limit_data: {bytes: 3kB, how: rst}}", MIDWAY),
    connection("limit-data-silence", "{limit_data: {bytes: 3kB, how: silence}}", "stalled or silence"),
    connection("limit-time", "{limit_time: {time: 900ms}}", MIDWAY, path="events/600/20"),
    connection("limit-time-rst", "{limit_time: {time: 900ms, how: rst}}", MIDWAY, path="events/600/20"),
    connection("reset", "reset", "refused", but=BREAKS, because=STAGE, contacted=False),
    connection(
        "reset-answer", "{reset: {at: answer}}", "refused", but=BREAKS, because=STAGE, contacted=False
    ),
    connection("reset-after", "{reset: {after: 3kB}}", MIDWAY),
    connection("half-close", "{half_close: {bytes: 3kB}}", MIDWAY),
]
