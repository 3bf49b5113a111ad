"""Faults with a memory: they depend on the calls before."""

from cells import Row

ROWS = [
    Row(
        name="rate-limit",
        fault="{rate_limit: {limit: 1, window: 500s}}",
        expect="status 429",
        spared=1,
    ),
]
