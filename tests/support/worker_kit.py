"""A proxy worker in a process of its own, and a provider for it (see tls_origin.py)."""

import contextlib
import json
import os
import queue
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from chaoskit.proxy import ca
from tls_origin import HOST, Origin, make_certificates


class Spares:
    """Worker processes that have been started and wait for their configuration: starting takes longest."""

    def __init__(self, folder: Path, before: Sequence[str] = ()) -> None:
        """``before``: what each command line begins with."""
        self._folder = folder
        self._before = before
        self._count = 0
        self._waiting = self._start()

    def _start(self):
        self._count += 1
        log = self._folder / f"worker-{self._count}.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [*self._before, sys.executable, "-m", "chaoskit.proxy"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
            )
        return process, log

    def take(self):
        taken, self._waiting = self._waiting, self._start()
        return taken

    def close(self):
        process, _ = self._waiting
        process.stdin.close()
        process.stdout.close()
        process.wait(30)


class Proxy:
    """A worker process, and the controller's side of its protocol."""

    def __init__(self, config: dict, folder: Path, spares: Spares) -> None:
        self.folder = folder
        self.said: queue.Queue[dict] = queue.Queue()
        self.latest: dict = {}
        self._lock = threading.Lock()
        self.process, self.log = spares.take()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.tell(config)

    def _read(self):
        for raw in self.process.stdout:
            line = json.loads(raw)
            if "seen" in line:
                self.latest = line
            else:
                self.said.put(line)
        self.said.put({"the end": True})

    def tell(self, line: dict) -> None:
        with self._lock:
            self.process.stdin.write(json.dumps(line).encode() + b"\n")
            self.process.stdin.flush()

    def expect(self, key: str, within: float = 15):
        """Return what the next line that has ``key`` says."""
        return self.line(key, within)[key]

    def line(self, key: str, within: float = 15) -> dict:
        """Return the next line that has ``key``."""
        end = time.monotonic() + within
        while True:
            try:
                line = self.said.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {key!r} within {within} s; log: {self.log.read_text()}") from None
            if key in line:
                return line
            assert not line.keys() & {"failed", "the end"}, (line, self.log.read_text())

    def ready(self):
        told = self.expect("ready")
        self.address = told["listen"]
        self.port = int(self.address.rpartition(":")[2])
        self.reverse = told["reverse"]
        self.dns = int(told.get("dns", ":0").rpartition(":")[2])
        return self

    def arm(self, start: float | None = None, *, beats: bool = True) -> float:
        """Start the clock, by default now; return the start instant. ``beats``: renew the lease."""
        start = time.monotonic() if start is None else start
        self.tell({"arm": start})
        if beats:
            threading.Thread(target=self._beat, daemon=True).start()
        self.expect("ack")
        return start

    def _beat(self):
        with contextlib.suppress(OSError, ValueError):  # it has ended
            while True:
                self.tell({"beat": 1})
                time.sleep(0.5)

    def inspect(self) -> dict:
        self.tell({"inspect": True})
        return self.expect("inspect")

    def stop(self) -> int:
        with contextlib.suppress(OSError, ValueError), self._lock:
            self.process.stdin.close()
        code = self.process.wait(10)
        self._reader.join(5)
        self.process.stdout.close()
        return code

    def lines(self) -> list[dict]:
        """Stop, and return the record's attempts."""
        return [line for line in self._record() if "carried" not in line]

    def carried(self) -> list[dict]:
        """Stop, and return the record's lines of turns."""
        return [line for line in self._record() if "carried" in line]

    def _record(self) -> list[dict]:
        self.stop()
        text = "".join(each.read_text() for each in sorted(self.folder.glob("calls-*.jsonl")))
        return [json.loads(line) for line in text.splitlines()]

    def settled(self, test, within: float = 8):
        """Wait until ``test`` of the latest totals holds."""
        end = time.monotonic() + within
        while not test(self.latest):
            assert time.monotonic() < end, (self.latest, self.log.read_text())
            time.sleep(0.02)


class Kit:
    """Makes providers and workers for one test, and ends them."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack, spares: Spares) -> None:
        self.folder = folder
        self.host = HOST
        self.provider_ca, self.certificate = make_certificates(folder)
        self._stack = stack
        self._spares = spares

    def origin(self, *, tls: bool = True, h2: bool = True, raw=None, sock=None) -> Origin:
        """``sock``: what it listens on, else a port of its own."""
        return self._stack.enter_context(Origin(self.certificate if tls else None, h2=h2, raw=raw, sock=sock))

    def config(self, origin_port: int, inject: str = "[]", **more) -> dict:
        text = more.pop("text", None) or (
            "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
            f"providers: {{pay: {{hosts: [{HOST}], resolve: '127.0.0.1:{origin_port}'"
            f"{more.pop('provider', '')}}}}}\n"
            f"proxy: {{upstream_ca: provider-ca.pem{more.pop('proxy', '')}}}\n"
            "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\n"
            "phases: {fault: 600s}\n"
            f"inject: {inject}\n"
            f"slos: [{{id: s, in: fault, availability: '>= 1%'}}{more.pop('slos', '')}]\n"
        )
        config = {
            "path": str(self.folder / "t.yaml"),
            "text": text,
            "changes": [],
            "seed": None,
            "folder": str(self.folder),
            "worker": 0,
            "workers": 1,
            "listen": "127.0.0.1:0",
            "ca": str(self.folder / "ca"),
            "memory": str(self.folder / "memory"),
        }
        return config | more

    def start(self, config: dict, before: Sequence[str] = ()) -> Proxy:
        """``before``: what its command line begins with, as to be in a network namespace."""
        spares = self._spares
        if before:
            spares = Spares(self.folder, before)
            self._stack.callback(spares.close)
        proxy = Proxy(config, Path(config["folder"]), spares)
        self._stack.callback(self._end, proxy)
        return proxy

    def worker(self, origin: Origin, inject: str = "[]", **more) -> Proxy:
        """A worker in front of ``origin``, ready, not armed."""
        return self.start(self.config(origin.port, inject, **more)).ready()

    def within(self, prefix: list[str]) -> "Kit":
        """Return a kit whose workers are started by ``prefix``: in a namespace of their own."""
        spares = Spares(self.folder, prefix)
        self._stack.callback(spares.close)
        return Kit(self.folder, self._stack, spares)

    def environment(self, proxy: Proxy) -> dict[str, str]:
        """What a client process is given."""
        return ca.environment(f"http://{proxy.address}", self.folder / "ca", [self.provider_ca])

    def trust(self, proxy: Proxy) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.own_ca)

    @property
    def own_ca(self) -> Path:
        """The certificate of the worker's CA, and the provider's: a small file is quick to load."""
        path = self.folder / "trusted.pem"
        own = self.folder / "ca" / "mitmproxy-ca-cert.pem"
        path.write_bytes(own.read_bytes() + self.provider_ca.read_bytes())
        return path

    @staticmethod
    def _end(proxy: Proxy) -> None:
        proxy.stop()
        text = proxy.log.read_text()
        assert "Traceback" not in text, text
        assert "crashed" not in text, text


@pytest.fixture(scope="session")
def spares(tmp_path_factory, no_proxy_of_our_own):
    spares = Spares(tmp_path_factory.mktemp("workers"))
    yield spares
    spares.close()


@pytest.fixture
def kit(tmp_path, spares):
    with contextlib.ExitStack() as stack:
        yield Kit(tmp_path, stack, spares)


@pytest.fixture(scope="session", autouse=True)
def no_proxy_of_our_own():
    """The machine's own proxy settings must not reach the clients under test."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        os.environ.pop(name, None)
        os.environ.pop(name.lower(), None)
