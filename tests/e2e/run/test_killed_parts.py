"""``kill -9`` of parts of chaoskit: nothing that it started stays, and none is the target's failure."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaoskit.run.folder import Folder

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(300)]  # six runs

BACKGROUND = (
    "import os, runpy, sys, time\n"
    "if not os.fork():\n"
    "    os.setsid()\n"
    "    time.sleep(600)\n"
    "runpy.run_module('chaoskit_shop', run_name='__main__')\n"
)


def words_of(pid: int) -> list[bytes]:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def wards(story: Any) -> tuple[int, int]:
    """Return the outer and the inner process of the target's ward."""
    first, second = sorted(
        pid for pid in story.descendants() if words_of(pid)[3:4] == [b"chaoskit.target.ward"]
    )
    return first, second


def running(story: Any, module: str) -> int:
    return min(pid for pid in story.descendants() if words_of(pid)[3:4] == [module.encode()])


PARTS: dict[str, Callable[[Any, int], list[int]]] = {
    "ward": lambda story, _: [wards(story)[0]],
    "inner ward": lambda story, _: [wards(story)[1]],
    "all of the ward": lambda story, _: [*wards(story)],
    "ward and controller": lambda story, controller: [wards(story)[0], controller],
    "ward, load and proxy": lambda story, _: [
        wards(story)[0],
        running(story, "chaoskit.load"),
        running(story, "chaoskit.proxy"),
    ],
}


def held() -> str:
    words = [sys.executable, "-m", "chaoskit", "ps"]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout


@dataclass
class Ending:
    story: Any
    code: int
    out: str
    err: str
    is_clean: bool
    holds: str


@pytest.fixture(scope="module")
def endings(make_story: Callable[..., Any], wait_for: Callable[..., str]) -> Iterator[dict[str, Ending]]:
    def go(number: int, part: str) -> Ending:
        story = make_story(f"k{number}")
        (story.folder / "target.py").write_text(BACKGROUND)
        process = story.start("--set", f"target.command=[python, {story.folder / 'target.py'}]")
        wait_for(process, "phase `fault` began")
        assert Folder(story.folder / "out").mark in held()
        for pid in PARTS[part](story, process.pid):
            os.kill(pid, signal.SIGKILL)
        out, err = process.communicate(timeout=100)
        is_clean = story.nothing_is_left(20)
        return Ending(story, process.returncode, out, err, is_clean, held())

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setenv("XDG_STATE_HOME", str(make_story("state").folder / "state"))
        futures = {part: pool.submit(go, number, part) for number, part in enumerate(PARTS)}
        yield {part: future.result() for part, future in futures.items()}


@pytest.mark.parametrize("part", PARTS)
def test_nothing_stays(endings: dict[str, Ending], part: str) -> None:
    ending = endings[part]

    assert ending.is_clean
    with socket.create_server(("127.0.0.1", ending.story.shop)):  # its port is free again
        pass
    assert Folder(ending.story.folder / "out").mark not in ending.holds  # other stories may go on


@pytest.mark.parametrize("part", ["ward", "inner ward", "all of the ward", "ward, load and proxy"])
def test_the_run_is_inconclusive_and_says_what_was_killed(endings: dict[str, Ending], part: str) -> None:
    ending = endings[part]
    result = ending.story.result()

    assert ending.code == 3, (ending.out, ending.err)
    assert result["outcome"] == "crashed"
    assert not [each["check"] for each in result["findings"] if each["verdict"] == "fail"]
    if part != "ward, load and proxy":
        assert "ward: the process that keeps the target was killed" in ending.err
        assert "says nothing about the target; run it again" in " ".join(ending.out.split())


def test_a_record_without_an_ending_is_no_failure_either(endings: dict[str, Ending]) -> None:
    ending = endings["ward and controller"]
    again = subprocess.run(
        [sys.executable, "-m", "chaoskit", "report", "out"],
        cwd=ending.story.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ending.code == -signal.SIGKILL
    assert again.returncode == 3, (again.stdout, again.stderr)
