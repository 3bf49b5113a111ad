"""Splits a streamed body into events, and writes events of the same kind.

SSE is split as https://html.spec.whatwg.org/multipage/server-sent-events.html says. Of a JSON array (Gemini
without ``alt=sse``) each object is an event. Whatever is no event (a comment, a bracket) passes as bytes.
"""

import re

from chaoskit.core.call import Answer, Event, Framing
from chaoskit.core.grammar import is_end

LARGEST = 16 * 1024 * 1024
"""Bytes of one event; a body with a larger one is passed on unread from there."""

Piece = Event | bytes

_FRAMINGS: dict[str, Framing] = {
    "text/event-stream": "sse",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/jsonlines": "ndjson",
    "application/x-jsonlines": "ndjson",
    "application/json": "array",
}
_LINE_END = re.compile(rb"\r\n|\n|\r")
_MARK = re.compile(rb'["\\{}\[\]]')
_BOM = b"\xef\xbb\xbf"


def framing_of(answer: Answer) -> Framing | None:
    """Return how the body is split, by its ``content-type``; None if it cannot be."""
    kind = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    return _FRAMINGS.get(kind)


def is_stream(answer: Answer) -> bool:
    """Tell whether its events may be struck: its length is open, and it is not compressed."""
    coding = (answer.header("content-encoding") or "identity").strip().lower()
    return framing_of(answer) is not None and answer.header("content-length") is None and coding == "identity"


class Splitter:
    """Takes a body in whatever chunks, and returns its events and what is between them.

    Everything that was fed comes out, in its order and unchanged; the same events however it is cut.
    """

    def __init__(self, framing: Framing) -> None:
        self.is_lost = False
        self._framing: Framing = framing
        self._buffer = bytearray()
        self._at = 0  # everything before is looked at
        self._line = 0  # where the current line of SSE begins
        self._index = 0
        self._depth = 0
        self._object = -1  # where the current object of an array begins
        self._in_string = False
        self._is_first = True

    def feed(self, data: bytes) -> list[Piece]:
        """Return what is complete now."""
        self._buffer += data
        return self._pieces(is_final=False)

    def end(self) -> list[Piece]:
        """Return what is left when the body ends; the last line of NDJSON needs no line end."""
        return [*self._pieces(is_final=True), *self.rest()]

    def rest(self) -> list[Piece]:
        """Return what is not complete, as bytes, and forget it."""
        left = bytes(self._buffer)
        self._buffer.clear()
        self._at = self._line = 0
        return [left] if left else []

    def _pieces(self, *, is_final: bool) -> list[Piece]:
        take = {"sse": self._sse, "ndjson": self._ndjson, "array": self._array}[self._framing]
        found: list[Piece] = []
        while not self.is_lost and (piece := take(is_final=is_final)) is not None:
            found.append(piece)
        self.is_lost = self.is_lost or len(self._buffer) > LARGEST
        return [*found, *self.rest()] if self.is_lost else found

    def _cut(self, end: int) -> bytes:
        raw = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._at = self._line = 0
        return raw

    def _event(self, raw: bytes, data: bytes, name: str | None = None) -> Event:
        self._index += 1
        return Event(
            index=self._index - 1,
            raw=raw,
            data=data,
            name=name,
            is_end=is_end(data),
            framing=self._framing,
        )

    def _sse(self, *, is_final: bool) -> Piece | None:
        while (found := _LINE_END.search(self._buffer, self._at)) is not None:
            if found.end() == len(self._buffer) and found.group() == b"\r" and not is_final:
                self._at = found.start()  # half of a line end, perhaps
                return None
            is_blank = found.start() == self._line
            self._at = self._line = found.end()
            if is_blank:
                raw = self._cut(found.end())
                name, data = _fields(raw)
                return raw if data is None else self._event(raw, data, name)
        self._at = len(self._buffer)
        return None

    def _ndjson(self, *, is_final: bool) -> Piece | None:
        end = self._buffer.find(b"\n", self._at) + 1
        if not end:
            self._at = len(self._buffer)
            if not is_final or not self._buffer:
                return None
            end = len(self._buffer)
        raw = self._cut(end)
        return self._event(raw, raw.strip()) if raw.strip() else raw

    def _array(self, *, is_final: bool) -> Piece | None:
        if self._is_first:
            text = self._buffer.lstrip()
            if not text:
                return None
            self._is_first = False
            self.is_lost = not text.startswith(b"[")  # one document, and no stream
            if self.is_lost:
                return None
        while (found := _MARK.search(self._buffer, self._at)) is not None:
            mark = found.group()
            if mark == b"\\":
                if found.end() == len(self._buffer):
                    self._at = found.start()
                    return None
                self._at = found.end() + 1
                continue
            self._at = found.end()
            if mark == b'"':
                self._in_string = not self._in_string
            elif not self._in_string and (piece := self._bracket(mark, found.start())) is not None:
                return piece
        self._at = len(self._buffer)
        return None

    def _bracket(self, mark: bytes, at: int) -> Piece | None:
        if mark in b"{[":
            self._depth += 1
            if self._depth == 1:
                return self._cut(at + 1)
            if self._depth == 2 and mark == b"{":
                self._object = at
            return None
        self._depth -= 1
        if self._depth < 1:
            self.is_lost = True  # the array's end: what follows is no event
        elif self._depth == 1 and mark == b"}" and self._object >= 0:
            data = bytes(self._buffer[self._object : at + 1])
            self._object = -1
            return self._event(self._cut(at + 1), data)
        return None


def with_data(event: Event, data: bytes, name: str | None = None) -> bytes:
    """Return the event's bytes with other data, and in SSE with another name if one is given."""
    if event.framing != "sse":
        before, _, after = event.raw.partition(event.data)
        return before + data + after
    end = b"\r\n" if b"\r\n" in event.raw else b"\n"
    kept = [
        line for line in _LINE_END.split(event.raw) if line and _field(line)[0] not in (b"data", b"event")
    ]
    name = event.name if name is None else name
    head = [] if not name else [b"event: " + name.encode()]
    body = [b"data: " + line for line in data.split(b"\n")]
    return end.join([*kept, *head, *body, b"", b""])


def again(event: Event) -> bytes:
    """Return the bytes that, after the event, are the same event once more."""
    match event.framing:
        case "array":
            return b"," + event.data
        case "ndjson" if not event.raw.endswith(b"\n"):
            return b"\n" + event.raw
        case _:
            return event.raw


def _fields(raw: bytes) -> tuple[str | None, bytes | None]:
    name: str | None = None
    data: list[bytes] = []
    for line in _LINE_END.split(raw):
        field, value = _field(line)
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value.decode(errors="replace")
    return name, b"\n".join(data) if data else None


def _field(line: bytes) -> tuple[bytes, bytes]:
    field, _, value = line.removeprefix(_BOM).partition(b":")
    return field, value.removeprefix(b" ")
