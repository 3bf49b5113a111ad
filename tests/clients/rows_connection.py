"""Faults of a connection, below TLS."""

from cells import Row

STAGE = "these say that the connection broke, and not whether its TLS stood"
BREAKS = {"requests": "refused or reset", "node": "refused or reset", "fetch": "refused or reset"}

ROWS = [
    Row(
        name="connect-blackhole",
        fault="{blackhole: {at: connect}}",
        expect="silence",
        own=True,
        contacted=False,
    ),
    Row(
        name="connect-rst",
        fault="{disconnect: {at: connect, how: rst}}",
        expect="refused",
        but=BREAKS,
        because=STAGE,
        own=True,
        contacted=False,
    ),
    Row(
        name="connect-fin",
        fault="{disconnect: {at: connect, how: fin}}",
        expect="refused",
        but=BREAKS,
        because=STAGE,
        own=True,
        contacted=False,
    ),
    Row(
        name="connect-wait",
        fault="{delay: {time: 400ms, before: connect}}",
        expect="late",
        own=True,
        contacted=True,
    ),
]
