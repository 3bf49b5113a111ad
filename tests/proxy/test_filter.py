"""What stands between a socket and its carrier: both ways, without a loss, and within bounds."""

import asyncio
import contextlib
import socket
import time

import pytest

from chaoskit.core.actions import Lag, Limit, Linger, Pace
from chaoskit.core.decide import Strike
from chaoskit.core.dice import Dice
from chaoskit.core.distribution import Fixed
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.filter import HIGH, Filter
from chaoskit.proxy.lane import hang_up

pytestmark = pytest.mark.socket
DICE = Dice(7, "i", "pay 1")
FAULT = Fault()


def strike(action, name="i"):
    return Strike(Injection(id=name, provider="p", fault=FAULT, fault_name="f", start=0, stop=1), action)


class Carrier(asyncio.Protocol):
    """What a lane is: notes what it is told."""

    def __init__(self):
        self.got = bytearray()
        self.is_full = False
        self.is_over = asyncio.Event()
        self.has_ended = False
        self.error = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.got += data

    def eof_received(self):
        self.has_ended = True
        return True

    def pause_writing(self):
        assert not self.is_full  # as asyncio's own streams want it
        self.is_full = True

    def resume_writing(self):
        assert self.is_full
        self.is_full = False

    def connection_lost(self, exc):
        self.error = exc
        self.is_over.set()


class Stand:
    """A filter on a real connection: ``client`` is its other end."""

    async def open(self):
        loop = asyncio.get_running_loop()
        self.carrier = Carrier()
        self.ended = []
        self.hits = []
        self.silences = []
        server = await loop.create_server(lambda: self.carrier, "127.0.0.1", 0)
        self.client = socket.create_connection(server.sockets[0].getsockname())
        self.client.setblocking(False)
        while not hasattr(self.carrier, "transport"):  # noqa: ASYNC110 - the next turn has it
            await asyncio.sleep(0)
        server.close()
        self.real = self.carrier.transport
        return self

    def filter(self, *actions):
        made = Filter(self.real, self.hits.append, self.silences.append, lambda: self.ended.append(1))
        for number, action in enumerate(actions):
            made.add(strike(action, f"i{number}"))
        self.carrier.transport = made
        return made

    async def read(self, size=1 << 30, within=10.0):
        """Read so many bytes, or to the end."""
        loop = asyncio.get_running_loop()
        data = bytearray()
        async with asyncio.timeout(within):
            while len(data) < size and (part := await loop.sock_recv(self.client, 65536)):
                data += part
        return bytes(data)

    async def until(self, claim, within=10.0):
        async with asyncio.timeout(within):
            while not claim():  # noqa: ASYNC110 - it watches several things
                await asyncio.sleep(0.002)


def with_stand(story):
    """Run a story with a stand of its own, and see that no timer outlives the socket."""

    async def run():
        stand = await Stand().open()
        try:
            await story(stand)
        finally:
            stand.client.close()
            stand.real.abort()
            await stand.until(stand.carrier.is_over.is_set)
        left = [each for each in asyncio.get_running_loop()._scheduled if not each.cancelled()]
        assert [each for each in left if "Filter" in repr(each)] == []

    asyncio.run(run())


def test_the_sockets_own_information_goes_through():
    async def story(stand):
        made = stand.filter(Lag(Fixed(0.1), DICE))
        assert made.get_extra_info("peername") == stand.real.get_extra_info("peername")
        assert made.get_extra_info("socket").fileno() == stand.real.get_extra_info("socket").fileno()
        assert made.get_protocol() is stand.carrier
        assert made.can_write_eof()

    with_stand(story)


def test_bytes_both_ways_are_late_and_whole():
    async def story(stand):
        made = stand.filter(Lag(Fixed(0.2), DICE))
        began = time.monotonic()
        stand.client.sendall(b"question")
        made.write(b"ans")
        made.writelines([b"w", b"er"])
        assert await stand.read(6) == b"answer"
        await stand.until(lambda: stand.carrier.got == b"question")
        assert time.monotonic() - began >= 0.2
        assert [each.injection.id for each in stand.hits] == ["i0"]

    with_stand(story)


def test_a_carrier_that_sends_too_much_is_paused_and_resumed_when_it_is_let_go():
    async def story(stand):
        made = stand.filter(Lag(Fixed(3600.0), DICE))
        made.write(bytes(HIGH))
        assert not stand.carrier.is_full
        made.write(b"x")
        assert stand.carrier.is_full
        made.let_go("i0")
        assert len(await stand.read(HIGH + 1)) == HIGH + 1
        await stand.until(lambda: not stand.carrier.is_full)

    with_stand(story)


def test_a_client_that_sends_too_much_is_not_read():
    async def story(stand):
        stand.filter(Lag(Fixed(3600.0), DICE))
        sent = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while True:
                    await asyncio.get_running_loop().sock_sendall(stand.client, bytes(65536))
                    sent += 65536
        assert not stand.real.is_reading()
        assert stand.carrier.transport._up.size <= 2 * HIGH  # one read on top of the limit

    with_stand(story)


def test_what_the_carrier_does_not_want_stays_outside():
    async def story(stand):
        made = stand.filter(Pace(1e9))
        made.pause_reading()
        assert not stand.real.is_reading()
        stand.client.sendall(b"later")
        await asyncio.sleep(0.05)
        assert stand.carrier.got == b""
        made.resume_reading()
        await stand.until(lambda: stand.carrier.got == b"later")

    with_stand(story)


def test_it_takes_over_a_carrier_that_the_socket_has_paused():
    async def story(stand):
        written = 0
        while not stand.carrier.is_full:
            stand.real.write(bytes(1 << 20))
            written += 1 << 20
        stand.filter(Pace(1e9))
        assert stand.carrier.is_full
        assert len(await stand.read(written)) == written
        await stand.until(lambda: not stand.carrier.is_full)

    with_stand(story)


def test_a_close_comes_after_everything_that_was_written():
    async def story(stand):
        made = stand.filter(Lag(Fixed(0.2), DICE))
        made.write(b"all of it")
        made.close()
        assert made.is_closing()
        assert not stand.real.is_closing()
        assert await stand.read() == b"all of it"
        await stand.until(stand.carrier.is_over.is_set)
        assert stand.ended == [1]

    with_stand(story)


def test_a_hang_up_by_reset_is_a_true_one_at_once():
    async def story(stand):
        made = stand.filter(Lag(Fixed(3600.0), DICE))
        made.write(b"never seen")
        hang_up(made, reset=True)
        with pytest.raises(ConnectionResetError):
            await stand.read()

    with_stand(story)


def test_a_limit_resets_after_the_last_byte_has_arrived():
    async def story(stand):
        stand.client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # most of it must wait
        made = stand.filter(Limit(how="rst", bytes=500_000))
        made.write(bytes(600_000))
        await asyncio.sleep(0.1)  # an RST now would destroy it
        assert len(await stand.read(500_000)) == 500_000
        with pytest.raises(ConnectionResetError):
            await stand.read()
        assert [each.injection.id for each in stand.hits] == ["i0"]

    with_stand(story)


def test_frozen_it_passes_nothing_and_still_sees_the_client_leave():
    async def story(stand):
        made = stand.filter(Lag(Fixed(0.1), DICE))
        made.write(b"late")
        stand.client.sendall(b"late")
        await asyncio.sleep(0.02)
        made.freeze()
        made.write(b"later")
        stand.client.shutdown(socket.SHUT_WR)
        await stand.until(lambda: stand.carrier.has_ended)
        assert stand.carrier.got == b""
        made.close()
        assert await stand.read() == b""

    with_stand(story)


def test_a_client_that_leaves_ends_it_whatever_waits():
    async def story(stand):
        made = stand.filter(Lag(Fixed(3600.0), DICE), Linger(3600.0), Limit(how="fin", seconds=3600.0))
        made.write(b"never seen")
        hang_up_client(stand.client)
        await stand.until(stand.carrier.is_over.is_set)
        assert made.is_lost
        assert stand.ended == [1]

    with_stand(story)


def test_a_client_that_ended_first_does_not_hold_a_socket_for_an_end_that_is_late():
    async def story(stand):
        made = stand.filter(Lag(Fixed(3600.0), DICE, "down"))
        stand.client.shutdown(socket.SHUT_WR)
        await stand.until(lambda: stand.carrier.has_ended)
        made.close()
        await stand.until(stand.carrier.is_over.is_set)

    with_stand(story)


def test_two_stand_one_before_the_other_where_a_connection_carries_calls_to_two_providers():
    async def story(stand):
        first = stand.filter(Lag(Fixed(0.1), DICE))
        first.write(bytes(HIGH + 1))
        assert stand.carrier.is_full
        second = Filter(first, stand.hits.append, stand.silences.append, lambda: None)
        second.add(strike(Lag(Fixed(0.1), DICE), "other"))
        began = time.monotonic()
        stand.client.sendall(b"question")
        second.write(b"answer")
        assert (await stand.read(HIGH + 7))[-6:] == b"answer"
        await stand.until(lambda: stand.carrier.got == b"question" and not stand.carrier.is_full)
        assert time.monotonic() - began >= 0.2
        second.close()
        assert await stand.read() == b""
        await stand.until(stand.carrier.is_over.is_set)

    with_stand(story)


def test_an_end_that_comes_after_the_client_has_broken_off_is_no_mistake():
    async def story(stand):
        made = stand.filter(Lag(Fixed(0.0), DICE))
        hang_up_client(stand.client)  # the transport hears of it in the loop's next turn
        made.write_eof()
        await stand.until(stand.carrier.is_over.is_set)

    with_stand(story)


def hang_up_client(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()
