"""DNS messages: what a packet asks, and the bytes of an answer of our own. Pure.

A question is read without mitmproxy's ``DNSMessage``: that turns ``xn--`` labels into other text, refuses
labels that are not text at all, and would not give back the name's bytes as they came (resolvers check
their case).
"""

import ipaddress
import struct
from collections.abc import Sequence
from typing import Final

from mitmproxy.dns import DNSMessage, Question, ResourceRecord
from mitmproxy.net.dns import classes, domain_names, op_codes, response_codes, types

from chaoskit.core.actions import Resolve
from chaoskit.core.dns import FAMILIES, HINTS
from chaoskit.core.frozen import frozen

LARGEST: Final = 65535
SMALLEST: Final = 512
"""Bytes that any client takes over UDP (RFC 1035, section 4.2.1)."""

_LEAST_EDNS = 512
_OWN_EDNS = 1232
"""What we say to take over UDP: fits any path without fragments (DNS flag day 2020)."""
_QR, _AA, _TC, _RD, _RA = 1 << 15, 1 << 10, 1 << 9, 1 << 8, 1 << 7
_CD = 1 << 4
_OWNER = struct.pack("!H", 0xC000 | DNSMessage.HEADER.size)  # points to the question's name
_CODES = {
    "NOERROR": response_codes.NOERROR,
    "NXDOMAIN": response_codes.NXDOMAIN,
    "SERVFAIL": response_codes.SERVFAIL,
    "REFUSED": response_codes.REFUSED,
    "FORMERR": response_codes.FORMERR,
}
_OPT = 41


@frozen(kw_only=True)
class Asked:
    """One ordinary question. ``host`` is in lower case, without a port's label; ``raw``: its bytes as sent.

    ``size`` is what its sender takes over UDP; ``has_edns``: it said so.
    """

    id: int
    flags: int
    host: str
    kind: str
    raw: bytes
    size: int = SMALLEST
    has_edns: bool = False


class Malformed(ValueError):  # noqa: N818 - what a packet is
    """A query that cannot be read; its sender may be told."""


def read(packet: bytes) -> Asked | None:
    """Return what a packet asks about the Internet; None if it is another kind of query, or no query.

    Raises Malformed.
    """
    if not is_query(packet):
        return None
    number, flags, questions, answers, authorities, additionals = DNSMessage.HEADER.unpack_from(packet)
    if (flags >> 11) & 0b1111 != op_codes.QUERY or questions == 0:
        return None
    if questions > 1:
        raise Malformed(f"{questions} questions")  # RFC 9619: never more than one
    start = DNSMessage.HEADER.size
    labels, at = _name(packet, start)
    if len(packet) < at + Question.HEADER.size:
        raise Malformed("no question's type")
    kind, class_ = Question.HEADER.unpack_from(packet, at)
    at += Question.HEADER.size
    if class_ != classes.IN:
        return None
    name = types.to_str(kind).replace("(", "").replace(")", "")
    if name in HINTS:
        while labels and labels[0].startswith(b"_"):  # _8443._https.host (RFC 9460, section 2.3)
            labels = labels[1:]
    try:
        size = _edns(packet, at, answers + authorities + additionals)
    except Malformed:
        size = None
    return Asked(
        id=number,
        flags=flags,
        host=_text(labels),
        kind=name,
        raw=packet[start:at],
        size=SMALLEST if size is None else max(_LEAST_EDNS, size),
        has_edns=size is not None,
    )


def _text(labels: Sequence[bytes]) -> str:
    joined = b".".join(each.replace(b".", rb"\.") for each in labels)
    return joined.decode("ascii", "backslashreplace").lower()


def is_query(packet: bytes) -> bool:
    """Tell whether a packet is no answer, and long enough to be answered."""
    return len(packet) >= DNSMessage.HEADER.size and not packet[2] & 0x80


def malformed(packet: bytes) -> bytes:
    """Return FORMERR for a query whose header can be read."""
    number, flags = struct.unpack_from("!HH", packet)
    kept = flags & (_RD | _CD | 0b1111 << 11)
    return DNSMessage.HEADER.pack(number, _QR | _RA | kept | response_codes.FORMERR, 0, 0, 0, 0)


def answer(asked: Asked, action: Resolve, limit: int = LARGEST) -> bytes:
    """Return the answer that ``action`` wants; without its records, and marked, beyond ``limit`` bytes."""
    records = [_address(each, action.ttl) for each in _of_family(asked.kind, action.addresses)]
    authorities = (
        [_soa(asked, action.negative_ttl)] if not records and action.negative_ttl is not None else []
    )
    code = _CODES[action.code]
    whole = _message(asked, code, records, authorities)
    return whole if len(whole) <= limit else _message(asked, code, [], [], _TC)


def _message(
    asked: Asked, code: int, records: Sequence[bytes], authorities: Sequence[bytes], more: int = 0
) -> bytes:
    flags = _QR | _RA | (asked.flags & (_RD | _CD)) | more | code
    edns = [b"\0" + ResourceRecord.HEADER.pack(_OPT, _OWN_EDNS, 0, 0)] if asked.has_edns else []
    header = DNSMessage.HEADER.pack(asked.id, flags, 1, len(records), len(authorities), len(edns))
    return b"".join([header, asked.raw, *records, *authorities, *edns])


def _of_family(kind: str, addresses: Sequence[str]) -> list[bytes]:
    found = [ipaddress.ip_address(each) for each in addresses]
    return [each.packed for each in found if each.version == FAMILIES.get(kind)]


def _address(packed: bytes, ttl: int) -> bytes:
    kind = types.A if len(packed) == 4 else types.AAAA
    return _OWNER + ResourceRecord.HEADER.pack(kind, classes.IN, ttl, len(packed)) + packed


def _soa(asked: Asked, ttl: int) -> bytes:
    """Return what makes a negative answer one that may be kept (RFC 2308): of the name's parent."""
    first = asked.raw[0]
    parent = struct.pack("!H", 0xC000 | DNSMessage.HEADER.size + 1 + first) if first else b"\0"
    data = domain_names.pack("chaoskit.invalid") + domain_names.pack("hostmaster.chaoskit.invalid")
    data += struct.pack("!IIIII", 1, 3600, 600, 86400, ttl)
    return parent + ResourceRecord.HEADER.pack(types.SOA, classes.IN, ttl, len(data)) + data


def _name(packet: bytes, at: int) -> tuple[list[bytes], int]:
    """Return the labels of a name that has no pointer, and where it ends."""
    labels: list[bytes] = []
    begin = at
    while at < len(packet):
        size = packet[at]
        at += 1
        if size == 0:
            return labels, at
        if size > 63 or at + size > len(packet) or at + size - begin > 254:
            break
        labels.append(packet[at : at + size])
        at += size
    raise Malformed("no readable name")


def _edns(packet: bytes, at: int, records: int) -> int | None:
    """Return the size that an OPT record among so many records states (RFC 6891)."""
    for _ in range(min(records, 100)):
        _, at = _name(packet, at)
        if len(packet) < at + ResourceRecord.HEADER.size:
            raise Malformed("a record that is cut off")
        kind, class_, _, length = ResourceRecord.HEADER.unpack_from(packet, at)
        at += ResourceRecord.HEADER.size + length
        if kind == _OPT:
            return int(class_)
    return None
