"""A resolver for tests: records every packet, and answers as a function says."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self


def records(packet: bytes) -> bytes | None:
    """Answer A with 192.0.2.1 and AAAA with 2001:db8::1; anything else has no record, or no answer."""
    end = packet.find(b"\0", 12) + 5
    if end < 17 or len(packet) < end:
        return None
    kind = packet[end - 4 : end - 2]
    data = {b"\0\1": bytes([192, 0, 2, 1]), b"\0\x1c": socket.inet_pton(socket.AF_INET6, "2001:db8::1")}.get(
        kind
    )
    head = packet[:2] + b"\x81\x80\0\1" + (b"\0\1" if data else b"\0\0") + b"\0\0\0\0"
    if data is None:
        return head + packet[12:end]
    return (
        head + packet[12:end] + b"\xc0\x0c" + kind + b"\0\1\0\0\x01\x2c" + struct.pack("!H", len(data)) + data
    )


class Resolver:
    """On one port of loopback, by UDP and TCP. ``answer`` returns None to stay silent."""

    def __init__(self, answer: Callable[[bytes], bytes | None] = records) -> None:
        self.packets: list[tuple[str, bytes]] = []
        self._answer = answer
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._packets, self._streams)
        ]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _packets(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                packet, client = self._udp.recvfrom(65535)
                if not packet:
                    return
                self.packets.append(("udp", packet))
                answer = self._answer(packet)
                if answer is not None:
                    self._udp.sendto(answer, client)

    def _streams(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._tcp.accept()
                with client, client.makefile("rb") as stream:
                    (length,) = struct.unpack("!H", stream.read(2))
                    packet = stream.read(length)
                    self.packets.append(("tcp", packet))
                    answer = self._answer(packet)
                    if answer is not None:
                        client.sendall(struct.pack("!H", len(answer)) + answer)
