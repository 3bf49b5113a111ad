"""Says from the first bytes of a connection where it wants to go. Pure."""

from dataclasses import dataclass

LARGEST = 64 * 1024
"""No honest first message is longer; bytes."""

_METHOD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")


@dataclass(frozen=True, slots=True)
class Connect:
    """``CONNECT host:port``; ``rest`` is what came after its head."""

    host: str
    port: int
    rest: bytes


@dataclass(frozen=True, slots=True)
class Tls:
    """A ClientHello, and the name that it asks for."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Plain:
    """An HTTP request in the clear, in absolute form or with a Host header."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class More:
    """Too few bytes to tell."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """Nothing that this proxy speaks."""

    why: str


Sniffed = Connect | Tls | Plain | More | Garbage
MORE = More()


def sniff(data: bytes) -> Sniffed:
    """Tell what ``data``, everything that a client has sent so far, asks for."""
    if not data:
        return MORE
    if len(data) > LARGEST:
        return Garbage("its first message is too long")
    if data[0] == 0x16:
        return _tls(data)
    if data[0] not in _METHOD:
        return Garbage("it speaks neither HTTP nor TLS")
    return _http(data)


def split_authority(text: str, default: int) -> tuple[str, int] | None:
    """Split ``host:port`` or ``[v6]:port``; None where the port is no number."""
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = text, str(default)
    host = host.strip("[]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        return None
    return host.lower(), int(port)


def _http(data: bytes) -> Sniffed:
    head, end, rest = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not end and len(lines) == 1:
        return MORE
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return Garbage("it speaks neither HTTP/1 nor TLS")
    if not end:
        return MORE
    method, target, _ = words
    if method == "CONNECT":
        where = split_authority(target, 443)
        return Connect(*where, rest) if where else Garbage(f"CONNECT to {target!r}")
    scheme, absolute, after = target.partition("://")
    if absolute:
        authority = after.partition("/")[0].rpartition("@")[2]
        where = split_authority(authority, 443 if scheme.lower() == "https" else 80)
    else:
        named = (line.partition(":")[2].strip() for line in lines[1:] if line.lower().startswith("host:"))
        where = split_authority(next(named, ""), 80)
    return Plain(*where) if where else Garbage("the request names no host")


def _tls(data: bytes) -> Sniffed:
    hello = b""
    rest = data
    while len(rest) >= 5 and rest[0] == 0x16:
        size = int.from_bytes(rest[3:5])
        hello += rest[5 : 5 + size]
        if len(hello) >= 4 and len(hello) >= 4 + int.from_bytes(hello[1:4]):
            return _server_name(hello)
        rest = rest[5 + size :]
    if len(rest) >= 1 and rest[0] != 0x16:
        return Garbage("a broken TLS handshake")
    return MORE


def _server_name(hello: bytes) -> Sniffed:
    if hello[0] != 1:
        return Garbage("a TLS handshake that does not start with a ClientHello")
    at = 4 + 2 + 32  # header, version, random
    try:
        at += 1 + hello[at]  # session id
        at += 2 + int.from_bytes(hello[at : at + 2])  # cipher suites
        at += 1 + hello[at]  # compression methods
        stop = at + 2 + int.from_bytes(hello[at : at + 2])
        at += 2
        while at + 4 <= min(stop, len(hello)):
            kind, size = int.from_bytes(hello[at : at + 2]), int.from_bytes(hello[at + 2 : at + 4])
            if kind == 0:  # the list's length, one type byte, the name's length, the name
                length = int.from_bytes(hello[at + 7 : at + 9])
                return Tls(hello[at + 9 : at + 9 + length].decode("ascii").lower())
            at += 4 + size
    except (IndexError, UnicodeDecodeError):
        return Garbage("a broken ClientHello")
    return Tls(None)
