"""A target that misbehaves on request, and a real load process that is driven by its pipe."""

import contextlib
import json
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chaoskit.core.samples import CAUSES, FIELDS, RECORD, Flag
from warm_load import Warm

with pytest.MonkeyPatch.context() as patch:
    # Importing Locust would patch sockets and threads of this whole test process.
    patch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")
    import locust  # noqa: F401

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"
HUGE = 65 * 1024 * 1024


@dataclass
class Request:
    """What the target saw of one request."""

    path: str
    headers: dict[str, str]
    connection: int
    at: float


class Target:
    """One thread for each connection; what happens is the first part of the path."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.stall: tuple[float, float] | None = None  # monotonic: in between, /ok says nothing
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for each in self._open:
            each.close()

    def paths(self) -> list[str]:
        return [each.path for each in self.seen]

    def _accept(self) -> None:
        for number in range(1_000_000):
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock, number), daemon=True).start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            with sock, sock.makefile("rb") as lines:
                while self._one(sock, lines, number):
                    pass
        except OSError:
            pass

    def _one(self, sock: socket.socket, lines: Any, number: int) -> bool:
        first = lines.readline().split()
        if len(first) < 3:
            return False
        headers: dict[str, str] = {}
        while line := lines.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        lines.read(int(headers.get("content-length", "0")))
        path = first[1].decode()
        self.seen.append(Request(path, headers, number, time.monotonic()))
        return self._answer(sock, path.strip("/").partition("/")[0].partition("?")[0])

    def _answer(self, sock: socket.socket, what: str) -> bool:
        match what:
            case "hang":
                time.sleep(20)
            case "drip":
                sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                for _ in range(40):
                    time.sleep(0.3)
                    sock.sendall(b"x")
            case "headdrip":
                for letter in b"HTTP/1.1 200 OK\r\nx-long: " + b"y" * 100:
                    sock.sendall(bytes([letter]))
                    time.sleep(0.2)
            case "reset":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            case "close":
                pass
            case "cut":
                sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
            case "garbage":
                sock.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")
            case "huge":
                sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % HUGE)
                block = bytes(1024 * 1024)
                for _ in range(HUGE // len(block)):
                    sock.sendall(block)
            case "binary503":
                sock.sendall(b"HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\n\xff\xfe\xff\xff")
                return True
            case "badzip":
                sock.sendall(
                    b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 4\r\n\r\n\xff\xfe\xff\xff"
                )
                return True
            case "redirect":
                sock.sendall(
                    b"HTTP/1.1 302 Found\r\nlocation: http://elsewhere.invalid/x\r\ncontent-length: 0\r\n\r\n"
                )
                return True
            case "json":
                sock.sendall(
                    OK.replace(b"text/plain", b"application/json").replace(b": 2", b": 8")[:-2] + b'{"a": 1}'
                )
                return True
            case "form":
                sock.sendall(OK.replace(b": 2", b": 8")[:-2] + b"token=42")
                return True
            case "stream":
                sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
                for number in range(3):
                    time.sleep(0.1)
                    sock.sendall(b"data: %d\n\n" % number)
            case "slow":
                time.sleep(0.3)
                sock.sendall(OK)
                return True
            case _:
                if self.stall and self.stall[0] <= time.monotonic() < self.stall[1]:
                    time.sleep(self.stall[1] - time.monotonic())
                sock.sendall(OK)
                return True
        return False


class Load:
    """One load process."""

    def __init__(self, folder: Path, configuration: dict[str, Any], warm: Warm | None) -> None:
        """``warm``: who forks it; without, it is a program of its own, as in a run."""
        self.folder = folder
        self.said: list[dict[str, Any]] = []
        self.log = folder / f"load-{configuration['process']}.log"
        self.process = warm.fork(self.log) if warm else self._program()
        self.tell(configuration)

    def _program(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as sink:
            return subprocess.Popen(
                [sys.executable, "-u", "-m", "chaoskit.load"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
            )

    def tell(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, kind: str, within: float = 30.0) -> Any:
        """Return what comes with ``kind``, or None if the process ends without it."""
        assert self.process.stdout is not None
        until = time.monotonic() + within
        while time.monotonic() < until:
            if not select.select([self.process.stdout], [], [], 0.2)[0]:
                continue
            line = self.process.stdout.readline()
            if not line:
                return None
            said = json.loads(line)
            self.said.append(said)
            if kind in said:
                return said[kind]
        raise AssertionError(f"no {kind!r} within {within}s; log: {self.log.read_text()}")

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def wait(self, within: float = 15.0) -> int:
        return self.process.wait(within)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):  # what it did not read
                pipe.close()


@dataclass
class Record:
    """What one or more processes left in the run's folder."""

    rows: np.ndarray[Any, Any]
    names: list[str]
    done: list[dict[str, int]] = field(default_factory=list)
    ticks: list[dict[str, Any]] = field(default_factory=list)
    processes: list[int] = field(default_factory=list)
    log: str = ""
    said: list[dict[str, Any]] = field(default_factory=list)  # about a locustfile: users-<process>.jsonl

    @property
    def notes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.said:
            if "note" in each:
                found[each["note"]] = found.get(each["note"], 0) + each["times"]
        return found

    def of(self, name: str) -> np.ndarray[Any, Any]:
        return self.rows[np.array(self.names) == name]

    def causes(self, name: str) -> set[str]:
        return {CAUSES[each] for each in self.of(name)["cause"]}

    def good(self, name: str) -> int:
        return int(np.count_nonzero(self.of(name)["flags"] & Flag.GOOD))


def read(folder: Path) -> Record:
    record = Record(np.zeros(0, np.dtype(list(FIELDS))), [])
    for shard in sorted(folder.glob("samples-*.bin")):
        sidecar = json.loads(shard.with_suffix(".json").read_text())
        assert shard.stat().st_size % RECORD.size == 0
        rows = np.fromfile(shard, np.dtype(list(FIELDS)))
        record.rows = np.concatenate([record.rows, rows])
        record.names += [sidecar["names"][each] for each in rows["name"]]
        record.processes += [sidecar["process"]] * len(rows)
    for file in sorted(folder.glob("users-*.jsonl")):
        record.said += [json.loads(line) for line in file.read_text().splitlines()]
    return record


Start = Callable[..., Load]


class Driver:
    """Starts load processes, and runs whole experiments with them."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        self._folder = folder
        self._warm = warm
        self._loads: list[Load] = []
        self._runs = 0

    def start(
        self,
        text: str,
        *,
        seed: int = 0,
        process: int = 0,
        processes: int = 1,
        fresh: bool = True,
        warm: bool = True,
    ) -> Load:
        self._runs += fresh
        folder = self._folder / f"run{self._runs}"
        folder.mkdir(exist_ok=True)
        load = Load(
            folder,
            {
                "path": str(self._folder / "x.yaml"),
                "text": text,
                "changes": [],
                "seed": seed,
                "folder": str(folder),
                "process": process,
                "processes": processes,
            },
            self._warm if warm else None,
        )
        self._loads.append(load)
        return load

    def run(self, text: str, seconds: float, *, seed: int = 0, processes: int = 1) -> Record:
        """Run an experiment whose load lasts ``seconds`` to its end."""
        loads = [
            self.start(text, seed=seed, process=i, processes=processes, fresh=i == 0)
            for i in range(processes)
        ]
        for each in loads:
            assert each.hear("ready"), each.log.read_text()
        begin = time.monotonic() + 0.1
        for each in loads:
            each.tell({"start": begin})
        time.sleep(max(0.0, begin + seconds - time.monotonic()) + 0.02)
        for each in loads:
            each.tell({"drain": True})
        done = [each.hear("done") for each in loads]
        assert all(done), loads[0].log.read_text()
        assert [each.wait() for each in loads] == [0] * processes
        record = read(loads[0].folder)
        record.done = done
        record.ticks = [said["tick"] for each in loads for said in each.said if "tick" in said]
        record.log = loads[0].log.read_text()
        return record

    def read(self, load: Load) -> Record:
        """Return what ``load`` has left on disk."""
        return read(load.folder)

    def close(self) -> None:
        for each in self._loads:
            each.kill()


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    target = Target()
    yield target
    target.close()


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """Locust is imported once for all load processes of this test process."""
    warm = Warm(tmp_path_factory.mktemp("warm") / "log")
    yield warm
    warm.close()


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Iterator[Driver]:
    driver = Driver(tmp_path_factory.mktemp("load"), warm)
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def folder(driver: Driver) -> Path:
    """Where the experiment's file would be: locustfiles are found from here."""
    return driver._folder


def experiment(url: str, load: str, seconds: float) -> str:
    """Return an experiment's text; ``load`` is the inside of its load section, settle included."""
    return f"""
version: 1
name: a-test
target: {{url: "{url}"}}
load: {{settle: 0s, {load}}}
phases: {{only: {round(seconds * 1000)}ms}}
"""


@pytest.fixture(scope="session", name="experiment")
def experiment_text() -> Callable[[str, str, float], str]:
    return experiment
