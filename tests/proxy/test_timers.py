"""What a proxy's loop waits with: never for longer than it was asked to, and not when a file is ready."""

import math
import selectors
import socket
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.proxy import timers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is Python's own")
MINUTES = 120.0


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


@given(st.floats(timers.NEAR, 86_400.0))
def test_a_long_wait_is_never_longer_than_asked_when_epoll_has_rounded_it_up(timeout):
    assert 0 < math.ceil(timers.coarse(timeout) * 1e3) / 1e3 <= timeout * (1 + 1e-12)


@pytest.mark.parametrize("timeout", [None, 0, -1.0, 0.0001, 0.0019, 0.01, MINUTES])
def test_a_file_that_is_ready_ends_any_wait(pair, timeout):
    with timers.selector() as subject:
        subject.register(pair[0], selectors.EVENT_READ, "it")
        pair[1].send(b"x")
        ((key, events),) = subject.select(timeout)
        assert (key.data, events) == ("it", selectors.EVENT_READ)


@pytest.mark.parametrize("timeout", [0.0001, 0.0015])
def test_a_short_wait_is_not_cut_short_and_brings_nothing(pair, timeout):
    with timers.selector() as subject:
        subject.register(pair[0], selectors.EVENT_READ)
        began = time.monotonic()
        assert subject.select(timeout) == []
        assert time.monotonic() - began >= timeout * 0.99


def test_a_loop_of_many_files_still_waits(pair, monkeypatch):
    with timers.selector() as subject:
        monkeypatch.setattr(timers, "_MOST", 0)  # as if its own number were too large for select
        subject.register(pair[0], selectors.EVENT_READ)
        assert subject.select(0.0015) == []
