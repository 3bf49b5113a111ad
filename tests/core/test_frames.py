"""WebSocket frames."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core import frames
from chaoskit.core.frames import Frames, FrameSplitter, close_frame


def frame(opcode, payload=b"", *, fin=True, mask=b""):
    size = len(payload)
    length = (
        bytes([size])
        if size < 126
        else b"\x7e" + size.to_bytes(2)
        if size < 1 << 16
        else b"\x7f" + size.to_bytes(8)
    )
    length = bytes([length[0] | (0x80 if mask else 0)]) + length[1:]
    return bytes([opcode | (0x80 if fin else 0)]) + length + mask + payload


FRAMES = st.builds(
    frame, st.sampled_from([1, 2, 8, 9, 10]), st.binary(max_size=300), mask=st.sampled_from([b"", b"abcd"])
)


@given(st.lists(FRAMES, max_size=6), st.lists(st.integers(0, 900), max_size=6))
def test_every_message_comes_out_as_it_went_in_however_it_is_cut(sent, cuts):
    body = b"".join(sent)
    splitter, start, found = FrameSplitter(), 0, []
    for cut in (*sorted(min(c, len(body)) for c in cuts), len(body)):
        found += splitter.feed(body[start:cut])
        start = cut
    assert [each.raw for each in found] == sent


@given(st.binary(max_size=200), st.integers(1, 50))
def test_bytes_that_are_no_websocket_pass(body, step):
    splitter = FrameSplitter()
    found = [piece for i in range(0, len(body), step) for piece in splitter.feed(body[i : i + step])]
    out = b"".join(each if isinstance(each, bytes) else each.raw for each in found)
    assert len(out) + len(splitter._buffer) + len(splitter._message) == len(body)


def test_a_fragmented_message_is_one_and_a_ping_between_comes_first():
    parts = [frame(1, b"a" * 3, fin=False), frame(9), frame(0, b"b" * 70_000, fin=False), frame(0, b"c")]
    ping, whole = FrameSplitter().feed(b"".join(parts))
    assert ping == Frames("ping", parts[1], 0)
    assert whole == Frames("text", parts[0] + parts[2] + parts[3], 70_004)


@pytest.mark.parametrize("strange", [frame(0, b"x"), frame(3, b"x"), frame(1, fin=False) + frame(1, b"x")])
def test_what_breaks_the_protocol_passes_and_everything_after_it(strange):
    splitter = FrameSplitter()
    assert splitter.feed(strange) == [strange]
    assert splitter.feed(frame(1, b"y")) == [frame(1, b"y")]


def test_a_huge_message_passes_unread(monkeypatch):
    monkeypatch.setattr(frames, "LARGEST", 100)
    splitter = FrameSplitter()
    assert splitter.feed(frame(1, b"x" * 200)[:10]) == [frame(1, b"x" * 200)[:10]]


def test_a_close_frame_is_masked_only_for_the_provider():
    (told,) = FrameSplitter().feed(close_frame(1012, "bye"))
    assert (told.kind, told.raw) == ("close", b"\x88\x05\x03\xf4bye")
    assert close_frame(1012, "bye", b"\xff\x00\xff\x00") == b"\x88\x85\xff\x00\xff\x00\xfc\xf4\x9d\x79\x9a"
