"""Helper containers that share a struck container's network namespace: started, spoken with, ended."""

import contextlib
import itertools
import json
import queue
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.types import LogConfig

from chaoskit.target import agent as agent_module
from chaoskit.target.engine import Engine, EngineError, asking

_WITHIN = 15.0
_SOURCE = Path(agent_module.__file__).read_text(encoding="utf-8")


class Helper:
    """One helper container. It ends, and takes back what it put, when its input is closed."""

    def __init__(
        self, engine: Engine, victim: str | None, image: str, lease: float, labels: Mapping[str, str]
    ) -> None:
        """Start it. EngineError where that cannot be, with what it said itself.

        Without a victim it has a network namespace of its own, with nothing in it but loopback.
        """
        self._engine = engine
        self._numbers = itertools.count()
        self._waiting: dict[int, queue.SimpleQueue[Mapping[str, Any]]] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ready = threading.Event()
        self._complaint = ""
        api = engine.client.api
        with asking(f"cannot make a helper container out of {image}"):
            made = api.create_container(
                image,
                command=["-I", "-S", "-c", _SOURCE, f"{lease:g}"],
                entrypoint=["python3"],
                user="0",
                stdin_open=True,
                labels={"chaoskit": "1", "chaoskit.victim": victim or "", **labels},
                healthcheck={"test": ["NONE"]},
                host_config=api.create_host_config(
                    network_mode="none" if victim is None else f"container:{victim}",
                    cap_drop=["ALL"],
                    cap_add=["NET_ADMIN"],
                    security_opt=["no-new-privileges"],
                    read_only=True,
                    auto_remove=True,
                    log_config=LogConfig(type="none"),
                ),
            )
        self.id: str = made["Id"]
        with asking("cannot start a helper container"):
            wire = api.attach_socket(self.id, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
            self._wire: socket.socket = getattr(wire, "_sock", wire)
            self._wire.settimeout(None)
            api.start(self.id)
        threading.Thread(target=self._listen, name=f"helper {self.id[:12]}", daemon=True).start()
        if not self._ready.wait(_WITHIN):
            self.close()
            raise EngineError(f"the helper container of {image} does not speak{self._said()}")

    def is_alive(self) -> bool:
        """Tell whether it still listens."""
        return not self._ended.is_set()

    def ask(self, **order: Any) -> Mapping[str, Any]:
        """Let it do one thing; return its answer. EngineError where it could not."""
        number = next(self._numbers)
        answers = self._waiting[number] = queue.SimpleQueue()
        self._send({**order, "id": number})
        try:
            answer = answers.get(timeout=_WITHIN)
        except queue.Empty:
            raise EngineError(f"the helper container does not answer{self._said()}") from None
        finally:
            del self._waiting[number]
        if "error" in answer:
            raise EngineError(str(answer["error"]))
        return answer

    def beat(self) -> None:
        """Renew its lease."""
        with contextlib.suppress(EngineError):
            self._send({"beat": True})

    def close(self) -> None:
        """Let it take back what it put, and end; return when it has."""
        with contextlib.suppress(OSError):
            self._wire.shutdown(socket.SHUT_WR)
        if not self._ended.wait(5.0):
            with contextlib.suppress(EngineError), asking("cannot stop a helper container"):
                self._engine.client.api.stop(self.id, timeout=3)
        with contextlib.suppress(OSError):
            self._wire.close()

    def _send(self, line: Mapping[str, Any]) -> None:
        with self._lock:
            if self._ended.is_set():
                raise EngineError(f"the helper container has ended{self._said()}")
            try:
                self._wire.sendall(json.dumps(line).encode() + b"\n")
            except OSError as error:
                raise EngineError(f"the helper container has ended{self._said()}") from error

    def _said(self) -> str:
        return f": {self._complaint}" if self._complaint else ""

    def _listen(self) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while (head := self._exactly(8)) is not None:
                stream, size = struct.unpack(">BxxxL", head)
                piece = self._exactly(size) or b""
                if stream == 2:
                    self._complaint = (piece.decode(errors="replace").strip().splitlines() or [""])[-1]
                    continue
                *lines, rest = (rest + piece).split(b"\n")
                for each in lines:
                    self._hear(json.loads(each))
        self._ended.set()
        self._ready.set()
        for answers in list(self._waiting.values()):
            answers.put({"error": f"the helper container has ended{self._said()}"})

    def _hear(self, said: Mapping[str, Any]) -> None:
        if "ready" in said:
            self._ready.set()
        answers = self._waiting.get(said.get("id", -1))
        if answers is not None:
            answers.put(said)

    def _exactly(self, size: int) -> bytes | None:
        found = b""
        while len(found) < size:
            more = self._wire.recv(size - len(found))
            if not more:
                return None
            found += more
        return found


@dataclass(slots=True)
class Agents:
    """A helper for each container that needs one; made when it is asked for, and again if it has ended."""

    engine: Engine
    image: str
    lease: float
    labels: Mapping[str, str]
    _helpers: dict[str, Helper] = field(default_factory=dict[str, Helper])
    _born: dict[str, str] = field(default_factory=dict[str, str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, victim: str) -> Helper:
        """Return the helper in the container's present network namespace."""
        with self._lock:
            born = self.engine.inspect(victim)["State"]["StartedAt"]
            found = self._helpers.get(victim)
            if found is not None and found.is_alive() and self._born[victim] == born:
                return found
            if found is not None:  # it sits in the namespace of a life before
                found.close()
            self._helpers[victim] = Helper(self.engine, victim, self.image, self.lease, self.labels)
            self._born[victim] = born
            return self._helpers[victim]

    def lacks(self, words: Sequence[str]) -> str | None:
        """Say why the engine's kernel cannot queue so; None if it can. Nobody's network is touched."""
        helper = Helper(self.engine, None, self.image, self.lease, self.labels)
        try:
            helper.ask(do="probe", words=list(words))
        except EngineError as problem:
            return str(problem)
        finally:
            helper.close()
        return None

    def beat(self) -> None:
        """Renew the leases of all."""
        for each in list(self._helpers.values()):
            each.beat()

    def close(self) -> None:
        """End all; each takes back what it put."""
        with self._lock:
            helpers = list(self._helpers.values())
            self._helpers.clear()
        closers = [threading.Thread(target=each.close) for each in helpers]
        for each in closers:
            each.start()
        for each in closers:
            each.join()
