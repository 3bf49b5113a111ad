"""The service's line is long."""

import pytest

from chaoskit.core.service import NoQueue, Queue
from chaoskit.faults.service.packet_delay import PacketDelay


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (PacketDelay(delay=0.25), "netem limit 100000 delay 250ms"),
        (PacketDelay(delay=0.25, jitter=0.02), "netem limit 100000 delay 250ms 20ms"),
    ],
)
def test_every_packet_waits(scene, fault, words):
    assert fault.enter(scene()) == (Queue(tuple(words.split())),)
    assert fault.leave(scene()) == (NoQueue(),)


@pytest.mark.parametrize("delay", [0.0, -1.0, 61.0, float("nan")])
def test_a_delay_that_is_none_is_refused(delay):
    with pytest.raises(ValueError, match="delay must be 1ms to 60s"):
        PacketDelay(delay=delay)


@pytest.mark.parametrize("jitter", [-0.1, 0.3, float("nan")])
def test_a_jitter_beyond_the_delay_is_refused(jitter):
    with pytest.raises(ValueError, match="jitter must be 0s to the delay"):
        PacketDelay(delay=0.2, jitter=jitter)
