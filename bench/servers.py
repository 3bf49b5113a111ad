"""What the bench measures, as processes: nginx, mitmdump and chaoskit's workers. Each is ended by its pid."""

import contextlib
import queue
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from client import Way, ask

from chaoskit.run.child import Child, Ended, Line, Queue, python
from chaoskit_shop.certificates import Certificates, ensure

HOST = "localhost"
"""wrk sends the name in its URL as SNI, and there is no other name that it can always resolve."""

_PATIENCE = 20.0
_LASTS = "60m"  # longer than any bench


class Broken(Exception):  # noqa: N818 - a sentence for whoever runs the bench
    """Something did not start or did not answer as it must."""


class Origin:
    """nginx, one process."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path) -> None:
        self.certificates: Certificates = ensure(folder / "certificates", (HOST,))
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
        self.child = _start(stack, "nginx", command, folder)
        _until(lambda: _answers(self.plain), self.child)

    @property
    def requests(self) -> int:
        """The requests answered since it started, by its own count."""
        _, body = ask(Way(name="count", port=self.plain, origin=HOST, path="/count"))
        return int(body.split(b"\n")[2].split()[2])


class Mitmdump:
    """Bare mitmproxy: ``mitmdump -q`` with its own addons, as regular proxy and as reverse proxy for TLS."""

    def __init__(self, stack: contextlib.ExitStack, folder: Path, origin: Origin) -> None:
        self.port, self.reverse = free_ports(2)
        program = Path(sys.executable).parent / "mitmdump"
        options = {"confdir": folder / "mitmdump", "ssl_verify_upstream_trusted_ca": origin.certificates.ca}
        command = [str(program), "-q"]
        for mode in (
            f"regular@127.0.0.1:{self.port}",
            f"reverse:https://{HOST}:{origin.tls}@127.0.0.1:{self.reverse}",
        ):
            command += ["--mode", mode]
        for name, value in options.items():
            command += ["--set", f"{name}={value}"]
        self.child = _start(stack, "mitmdump", command, folder)
        _until(lambda: _answers(self.reverse), self.child)


class Worker:
    """``python -m chaoskit.proxy`` with an experiment's text, armed on request and told that we are alive."""

    def __init__(
        self, stack: contextlib.ExitStack, name: str, folder: Path, text: str, injections: int
    ) -> None:
        """Start it, and wait until its sockets are bound. ``injections`` is how many ``text`` has."""
        own = folder / name
        own.mkdir()
        memory = own / "memory"
        memory.write_bytes(bytes(8 * 8 * max(1, injections)))
        self.folder = own
        self._mailbox: Queue = queue.SimpleQueue()
        self._ended = threading.Event()
        stack.callback(self._ended.set)
        begin = time.monotonic()
        self.child = _start(stack, name, python("-m", "chaoskit.proxy"), own, mailbox=self._mailbox)
        listen = "127.0.0.1:0"
        self.child.tell(
            {"path": str(own / "experiment.yaml"), "text": text, "changes": [], "seed": 7, "folder": str(own)}
            | {"worker": 0, "workers": 1, "listen": listen, "ca": str(folder / "ca"), "memory": str(memory)}
        )
        ready = self._hear("ready")
        self.took = time.monotonic() - begin
        self.port = int(ready["listen"].rpartition(":")[2])

    def arm(self, start: float) -> None:
        """Give it the start instant (monotonic seconds); keep its lease from now on."""
        self.child.tell({"arm": start})
        self._hear("ack")
        threading.Thread(target=self._beat, name="beat", daemon=True).start()

    def _beat(self) -> None:
        number = 0
        while not self._ended.wait(1.0):
            number += 1
            self.child.tell({"beat": number})
            with contextlib.suppress(queue.Empty):
                while True:
                    self._mailbox.get_nowait()

    def _hear(self, wanted: str) -> Any:
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
                    return said[wanted]
                case Ended(_, status):
                    raise Broken(f"{self.child.name}: ended with status {status}; {self.child.tail(3)}")
                case _:
                    pass


def experiment(origin: Origin, injections: Sequence[str]) -> tuple[str, int]:
    """Return an experiment's text, and how many injections it has.

    Its two providers lead to the origin: ``secure`` over TLS, ``plain`` without.
    """
    lines = [
        "version: 1",
        "name: bench",
        f"target: {{url: 'http://127.0.0.1:{origin.plain}'}}",
        "providers:",
        f"  secure: {{hosts: [{HOST}], resolve: '127.0.0.1:{origin.tls}'}}",
        f"  plain: {{hosts: [plain.example], resolve: '127.0.0.1:{origin.plain}'}}",
        f"proxy: {{lease: 60s, upstream_ca: '{origin.certificates.ca.resolve()}'}}",
        "load: {arrivals: 1/s, endpoints: [{name: any, request: GET /}]}",
        f"phases: {{now: {_LASTS}, later: {_LASTS}}}",
        "slos: [{id: any, in: now, availability: '>= 1%'}]",
    ]
    if injections:
        lines += ["inject:", *(f"  - {each}" for each in injections)]
    return "\n".join(lines) + "\n", len(injections)


def quiet(provider: str) -> str:
    """Return an injection that needs calls, and so the mitm lane, and that is not on during the bench."""
    return f"{{id: {provider}-later, provider: {provider}, fault: {{error: {{status: 503}}}}, during: later}}"


def delay(provider: str, seconds: float) -> str:
    """Return a delay that is on all the time."""
    fault = f"{{delay: {{time: {seconds * 1000:g}ms}}}}"
    return f"{{id: {provider}-delay, provider: {provider}, fault: {fault}, during: now}}"


def window(number: int, start: float, length: float) -> str:
    """Return an injection of 503 answers for the plain provider, on for ``length`` from ``start`` seconds."""
    during = f"{{from: now + {start * 1000:.0f}ms, for: {length * 1000:.0f}ms}}"
    return f"{{id: window-{number}, provider: plain, fault: {{error: {{status: 503}}}}, during: {during}}}"


def cpu(child: Child) -> float:
    """Return the user and system CPU seconds that a process has used."""
    times = psutil.Process(child.pid).cpu_times()
    return times.user + times.system


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _start(
    stack: contextlib.ExitStack, name: str, command: Sequence[str], folder: Path, mailbox: Queue | None = None
) -> Child:
    # dies with us even where we are killed by -9; the program keeps this pid
    prefix = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    child = Child(
        name,
        [*prefix, *command],
        log=folder / f"{name}.log",
        mailbox=mailbox or queue.SimpleQueue(),
        speaks=mailbox is not None,
    )
    # at once: Ctrl-C may come while we wait for it. Only a worker ends when its input does
    stack.callback(child.end, 3.0 if mailbox is not None else 0.0)
    return child


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def _until(is_ready: Callable[[], bool], child: Child) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        if not child.is_alive() or time.monotonic() > deadline:
            raise Broken(f"{child.name} did not start: {child.tail(3)}")
        time.sleep(0.02)
