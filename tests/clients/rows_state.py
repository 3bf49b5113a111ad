"""Faults with a memory: they depend on the calls before."""

from cells import Row

ROWS = [
    Row("rate-limit", "{rate_limit: {limit: 1, window: 500s}}", "status 429", spared=1),
]
