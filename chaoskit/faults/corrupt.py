"""The provider's answer arrives damaged, or in another shape than the contract says."""

from collections.abc import Callable, Iterator
from typing import ClassVar, Literal

from chaoskit.core import json_edit
from chaoskit.core.actions import Rewrite
from chaoskit.core.call import Answer, Call, Headers
from chaoskit.core.content import decoded, without
from chaoskit.core.dice import Dice
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.json_edit import Json, check_path, parsed, rename, written
from chaoskit.core.units import Count

MOST_BITS = 10_000
_EDITS: dict[str, Callable[[Json, str], int]] = {
    "drop": json_edit.drop,
    "retype": json_edit.retype,
    "add": json_edit.add,
    "nullify": json_edit.nullify,
    "unknown": json_edit.unknown,
    "empty": json_edit.empty,
}
"""Parameters that are a path, and what is done there."""


@frozen(kw_only=True)
class Corrupt(Fault):
    """The answer arrives damaged. Exactly one of the parameters says how.

    An answer that has no such body or field is left alone and is not a hit. Gzip and deflate are undone
    for the JSON parameters; other encodings are left alone.

    ``bits``: flip so many bits of the body, 1 to 10000; its length stays. All of them if it has fewer.
    ``json: broken``: cut a JSON body so that it does not parse; its length header is right.
    ``drop``: take out a field of a JSON body. A path is names joined by dots; ``*`` is each element of an
    array, a number is one of them: ``data.*.id``.
    ``rename``: a path and the field's new name, one or more: ``{data.*.id: identifier}``.
    ``retype``: a path whose value changes type: number to text, text to list, list to object.
    ``add``: a path whose last name becomes a new field, ``true``, of the objects above it.
    ``nullify``: a path whose value becomes null.
    ``unknown``: a path whose text becomes one that no contract lists, as a new value of an enumeration does.
    ``empty``: a path whose list, object or text becomes empty.
    ``length``: a wrong Content-Length: ``too_long`` (twice the body), ``too_short`` (half).
    """

    reads_answer: ClassVar[bool] = True

    bits: Count | None = None
    json: Literal["broken"] | None = None
    drop: str | None = None
    rename: tuple[tuple[str, str], ...] = ()
    retype: str | None = None
    add: str | None = None
    nullify: str | None = None
    unknown: str | None = None
    empty: str | None = None
    length: Literal["too_long", "too_short"] | None = None

    def __post_init__(self) -> None:
        names = ("bits", "json", "rename", *_EDITS, "length")
        given = [name for name in names if getattr(self, name) not in (None, ())]
        if len(given) != 1:
            raise ValueError(f"corrupt needs one of {', '.join(names)}; got {' and '.join(given) or 'none'}")
        if self.bits is not None and not 1 <= self.bits <= MOST_BITS:
            raise ValueError(f"bits must be 1 to {MOST_BITS}, got {self.bits}")
        for what, path, _ in self._edits():
            check_path(what, path)
        if self.add is not None and self.add.rpartition(".")[2] == "*":
            raise ValueError(f"add needs a field's name at the end of its path, got {self.add!r}")
        for path, name in self.rename:
            check_path("rename", path)
            if name == path.rpartition(".")[2]:
                raise ValueError(f"rename must give {path} another name, got {name!r}")
            if path.rpartition(".")[2] == "*":
                raise ValueError(f"rename needs a field's name at the end of its path, got {path!r}")

    def on_answer(self, call: Call, answer: Answer, dice: Dice) -> Rewrite | None:
        if not answer.body:
            return None
        if self.bits is not None:
            return Rewrite(headers=answer.headers, body=flipped(answer.body, self.bits, dice))
        if self.length is not None:
            return _lying(answer.headers, answer.body, self.length)
        text = decoded(answer.headers, answer.body)
        body = None if text is None else self._changed(text)
        return (
            None if body is None else Rewrite(headers=without(answer.headers, "content-encoding"), body=body)
        )

    def _changed(self, text: bytes) -> bytes | None:
        try:
            document = parsed(text)
            if self.json is not None:
                # part of a number may be a number, so a bare one cannot be broken by cutting
                whole = text.strip()
                numeric = isinstance(document, int | float) and not isinstance(document, bool)
                return None if numeric else whole[: max(1, len(whole) * 2 // 3)]
            found = sum(rename(document, path, name) for path, name in self.rename)
            found += sum(edit(document, path) for _, path, edit in self._edits())
            return written(document) if found else None
        except (ValueError, RecursionError):
            return None

    def _edits(self) -> Iterator[tuple[str, str, Callable[[Json, str], int]]]:
        for name, edit in _EDITS.items():
            path = getattr(self, name)
            if path is not None:
                yield name, path, edit


def flipped(body: bytes, count: int, dice: Dice) -> bytes:
    """Return ``body`` with ``count`` different bits flipped (all of them, if it has fewer)."""
    size = len(body) * 8
    chosen: set[int] = set()
    # Floyd's sampling: drawing until enough differ would never end where count is near size
    for top in range(max(0, size - count), size):
        bit = dice.below(top + 1, f"bit {top}")
        chosen.add(top if bit in chosen else bit)
    damaged = bytearray(body)
    for bit in chosen:
        damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def _lying(headers: Headers, body: bytes, how: Literal["too_long", "too_short"]) -> Rewrite:
    stated = len(body) * 2 if how == "too_long" else len(body) // 2
    headers = (*without(headers, "content-length", "transfer-encoding"), ("content-length", str(stated)))
    return Rewrite(headers=headers, body=body, keep_length=True)
