"""What a worker is told and says, as lines: also when nobody reads them."""

import asyncio
import contextlib
import json
import os

import pytest

from chaoskit.proxy.lines import NotALineError, Voice, first, parse


@pytest.fixture
def pipe():
    source, sink = os.pipe()
    yield source, sink
    for each in (source, sink):
        with contextlib.suppress(OSError):
            os.close(each)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (b'{"a":1}\n', ({"a": 1}, b"")),
        (b'{"a":1}\n{"beat":1}\n{"be', ({"a": 1}, b'{"beat":1}\n{"be')),
        (b'{"a":1', (None, b"")),
        (b"", (None, b"")),
    ],
)
def test_the_first_line_leaves_what_follows_it(pipe, written, found):
    source, sink = pipe
    os.write(sink, written)
    os.close(sink)
    assert first(source) == found


@pytest.mark.parametrize("raw", [b"beat\n", b"[1]\n", b"\n"])
def test_what_is_no_object_is_a_sentence(raw):
    with pytest.raises(NotALineError, match="on standard input, got b'"):
        parse(raw)


def test_lines_that_nobody_reads_wait_for_no_reader_and_of_totals_the_newest_is_kept(pipe):
    source, sink = pipe

    async def speak() -> bytes:
        voice.begin()
        voice.say({"ready": "x" * 200_000})  # more than a pipe holds
        for number in range(1000):
            voice.say({"seen": {"pay": number}})
            voice.pass_on(1, b'{"seen":{"pay":%d}}' % (2 * number))
        voice.say({"lease": "expired"})
        voice.pass_on(1, b'{"lease":"expired"}')
        loop, read = asyncio.get_running_loop(), b""
        while read.count(b"\n") < 5:
            read += await loop.run_in_executor(None, os.read, source, 65536)
        return read

    voice = Voice(sink)
    lines = [json.loads(each) for each in asyncio.run(speak()).splitlines()]
    assert lines[1:] == [
        {"seen": {"pay": 999}},
        {"from": 1, "line": {"seen": {"pay": 1998}}},
        {"lease": "expired"},
        {"from": 1, "line": {"lease": "expired"}},
    ]


def test_what_still_waits_when_the_loop_is_over_is_said(pipe):
    source, sink = pipe
    voice = Voice(sink)

    async def speak() -> None:
        voice.begin()
        voice.say({"ready": "x" * 70_000})
        voice.say({"seen": {}})

    asyncio.run(speak())
    read = os.read(source, 65536)
    voice.end()
    os.close(sink)
    while more := os.read(source, 65536):
        read += more
    assert read.endswith(b'"}\n{"seen":{}}\n')


def test_a_reader_that_is_gone_is_no_error(pipe):
    source, sink = pipe
    os.close(source)
    voice = Voice(sink)
    voice.say({"ready": 1})
    voice.say({"seen": {}})
