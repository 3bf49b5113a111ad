"""Counts the tokens that an AI provider says an answer has used, while it passes."""

import zlib

from chaoskit.core.call import Answer, Event
from chaoskit.core.content import LARGEST
from chaoskit.core.events import Splitter, framing_of
from chaoskit.core.grammar import document, tokens


class Meter:
    """Reads along, and changes nothing. Gzip and deflate are undone; other encodings are not counted."""

    def __init__(self, answer: Answer) -> None:
        framing = framing_of(answer)
        coding = (answer.header("content-encoding") or "identity").strip().lower()
        self._machine = zlib.decompressobj(47) if coding in ("gzip", "x-gzip", "deflate") else None
        self._is_off = framing is None or (coding != "identity" and self._machine is None)
        self._splitter = Splitter("sse" if framing is None else framing)
        self._may_be_document = framing == "array"
        self._whole = bytearray()
        self._input = 0
        self._output = 0
        self._read = 0

    def feed(self, data: bytes) -> int:
        """Return the tokens that are used since the last time."""
        if self._is_off:
            return 0
        try:
            text = data if self._machine is None else self._machine.decompress(data, LARGEST)
        except zlib.error:
            self._is_off = True
            return 0
        self._read += len(text)
        if self._read > LARGEST or (self._machine is not None and self._machine.unconsumed_tail):
            self._is_off = True
            return 0
        return self._take(text, is_final=False)

    def end(self) -> int:
        """Return the tokens that only the whole of the answer tells."""
        return 0 if self._is_off else self._take(b"", is_final=True)

    def _take(self, text: bytes, *, is_final: bool) -> int:
        before = self._input + self._output
        pieces = self._splitter.feed(text)
        if is_final:
            pieces += self._splitter.end()
        for piece in pieces:
            if isinstance(piece, Event):
                self._may_be_document = False
                self._note(piece.data)
        if self._may_be_document:
            self._whole += text
            # a document is whole with its last brace: its caller may be gone before the answer's end
            if is_final or text.rstrip().endswith(b"}"):
                self._note(bytes(self._whole))
        return self._input + self._output - before

    def _note(self, data: bytes) -> None:
        found = document(data)
        if found is not None:
            # every one of them counts from the beginning, so the largest is the latest
            used = tokens(found)
            self._input = max(self._input, used[0])
            self._output = max(self._output, used[1])
