"""Faults of a connection, below TLS: each row has a provider of its own."""

from functools import partial

from cells import Row

STAGE = "these say that the connection broke, and not whether its TLS stood"
BREAKS = {"requests": "refused or reset", "node": "refused or reset", "fetch": "refused or reset"}
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
]
