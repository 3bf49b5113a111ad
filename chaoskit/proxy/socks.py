"""SOCKS 5 (RFC 1928) as a server reads and answers it: no authentication, CONNECT only. Pure."""

import ipaddress

from chaoskit.core.experiment import Address
from chaoskit.core.frozen import frozen

VERSION = 5
_CONNECT = 1
_NO_AUTHENTICATION = 0
_IPV4, _NAME, _IPV6 = 1, 3, 4

GRANTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
"""The request is granted; the address that it was bound to is no client's business."""
_WELCOME = b"\x05\x00"
_NO_METHOD = b"\x05\xff"
_BAD_COMMAND = b"\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00"
_BAD_ADDRESS = b"\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00"


@frozen
class Greeted:
    """The client may go on: send ``reply``; what it sent ends after ``used`` bytes."""

    used: int
    reply: bytes = _WELCOME


@frozen
class Asked:
    """Where the client wants to go. ``is_name``: it left the look-up to us."""

    used: int
    where: Address
    is_name: bool


@frozen
class Declined:
    """Nothing that we do; send ``reply``, if there is one, and close."""

    reply: bytes = b""


def read_greeting(data: bytes) -> Greeted | Declined | None:
    """Read version and methods; None where there are too few bytes yet."""
    if data[:1] != b"\x05":
        return Declined()
    if len(data) < 2 or len(data) < 2 + data[1]:
        return None
    used = 2 + data[1]
    return Greeted(used) if _NO_AUTHENTICATION in data[2:used] else Declined(_NO_METHOD)


def read_request(data: bytes) -> Asked | Declined | None:
    """Read a request; None where there are too few bytes yet."""
    if data[:1] not in (b"", b"\x05"):
        return Declined()
    if len(data) < 5:
        return None
    if data[1] != _CONNECT:  # BIND and UDP ASSOCIATE
        return Declined(_BAD_COMMAND)
    size = {_IPV4: 4, _IPV6: 16, _NAME: 1 + data[4]}.get(data[3])
    if size is None:
        return Declined(_BAD_ADDRESS)
    used = 4 + size + 2
    if len(data) < used:
        return None
    raw, port = data[4 : 4 + size], int.from_bytes(data[used - 2 : used])
    if data[3] != _NAME:
        return Asked(used, Address(str(ipaddress.ip_address(raw)), port), is_name=False)
    try:
        name = raw[1:].decode("ascii").lower()
    except UnicodeDecodeError:
        return Declined(_BAD_ADDRESS)
    if not name or port == 0:
        return Declined(_BAD_ADDRESS)
    return Asked(used, Address(name, port), is_name=not _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
