"""A keeper in a process of its own, under a controller that can be killed, and its experiment."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

# The controller's part: starts the keeper, arms it, beats, and says its pid.
CONTROLLER = r"""
import json, subprocess, sys, time
config, log = json.loads(sys.argv[1]), open(sys.argv[2], "ab")
keeper = subprocess.Popen([sys.executable, "-u", "-m", "chaoskit.target.keeper"], stdin=subprocess.PIPE,
    stdout=subprocess.PIPE, stderr=log, start_new_session=True)
def tell(line):
    keeper.stdin.write(json.dumps(line).encode() + b"\n")
    keeper.stdin.flush()
tell(config)
first = keeper.stdout.readline().decode()
start = time.monotonic()
print(json.dumps({"pid": keeper.pid, "start": start, "first": json.loads(first)}), flush=True)
tell({"arm": start})
number = 0
while keeper.poll() is None:
    tell({"beat": number})
    number += 1
    time.sleep(0.25)
"""


def experiment(inject: str, *, length: float = 30.0) -> str:
    """Return an experiment whose fault phase begins at 1 s."""
    return f"""\
version: 1
name: faults on containers
target: {{url: "http://127.0.0.1:8080"}}
load: {{arrivals: 10/s, endpoints: [{{name: home, request: GET /}}]}}
phases: {{baseline: 1s, fault: {length:g}s, recovery: 5s}}
inject:
{inject}"""


class Keeping:
    """A controller, and the keeper below it."""

    def __init__(
        self, folder: Path, text: str, image: str, *, run: str = "a-run", lease: float = 2.0
    ) -> None:
        self.folder = folder
        self.state = folder.parent / "state"
        folder.mkdir(parents=True, exist_ok=True)
        config = configuration(folder, text, image, run, lease)
        self.controller = subprocess.Popen(
            [sys.executable, "-c", CONTROLLER, json.dumps(config), str(folder / "keeper.log")],
            stdout=subprocess.PIPE,
            env=self.environment,
            start_new_session=True,
        )
        line = self.controller.stdout.readline()
        assert line, (folder / "keeper.log").read_text()
        said = json.loads(line)
        self.pid, self.start, self.first = said["pid"], said["start"], said["first"]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "XDG_STATE_HOME": str(self.state)}

    def sleep_until(self, t: float) -> None:
        time.sleep(max(0.0, self.start + t - time.monotonic()))

    def kill_controller(self) -> None:
        self.controller.kill()
        self.controller.wait()
        self.controller.stdout.close()

    def kill_keeper(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.wait(5.0)
        self.kill_controller()

    def wait(self, within: float) -> float:
        """Wait for the keeper to end; return how long that took."""
        began = time.monotonic()
        while is_running(self.pid):
            assert time.monotonic() - began < within, "the keeper is still there"
            time.sleep(0.02)
        return time.monotonic() - began

    def deeds(self) -> list[dict[str, Any]]:
        """Return what the record says was done."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self.folder / "services.jsonl").read_text().splitlines()
            return [json.loads(each)["did"] for each in lines]
        return []

    def chaoskit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "chaoskit", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def is_running(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def configuration(folder: Path, text: str, image: str, run: str, lease: float) -> dict[str, Any]:
    """Return the first line that a keeper is sent."""
    return {
        "path": str(folder / "experiment.yaml"),
        "text": text,
        "changes": [],
        "seed": 1,
        "folder": str(folder),
        "run": run,
        "project": None,
        "image": image,
        "engine": None,
        "lease": lease,
    }


class Direct:
    """A keeper that the test itself speaks with."""

    def __init__(self, folder: Path, text: str, image: str, *, run: str) -> None:
        folder.mkdir(parents=True)
        with (folder / "keeper.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "chaoskit.target.keeper"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "XDG_STATE_HOME": str(folder.parent / "state")},
            )
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.tell(configuration(folder, text, image, run, 30.0))
        self.ready = self.hear("ready")

    def _listen(self) -> None:
        for line in self._process.stdout:
            self._lines.put(json.loads(line))

    def tell(self, line: dict[str, Any]) -> None:
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()

    def arm(self) -> None:
        """Begin with the fault phase."""
        self.tell({"arm": time.monotonic() - 1.0})
        assert self.hear("ack") == "arm"

    def hear(self, what: str) -> Any:
        line = self._lines.get(timeout=20)
        assert what in line, line
        return line[what]

    def did(self) -> dict[str, Any]:
        return self.hear("did")

    def close(self) -> int:
        """Close its input, and wait for its end."""
        self._process.stdin.close()
        return self._process.wait(30)
