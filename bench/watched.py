"""A chaoskit worker of which can be asked what it holds, and the provider that it leads to."""

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from process import Process
from servers import HOST, Broken, Worker

from chaoskit.run.child import Ended, Line
from chaoskit_shop.certificates import ensure

PLAIN = "plain.example"


class Provider:
    """``provider.py`` in a process of its own."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        self.certificates = ensure(folder / "certificates", (HOST,))
        pair = self.certificates.hosts[HOST]
        program = Path(__file__).parent / "provider.py"
        said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.child = Process(
            "provider",
            [sys.executable, str(program), str(pair.certificate), str(pair.key)],
            log=folder / "provider.log",
            mailbox=said,
        )
        stack.callback(self.child.end, 3.0)
        message = said.get(timeout=20.0)
        if not isinstance(message, Line):
            raise Broken(f"the provider did not start: {self.child.tail(3)}")
        self.plain, self.tls = int(message.said["plain"]), int(message.said["tls"])


def experiment(provider: Provider, injections: Sequence[str], more: str = "") -> str:
    """Return an experiment's text, on two providers in the mitm lane: ``secure`` (TLS) and ``plain``."""
    lines = [
        "version: 1",
        "name: watched",
        f"target: {{url: 'http://127.0.0.1:{provider.plain}'}}",
        "providers:",
        f"  secure: {{hosts: [{HOST}], resolve: '127.0.0.1:{provider.tls}'}}",
        f"  plain: {{hosts: [{PLAIN}], resolve: '127.0.0.1:{provider.plain}'}}",
        f"proxy: {{lease: 60s, upstream_ca: '{provider.certificates.ca.resolve()}'{more}}}",
        "load: {arrivals: 1/s, endpoints: [{name: any, request: GET /}]}",
        "phases: {now: 120m, later: 1m}",
        "slos: [{id: any, in: now, availability: '>= 1%'}]",
        "inject:",
        *(f"  - {each}" for each in injections),
    ]
    return "\n".join(lines) + "\n"


class Watched(Worker):
    """A worker that tells what it holds (``inspect``), and how often each injection struck (``hits``)."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path, text: str) -> None:
        self.hits: dict[str, int] = {}
        self._told: queue.SimpleQueue[dict[str, int]] = queue.SimpleQueue()
        super().__init__(stack, "worker", folder, text)

    def arm(self, start: float) -> None:
        super().arm(start)
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def _beat(self) -> None:
        while not self._ended.wait(1.0):
            self.child.tell({"beat": 1})

    def _listen(self) -> None:
        while not self._ended.is_set():
            match self._mailbox.get():
                case Line(_, {"inspect": told}):
                    self._told.put(dict(told))
                case Line(_, {"hits": hits}):
                    self.hits = dict(hits)
                case Ended():
                    return
                case _:
                    pass

    def inspect(self) -> dict[str, int]:
        """Return what it holds now, after a collection of garbage."""
        self.child.tell({"inspect": True})
        try:
            return self._told.get(timeout=20.0)
        except queue.Empty:
            raise Broken(f"the worker does not say what it holds; {self.child.tail(3)}") from None

    def peak(self) -> int:
        """Return the most bytes that have been resident since ``forget_peak``."""
        text = Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii")
        fields = dict(line.split(":", 1) for line in text.splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.child.pid}/clear_refs").write_text("5", encoding="ascii")


def settled(worker: Watched, idle: dict[str, int], within: float) -> dict[str, int]:
    """Return what it holds once that is no more than ``idle``, memory aside, or after ``within`` seconds."""
    end = time.monotonic() + within
    while True:
        held = worker.inspect()
        if time.monotonic() > end or all(held[each] <= idle[each] for each in held if each != "memory"):
            return held
        time.sleep(0.25)
