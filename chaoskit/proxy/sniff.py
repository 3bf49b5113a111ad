"""Says from the first bytes of a connection where it wants to go. Pure."""

from collections.abc import Iterator

from chaoskit.core.call import TlsVersion
from chaoskit.core.frozen import frozen

LARGEST = 64 * 1024
"""No honest first message is longer; bytes."""

_KNOWN: dict[bytes, TlsVersion] = {b"\3\4": "1.3", b"\3\3": "1.2", b"\3\2": "1.1", b"\3\1": "1.0"}
_METHOD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_")


@frozen
class Connect:
    """``CONNECT host:port``; ``rest`` is what came after its head."""

    host: str
    port: int
    rest: bytes


@frozen
class Tls:
    """A ClientHello: the name that it asks for, and the protocols and the versions of TLS that it offers."""

    name: str | None
    alpn: tuple[str, ...] = ()
    versions: tuple[TlsVersion, ...] = ()


@frozen
class Plain:
    """An HTTP request in the clear, in absolute form or with a Host header."""

    host: str
    port: int


@frozen
class More:
    """Too few bytes to tell."""


@frozen
class Garbage:
    """Nothing that this proxy speaks."""

    why: str


Sniffed = Connect | Tls | Plain | More | Garbage
MORE = More()


def sniff(data: bytes) -> Sniffed:
    """Tell what ``data``, everything that a client has sent so far, asks for."""
    if not data:
        return MORE
    if data[0] == 0x16:
        found = _tls(data)
    elif data[0] in _METHOD:
        found = _http(data)
    else:
        return Garbage("it speaks neither HTTP nor TLS")
    # a body may come with its head, and has no such limit
    return Garbage("its first message is too long") if found is MORE and len(data) > LARGEST else found


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
            return _client_hello(hello)
        rest = rest[5 + size :]
    if len(rest) >= 1 and rest[0] != 0x16:
        return Garbage("a broken TLS handshake")
    return MORE


def _client_hello(hello: bytes) -> Sniffed:
    if hello[0] != 1:
        return Garbage("a TLS handshake that does not start with a ClientHello")
    try:
        extensions = dict(_extensions(hello))
        name = extensions.get(0)
        return Tls(
            # the list's length, one type byte, the name's length, the name
            None if name is None else name[5 : 5 + int.from_bytes(name[3:5])].decode("ascii").lower(),
            _alpn(extensions.get(16, b"")),
            _versions(hello[4:6], extensions.get(43)),
        )
    except (IndexError, UnicodeDecodeError):
        return Garbage("a broken ClientHello")


def _extensions(hello: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extensions of a ClientHello (RFC 8446, 4.1.2): numbers and contents."""
    at = 4 + 2 + 32  # header, version, random
    at += 1 + hello[at]  # session id
    at += 2 + int.from_bytes(hello[at : at + 2])  # cipher suites
    at += 1 + hello[at]  # compression methods
    stop = min(len(hello), at + 2 + int.from_bytes(hello[at : at + 2]))
    at += 2
    while at + 4 <= stop:
        size = int.from_bytes(hello[at + 2 : at + 4])
        yield int.from_bytes(hello[at : at + 2]), hello[at + 4 : at + 4 + size]
        at += 4 + size


def _alpn(content: bytes) -> tuple[str, ...]:
    found: list[str] = []
    at = 2  # the list's length
    while at < len(content):
        found.append(content[at + 1 : at + 1 + content[at]].decode("latin-1"))
        at += 1 + content[at]
    return tuple(found)


def _versions(legacy: bytes, content: bytes | None) -> tuple[TlsVersion, ...]:
    if content is None:
        # RFC 8446, 4.2.1: it takes the version of its head, and may take older ones
        return tuple(version for code, version in _KNOWN.items() if code <= legacy)
    offered = {content[at : at + 2] for at in range(1, len(content), 2)}
    return tuple(version for code, version in _KNOWN.items() if code in offered)
