"""Messages that are odd but legal, generated from a seed: the same ones each time."""

import random
import struct
from dataclasses import dataclass

METHODS = (
    b"GET",
    b"GET",
    b"POST",
    b"POST",
    b"PUT",
    b"PATCH",
    b"DELETE",
    b"OPTIONS",
    b"HEAD",
    b"PURGE",
    b"M-SEARCH",
)
STATUSES = (
    200,
    200,
    200,
    201,
    202,
    203,
    206,
    299,
    301,
    307,
    400,
    404,
    418,
    429,
    451,
    500,
    503,
    599,
    204,
    304,
)
TOKEN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!#$%&'*+^`|~"
# horizontal tabs and bytes above 127 may stand within a value (RFC 9110, 5.5)
VALUE = bytes(range(0x21, 0x7F)) + b"   \t" + bytes(range(0x80, 0x100))

Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request, or an answer with what comes before it. ``chunks``: a chunked body; ``body``: any other."""

    start: bytes
    fields: Fields
    body: bytes = b""
    chunks: tuple[bytes, ...] | None = None
    trailers: Fields | None = None
    interim: tuple[bytes, ...] = ()
    ends: bool = False  # the connection is closed behind it

    @property
    def head(self) -> bytes:
        return self.start + b"\r\n" + lines(self.fields) + b"\r\n"

    @property
    def wire(self) -> bytes:
        tail = self.body
        if self.chunks is not None:
            tail = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in self.chunks)
            tail += b"0\r\n" + lines(self.trailers or []) + b"\r\n"
        return b"".join(self.interim) + self.head + tail


def lines(fields: Fields) -> bytes:
    return b"".join(b"%s: %s\r\n" % field for field in fields)


def data(dice: random.Random, most: int) -> bytes:
    """Return bytes of any kind, mostly few."""
    return dice.randbytes(min(most, int(dice.lognormvariate(4, 2)))) if dice.random() < 0.9 else b""


def fields(dice: random.Random, *, prefix: bytes = b"X-") -> Fields:
    """Return headers: mixed case, repeated, empty, long, or very many; nothing that would frame a message."""
    count = 90 if dice.random() < 0.02 else dice.randrange(12)
    found: Fields = []
    for _ in range(count):
        name = prefix + bytes(dice.choices(TOKEN, k=dice.randint(1, 20)))
        if found and dice.random() < 0.15:
            name = dice.choice(found)[0].swapcase()
        length = dice.choice((0, 1, 10, 60, 300, 6000 if dice.random() < 0.05 else 20))
        found.append((name, bytes(dice.choices(VALUE, k=length)).strip(b" \t")))
    return found


def http1(dice: random.Random, number: int, *, is_last: bool) -> tuple[Message, Message]:
    """Return a request whose path has its number, and its answer."""
    method = dice.choice(METHODS)
    tail = bytes(dice.choices(b"abc/%20?&=+;,:@!$'()*\xc3\xa9", k=dice.randrange(40))).replace(b"%", b"%C3")
    end: Fields = [(b"Connection", b"close")] if is_last else []
    has_body = method in (b"POST", b"PUT", b"PATCH") or dice.random() < 0.1
    common: Fields = [(b"Host", b"api.pay.example"), *end, *fields(dice)]
    request = framed(dice, method + b" /%d/" % number + tail + b" HTTP/1.1", common, has_body=has_body)
    status = dice.choice(STATUSES)
    reason = bytes(dice.choices(TOKEN + b"  ", k=dice.randrange(30))).strip()
    start = b"HTTP/1.1 %d %s" % (status, reason)
    if method == b"HEAD" or status in (204, 304):
        length: Fields = [(b"Content-Length", b"%d" % dice.randrange(9999))] if status != 204 else []
        answer = Message(start=start, fields=[*fields(dice), *length, *end])
    elif is_last and dice.random() < 0.5:
        answer = Message(start=start, fields=[*end, *fields(dice)], body=data(dice, 90_000))
    else:
        answer = framed(dice, start, [*fields(dice), *end], has_body=True)
    early = [b"HTTP/1.1 103 Early Hints\r\n" + lines(fields(dice, prefix=b"Link-")) + b"\r\n"]
    interim = tuple(early * dice.choice((0,) * 12 + (1, 2)))
    told = {name: getattr(answer, name) for name in ("start", "fields", "body", "chunks", "trailers")}
    return request, Message(**told, interim=interim, ends=is_last)


def framed(dice: random.Random, start: bytes, given: Fields, *, has_body: bool) -> Message:
    """Return a message with a body of a length that is told, or in chunks, with or without trailers."""
    if not has_body:
        return Message(start=start, fields=given)
    if dice.random() < 0.4:
        chunks = tuple(each for _ in range(dice.randrange(6)) if (each := data(dice, 20_000)))
        trailers = fields(dice, prefix=b"T-") if dice.random() < 0.5 else None
        place = dice.randrange(len(given) + 1)
        given = [*given[:place], (b"Transfer-Encoding", b"chunked"), *given[place:]]
        return Message(start=start, fields=given, chunks=chunks, trailers=trailers)
    body = data(dice, 90_000)
    return Message(start=start, fields=[*given, (b"content-length", b"%d" % len(body))], body=body)


def session(seed: int, first: int, count: int) -> list[tuple[Message, Message]]:
    """Return what passes on one connection."""
    dice = random.Random(f"http1 {seed} {first}")
    return [http1(dice, first + n, is_last=n == count - 1) for n in range(count)]


def stream(seed: int, number: int, *, is_grpc: bool) -> tuple[tuple[Fields, bytes, Fields], ...]:
    """Return the headers, the data and the trailers of a request over HTTP/2, and those of its answer."""
    dice = random.Random(f"stream {seed} {number}")

    def some(prefix: bytes) -> Fields:
        return [(name.lower(), value) for name, value in fields(dice, prefix=prefix)]

    def body() -> bytes:
        if is_grpc:
            messages = [data(dice, 3000) for _ in range(dice.randint(1, 4))]
            return b"".join(struct.pack(">BI", 0, len(each)) + each for each in messages)
        return data(dice, 12_000)

    kind = [(b"content-type", b"application/grpc+proto"), (b"te", b"trailers")] if is_grpc else []
    method = b"POST" if is_grpc else dice.choice((b"GET", b"POST", b"PUT", b"DELETE"))
    path = b"/%d/%s" % (number, bytes(dice.choices(b"abc/?&=", k=dice.randrange(20))))
    pseudo = [
        (b":method", method),
        (b":scheme", b"https"),
        (b":authority", b"api.pay.example"),
        (b":path", path),
    ]
    trailers = some(b"t-") if dice.random() < 0.3 and not is_grpc else []
    status = b"200" if is_grpc else b"%d" % dice.choice((200, 201, 404, 503))
    end = (
        [(b"grpc-status", b"%d" % dice.randrange(17)), (b"grpc-message", b"%C3%BC")]
        if is_grpc
        else some(b"t-")
    )
    return (
        ([*pseudo, *kind, *some(b"x-")], body() if method in (b"POST", b"PUT") else b"", trailers),
        ([(b":status", status), *kind[:1], *some(b"x-")], body(), end),
    )


def frames(seed: int, number: int, *, is_client: bool) -> bytes:
    """Return ten WebSocket frames, the last a close: text, binary, in parts, pings, of all three lengths."""
    dice = random.Random(f"frames {seed} {number} {is_client}")
    out = b""
    opened = False
    for n in range(10):
        if n == 9:
            code, payload = 0x88 if not opened else 0x80, b"\x03\xe8bye" if not opened else b"rest"
        elif dice.random() < 0.2:
            code, payload = dice.choice((0x89, 0x8A)), dice.randbytes(dice.randrange(126))
        else:
            fin = dice.random() < 0.7
            code = (0x80 if fin else 0) | (0 if opened else 2)
            opened = not fin
            payload = dice.randbytes(
                dice.choice((0, 5, 125, 126, 1000, 70_000 if dice.random() < 0.1 else 7))
            )
        size = len(payload)
        mask = 0x80 if is_client else 0
        if size < 126:
            out += bytes([code, mask | size])
        elif size < 65536:
            out += bytes([code, mask | 126]) + struct.pack(">H", size)
        else:
            out += bytes([code, mask | 127]) + struct.pack(">Q", size)
        if is_client:
            key = dice.randbytes(4)
            pad = (key * (size // 4 + 1))[:size]
            payload = key + (int.from_bytes(payload) ^ int.from_bytes(pad)).to_bytes(size)
        out += payload
    return out
