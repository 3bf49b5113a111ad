"""The service's line is narrow."""

import pytest

from chaoskit.core.service import NoQueue, Queue
from chaoskit.faults.service.bandwidth import Bandwidth


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (20_000.0, "tbf rate 160000bit burst 3200 latency 400ms"),
        (10e6, "tbf rate 80000000bit burst 100000 latency 400ms"),
    ],
)
def test_what_it_sends_waits_in_a_queue(scene, rate, words):
    assert Bandwidth(rate=rate).enter(scene()) == (Queue(tuple(words.split())),)
    assert Bandwidth(rate=rate).leave(scene()) == (NoQueue(),)


@pytest.mark.parametrize("rate", [0.0, -1.0, 999.0, 1e11, float("nan")])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate must be 1kB/s to 10GB/s"):
        Bandwidth(rate=rate)
