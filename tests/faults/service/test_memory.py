"""The service has too little memory."""

import pytest

from chaoskit.core.service import ServiceError, SetMemory
from chaoskit.faults.service.memory import Memory

MB = 10**6


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, SetMemory(2**60, 2**60)),
        ({"memory": 200 * MB, "memory_swap": 300 * MB}, SetMemory(200 * MB, 300 * MB)),
        ({"memory": 200 * MB, "memory_swap": -1}, SetMemory(200 * MB, -1)),
        ({"memory": 200 * MB}, SetMemory(200 * MB, 400 * MB)),
    ],
)
def test_it_may_use_so_much_and_afterwards_what_it_might_before(limited, before, after):
    assert Memory(limit=64 * MB).enter(limited(**before)) == (SetMemory(64 * MB, 64 * MB),)
    assert Memory(limit=64 * MB).leave(limited(**before)) == (after,)


def test_a_limit_that_it_keeps_already_is_refused(limited):
    with pytest.raises(ServiceError, match="it may use 50000000 bytes already"):
        Memory(limit=64 * MB).enter(limited(memory=50 * MB))


@pytest.mark.parametrize("limit", [0, -1, 6 * 2**20 - 1])
def test_less_than_an_engine_takes_is_refused(limit):
    with pytest.raises(ValueError, match="limit must be at least 6MiB"):
        Memory(limit=limit)
