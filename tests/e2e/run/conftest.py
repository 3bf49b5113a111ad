"""Whole runs of the ``chaoskit`` command against the demo shop, on ports of their own."""

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

EXPERIMENT = """\
version: 1
name: short-story
seed: 7
target:
  prepare: [python, -m, chaoskit_shop.certificates]
  command: [python, -m, chaoskit_shop]
  url: http://127.0.0.1:{shop}
  ready: {{get: /healthz, within: 30s}}
  environment:
    SHOP_BUILD: resilient
    SHOP_ADDRESS: "127.0.0.1:{shop}"
    SHOP_PROVIDERS: "127.0.0.1:{providers}"
proxy: {{upstream_ca: .chaoskit/demo/demo-ca.pem}}
providers:
  stripe: {{hosts: [api.stripe.com], resolve: "127.0.0.1:{providers}"}}
  adyen: {{hosts: [checkout-test.adyen.com], resolve: "127.0.0.1:{providers}"}}
load:
  arrivals: 40/s
  deadline: 1500ms
  settle: 1s
  endpoints:
    - {{name: checkout, request: POST /checkout, json: {{sku: A1}}, depends_on: [stripe]}}
    - {{name: items, request: GET /items}}
phases: {{baseline: 3s, fault: 4s, recovery: 3s}}
bursts: 0s
inject:
  - {{id: silent, provider: stripe, fault: {{blackhole: {{}}}}, during: fault}}
slos:
  - {{id: survive, in: fault, of: checkout, availability: ">= 85%"}}
"""


PORTS = iter(random.sample(range(10_000, 32_000), 20_000))
"""Below those that the kernel gives away: one of these would be another's before a story has started."""


def free_port() -> int:
    """Return a port of loopback that is free, and no other story's."""
    for port in PORTS:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("all ports are taken")


@dataclass
class Story:
    """A folder with an experiment, and the processes that run it."""

    folder: Path
    shop: int
    providers: int
    processes: list[subprocess.Popen[str]]
    saw_stripe_again: bool = False

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Start ``chaoskit run`` and return at once."""
        process = subprocess.Popen(
            [sys.executable, "-m", "chaoskit", "run", "story.yaml", "--out", "out", *more],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CI": "1", "CHAOSKIT_TEST": self.folder.name},
        )
        self.processes.append(process)
        return process

    def run(self, *more: str) -> tuple[int, str, str]:
        """Run to the end; return the exit code and both outputs."""
        process = self.start(*more)
        out, err = process.communicate(timeout=50)
        return process.returncode, out, err

    def result(self) -> dict[str, Any]:
        return json.loads((self.folder / "out" / "result.json").read_text())

    def calls(self) -> list[dict[str, Any]]:
        """Return the record's attempts; a last line that is not whole yet is left out."""
        texts = [each.read_text() for each in (self.folder / "out").glob("calls-*.jsonl")]
        lines = [
            json.loads(line)
            for text in texts
            for line in text.splitlines(keepends=True)
            if line.endswith("\n")
        ]
        return [line for line in lines if "carried" not in line]

    def stripe_answers(self, *, after: float, within: float) -> bool:
        """Tell whether a call to stripe later than ``after`` (monotonic) was answered, and not struck."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            rows = [row for row in self.calls() if row["provider"] == "stripe" and row["t"] > after]
            if any(row["status"] == 200 and not row["hits"] for row in rows):
                return True
            time.sleep(0.2)
        return False

    def descendants(self) -> list[int]:
        """Return the processes that this story's runs have started, however deep, by their environment."""
        mark = f"CHAOSKIT_TEST={self.folder.name}".encode()
        found: list[int] = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if (
                    mark in path.read_bytes().split(b"\0")
                    and b" Z " not in (path.parent / "stat").read_bytes()
                ):
                    found.append(int(path.parent.name))
            except OSError:  # it ended while we looked, or is not ours
                continue
        return found

    def nothing_is_left(self, within: float = 15.0) -> bool:
        """Tell whether all of them have ended within so many seconds."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if not self.descendants():
                return True
            time.sleep(0.1)
        return False


def wait_for_line(process: subprocess.Popen[str], text: str) -> str:
    """Read the run's talk until a line holds ``text``."""
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        if text in line:
            return line
    raise AssertionError(f"the run ended without saying {text!r}:\n{''.join(seen)}")


@pytest.fixture(scope="session")
def wait_for() -> Callable[[subprocess.Popen[str], str], str]:
    return wait_for_line


@pytest.fixture(scope="module")
def make_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Story]]:
    stories: list[Story] = []

    def make(name: str = "a", text: str = EXPERIMENT) -> Story:
        folder = tmp_path_factory.mktemp("story") / f"{os.getpid()}-{len(stories)}-{name}"
        folder.mkdir()
        shop, providers = free_port(), free_port()
        (folder / "story.yaml").write_text(text.format(shop=shop, providers=providers))
        story = Story(folder, shop, providers, [])
        stories.append(story)
        return story

    yield make
    for story in stories:
        for process in story.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def story(make_story: Callable[..., Story]) -> Story:
    return make_story()


@pytest.fixture(scope="session", name="free_port")
def give_free_port() -> Callable[[], int]:
    return free_port
