"""Faults with a memory: they depend on the calls before."""

from cells import CHAT, Row
from rows_http import NODE_TLS, PYTHON_TLS, RST

ROWS = [
    Row("rate-limit", "{rate_limit: {limit: 1, window: 500s}}", "status 429", spared=1),
    Row("token-limit", "{token_limit: {tokens: 10, window: 500s}}", "status 429", path=CHAT, spared=1),
    Row("capacity", "{capacity: {rate: 0/s -> 1/s at 500s}}", "status 503", contacted=False),
    Row(
        "capacity-rst",
        "{capacity: {rate: 0/s -> 1/s at 500s, refuse: rst}}",
        "reset",
        but=RST,
        because=f"{PYTHON_TLS}; {NODE_TLS}",
        contacted=False,
    ),
]
