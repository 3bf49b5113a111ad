"""The demo as processes, behind a small CONNECT proxy that can refuse a host or fall silent about it."""

import contextlib
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from chaoskit_shop.certificates import ensure


@dataclass
class Proxy:
    """Passes CONNECT on to the providers' port. ``silent`` hosts get no answer at all."""

    url: str = ""
    providers: int = 0
    refused: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    held: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@dataclass
class Demo:
    process: subprocess.Popen[bytes]
    proxy: Proxy
    url: str
    folder: Path

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()


def serve(proxy: Proxy) -> socketserver.ThreadingTCPServer:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                carry(self.request, proxy)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    return server


def carry(client: socket.socket, proxy: Proxy) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    host = request.split()[1].decode().partition(":")[0]
    proxy.hosts.append(host)
    if host in proxy.silent:
        proxy.held.append(host)
        client.recv(1)
        return
    if host in proxy.refused:
        client.sendall(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
        return
    with socket.create_connection(("127.0.0.1", proxy.providers)) as provider:
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=pump, args=(provider, client), daemon=True).start()
        pump(client, provider)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def command(folder: Path, *more: str) -> list[str]:
    ports = ["--shop", "127.0.0.1:0", "--providers", "127.0.0.1:0"]
    return [sys.executable, "-m", "chaoskit_shop", "--folder", str(folder), *ports, *more]


def surroundings(proxy_url: str | None, ca: Path) -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "SYSTEMROOT", "PYTHONPATH")
    mine = {name: os.environ[name] for name in names if name in os.environ}
    proxy = {} if proxy_url is None else {"HTTPS_PROXY": proxy_url, "NO_PROXY": "localhost,127.0.0.1"}
    return {**mine, **proxy, "REQUESTS_CA_BUNDLE": str(ca)}


@contextlib.contextmanager
def running(folder: Path, build: str, ca: Path | None = None) -> Iterator[Demo]:
    """Start the whole demo on ports of its own; end it, and only it. ``ca``: what the shop trusts."""
    proxy = Proxy()
    with serve(proxy) as server:
        environment = surroundings(proxy.url, ca or ensure(folder).ca)
        process = subprocess.Popen(command(folder, "--build", build), env=environment, stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            proxy.providers = int(process.stdout.readline().decode().rpartition(":")[2])
            shop = process.stdout.readline().decode().split()
            yield Demo(process, proxy, f"http://{shop[1]}", folder)
        finally:
            process.terminate()
            process.wait(timeout=20)
            process.stdout.close()
            server.shutdown()


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Iterator[Demo]:
    """The resilient build, one for the tests of a file."""
    with running(tmp_path_factory.mktemp("demo"), "resilient") as it:
        yield it


@pytest.fixture
def start():
    """Start a demo of one's own: ``with start(folder, build) as demo``."""
    return running


@pytest.fixture
def refused_start(tmp_path):
    """Run the demo to its end; return its status and what it said."""

    def run(*more: str, proxy: str | None = "http://127.0.0.1:1", ca: Path | None = None) -> tuple[int, str]:
        done = subprocess.run(
            command(tmp_path, *more),
            env=surroundings(proxy, ca or ensure(tmp_path).ca),
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
        return done.returncode, done.stderr

    return run
