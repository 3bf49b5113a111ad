"""What the bench measures, as processes: nginx, mitmdump and chaoskit's workers. Each is ended by its pid."""

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from client import Way, ask
from process import Broken, free_ports, start, until_answers

from chaoskit.run.child import Ended, Line, Queue, python
from chaoskit.run.crew import Crew
from chaoskit_shop.certificates import Certificates, ensure

HOST = "localhost"
"""wrk sends the name in its URL as SNI, and there is no other name that it can always resolve."""

STREAM = "stream.example"
"""The host of answers that are streams of events."""

_PATIENCE = 20.0
_LASTS = "60m"  # longer than any bench


class Origin:
    """nginx, one process."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        self.certificates: Certificates = ensure(folder / "certificates", (HOST, STREAM))
        pair = self.certificates.hosts[HOST]
        self.plain, self.tls = free_ports(2)
        text = (Path(__file__).parent / "origin.conf").read_text(encoding="utf-8")
        values = {"folder": folder, "plain": self.plain, "tls": self.tls}
        values |= {"certificate": pair.certificate.resolve(), "key": pair.key.resolve()}
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        config = folder / "nginx.conf"
        config.write_text(text, encoding="utf-8")
        command = ["nginx", "-p", str(folder), "-c", str(config), "-e", str(folder / "nginx.log")]
        self.child = start(stack, "nginx", command, folder)
        until_answers(self.plain, self.child)

    @property
    def requests(self) -> int:
        """The requests answered since it started, by its own count."""
        _, body = ask(Way(name="count", port=self.plain, origin=HOST, path="/count"))
        return int(body.split(b"\n")[2].split()[2])


class Mitmdump:
    """Bare mitmproxy: ``mitmdump -q`` with its own addons, as regular proxy.

    ``is_reverse``: and as reverse proxy for TLS, both sides of it. ``options`` are those of the command line.
    """

    def __init__(
        self,
        stack: contextlib.ExitStack,
        folder: Path,
        origin: Origin,
        *,
        name: str = "mitmdump",
        is_reverse: bool = False,
        options: Sequence[str] = (),
    ) -> None:
        self.port, self.reverse = free_ports(2)
        settings = {"confdir": folder / "mitmdump", "ssl_verify_upstream_trusted_ca": origin.certificates.ca}
        command = [str(Path(sys.executable).parent / "mitmdump"), "-q", *options]
        modes = [f"regular@127.0.0.1:{self.port}"]
        if is_reverse:
            modes.append(f"reverse:https://{HOST}:{origin.tls}@127.0.0.1:{self.reverse}")
        for mode in modes:
            command += ["--mode", mode]
        for setting, value in settings.items():
            command += ["--set", f"{setting}={value}"]
        self.child = start(stack, name, command, folder)
        until_answers(self.reverse if is_reverse else self.port, self.child)


class Worker:
    """``python -m chaoskit.proxy`` with an experiment's text, armed on request and told that we are alive."""

    def __init__(
        self,
        stack: contextlib.ExitStack,
        name: str,
        folder: Path,
        text: str,
        *,
        workers: int = 1,
    ) -> None:
        """Start it, and wait until its sockets are bound.

        Of several ``workers`` it is the first, which forks the others and speaks for them.
        """
        own = folder / name
        own.mkdir()
        self.folder = own
        memory = own / "memory"
        self._workers = workers
        self._mailbox: Queue = queue.SimpleQueue()
        self._ended = threading.Event()
        stack.callback(self._ended.set)
        begin = time.monotonic()
        self.child = start(stack, name, python("-m", "chaoskit.proxy"), own, mailbox=Crew(self._mailbox))
        self.child.tell(
            {"path": str(own / "experiment.yaml"), "text": text, "changes": [], "seed": 7, "folder": str(own)}
            | {"worker": 0, "workers": workers, "others": list(range(1, workers))}
            | {"listen": "127.0.0.1:0", "ca": str(folder / "ca"), "memory": str(memory)}
        )
        ready, *_ = [self._hear("ready")["ready"] for _ in range(workers)]
        self.took = time.monotonic() - begin
        self.port = int(ready["listen"].rpartition(":")[2])

    def arm(self, begin: float) -> float:
        """Give it the start instant (monotonic seconds); return when all took it; keep its lease."""
        self.child.tell({"arm": begin})
        taken = max(float(self._hear("ack")["t"]) for _ in range(self._workers))
        threading.Thread(target=self._beat, name="beat", daemon=True).start()
        return taken

    def _beat(self) -> None:
        number = 0
        while not self._ended.wait(1.0):
            number += 1
            self.child.tell({"beat": number})
            with contextlib.suppress(queue.Empty):
                while True:
                    self._mailbox.get_nowait()

    def _hear(self, wanted: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                message = self._mailbox.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise Broken(
                    f"{self.child.name}: no `{wanted}` within {_PATIENCE:g}s; {self.child.tail(3)}"
                ) from None
            match message:
                case Line(_, {"failed": why}):
                    raise Broken(f"{self.child.name}: {why}")
                case Line(_, said) if wanted in said:
                    return said
                case Ended(_, status):
                    raise Broken(f"{self.child.name}: ended with status {status}; {self.child.tail(3)}")
                case _:
                    pass


def experiment(origin: Origin, injections: Sequence[str], streams: int = 9) -> str:
    """Return an experiment's text.

    Its providers lead to the origin: ``secure`` over TLS, ``plain`` and ``other`` without; ``stream`` to the
    port ``streams``.
    """
    lines = [
        "version: 1",
        "name: bench",
        f"target: {{url: 'http://127.0.0.1:{origin.plain}'}}",
        "providers:",
        f"  secure: {{hosts: [{HOST}], resolve: '127.0.0.1:{origin.tls}'}}",
        f"  plain: {{hosts: [plain.example], resolve: '127.0.0.1:{origin.plain}'}}",
        f"  other: {{hosts: [other.example], resolve: '127.0.0.1:{origin.plain}'}}",
        f"  stream: {{hosts: [{STREAM}], resolve: '127.0.0.1:{streams}'}}",
        f"proxy: {{lease: 60s, upstream_ca: '{origin.certificates.ca.resolve()}'}}",
        "load: {arrivals: 1/s, endpoints: [{name: any, request: GET /}]}",
        f"phases: {{now: {_LASTS}, later: {_LASTS}}}",
        "slos: [{id: any, in: now, availability: '>= 1%'}]",
    ]
    if injections:
        lines += ["inject:", *(f"  - {each}" for each in injections)]
    return "\n".join(lines) + "\n"


def quiet(provider: str) -> str:
    """Return an injection that needs calls, and so the mitm lane, and that is not on during the bench."""
    return f"{{id: {provider}-later, provider: {provider}, fault: {{error: {{status: 503}}}}, during: later}}"


def on(provider: str, name: str, fault: str, *, path: str = "") -> str:
    """Return an injection that is on all the time, for calls to ``path`` if one is named."""
    match = f", match: {{path: {path}}}" if path else ""
    return f"{{id: {name}, provider: {provider}, fault: {{{fault}}}, during: now{match}}}"


def delay(provider: str, seconds: float) -> str:
    """Return a delay that is on all the time."""
    return on(provider, f"{provider}-delay", f"delay: {{time: {seconds * 1000:g}ms}}")


def window(number: int, begin: float, length: float) -> str:
    """Return an injection of 503 answers for the plain provider, on for ``length`` from ``begin`` seconds."""
    during = f"{{from: now + {begin * 1000:.0f}ms, for: {length * 1000:.0f}ms}}"
    return f"{{id: window-{number}, provider: plain, fault: {{error: {{status: 503}}}}, during: {during}}}"
