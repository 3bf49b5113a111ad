"""Containers to strike: a small service and its caller, what that sees, and what can be compared."""

import contextlib
import json
import os
import re
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from chaoskit.core.service import Container, ServiceFault, ServiceInjection
from chaoskit.target import containers, journal
from chaoskit.target.agents import Agents
from chaoskit.target.engine import Engine
from chaoskit.target.hold import Holder

IMAGE = "python:3.12-slim"
LEASE = 2.0

SERVICE = r"""
import http.server, json, os, socket, time, urllib.parse
kept = []
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        path, _, query = self.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        try:
            said = {"said": getattr(self, path.strip("/") or "hello")(**asked)}
        except Exception as problem:
            said = {"problem": type(problem).__name__, "why": str(problem)}
        body = json.dumps(said).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode()
        self.wfile.write(head + body)
    def hello(self): return "hello"
    def large(self, size): return "x" * int(size)
    def resolve(self, name):
        began = time.monotonic()
        try:
            socket.getaddrinfo(name, 80)
            return ["resolved", time.monotonic() - began]
        except OSError as problem:
            return [str(problem), time.monotonic() - began]
    def spin(self):
        began = time.monotonic()
        for _ in range(3_000_000): pass
        return time.monotonic() - began
    def write(self, path, size):
        try:
            with open(path, "wb") as file:
                file.write(b"x" * int(size)); file.flush(); os.fsync(file.fileno())
        finally:
            with __import__("contextlib").suppress(OSError): os.unlink(path)
        return "written"
    def take(self, size):
        child = os.fork()
        if child == 0:
            block = bytearray(int(size))
            for at in range(0, len(block), 4096): block[at] = 1
            os._exit(0)
        return os.waitpid(child, 0)[1]
    def call(self, host):
        with socket.create_connection((host, 8000), timeout=1.0): return "reached"
    def clock(self): return time.time()
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""

ASK = r"""
import json, socket, sys, time, http.client
host, path, timeout = sys.argv[1], sys.argv[2], float(sys.argv[3])
began = time.monotonic()
try:
    connection = http.client.HTTPConnection(host, 8000, timeout=timeout)
    connection.request("GET", path)
    said = json.loads(connection.getresponse().read())
except Exception as problem:
    said = {"problem": type(problem).__name__, "why": str(problem)}
print(json.dumps({"took": time.monotonic() - began, **said}))
"""

# Holds a connection open, and tells for each line on stdin what one call on it comes to.
HOLD = r"""
import json, socket, sys, time, http.client
connection = http.client.HTTPConnection(sys.argv[1], 8000, timeout=float(sys.argv[2]))
connection.connect()
connection.auto_open = 0
for line in sys.stdin:
    began = time.monotonic()
    try:
        connection.request("GET", "/")
        said = json.loads(connection.getresponse().read())
    except Exception as problem:
        said = {"problem": type(problem).__name__, "why": str(problem)}
    print(json.dumps({"took": time.monotonic() - began, **said}), flush=True)
"""


def helper_image(request: Any) -> str:
    """Return an image for helpers: our own base has all that they need, a pulled one has no nft."""
    attrs = request.getfixturevalue("engine").images.get(IMAGE).attrs
    return IMAGE if "chaoskit.base" in (attrs["Config"]["Labels"] or {}) else request.getfixturevalue("image")


class Held:
    """A connection that a process in a container holds open."""

    def __init__(self, caller: str, host: str, timeout: float = 3.0) -> None:
        self._process = subprocess.Popen(
            ["docker", "exec", "-i", caller, "python3", "-u", "-c", HOLD, host, str(timeout)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask()

    def ask(self) -> dict[str, Any]:
        self.begin()
        return self.end()

    def begin(self) -> None:
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> dict[str, Any]:
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(10)


@dataclass
class System:
    """The containers of one test file. Everything has a name of its own and is removed at the end."""

    client: docker.DockerClient
    prefix: str
    network: str

    def run(self, name: str, **more: Any) -> str:
        """Start a service; return its id."""
        alias = self.client.api.create_endpoint_config(aliases=[name])
        networks = {"network": self.network, "networking_config": {self.network: alias}} | more
        made = self.client.containers.create(
            IMAGE,
            ["python3", "-u", "-c", SERVICE],
            name=f"{self.prefix}-{name}",
            init=True,
            labels={"chaoskit.allow": "true", "com.docker.compose.service": name},
            **networks,
        )
        made.start()
        return made.id

    def find(self, identity: str) -> Container:
        found = containers.now(self.engine, identity)
        assert found is not None
        return found

    @property
    def engine(self) -> Engine:
        return Engine(self.client, os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))

    def ask(self, caller: str, host: str, path: str = "/", timeout: float = 1.0) -> dict[str, Any]:
        """Let a container make one call; return what came of it."""
        command = ["docker", "exec", caller, "python3", "-c", ASK, host, path, str(timeout)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    def wait(self, caller: str, host: str) -> None:
        until = time.monotonic() + 10
        while "problem" in (said := self.ask(caller, host)):
            assert time.monotonic() < until, said

    def close(self) -> None:
        for each in self.client.containers.list(all=True, filters={"name": self.prefix}):
            with contextlib.suppress(docker.errors.APIError):
                each.remove(force=True, v=True)
        for each in self.client.networks.list(filters={"name": self.prefix}):
            each.remove()


def system(client: docker.DockerClient) -> System:
    if os.geteuid() != 0 and os.environ.get("CHAOSKIT_DOCKER") != "required":
        pytest.skip("to look into a container's network namespace from outside needs root")
    prefix = f"ck{uuid.uuid4().hex[:8]}"
    client.networks.create(f"{prefix}-net", internal=True)
    return System(client, prefix, f"{prefix}-net")


def holder(engine: Engine, folder: Path, image: str, run: str = "a-run", lease: float = LEASE) -> Holder:
    """Return what puts faults on containers, with a journal of its own."""
    me = journal.Keeper(
        run=run,
        pid=os.getpid(),
        born=journal.birth(os.getpid()) or 0,
        boot=journal.boot_id(),
        engine=engine.address,
        image=image,
    )
    labels = {"chaoskit.run": run, "chaoskit.keeper": f"{me.boot} {me.pid} {me.born}"}
    agents = Agents(engine, image, lease, labels)
    return Holder(
        engine=engine, agents=agents, keeper=me, journal=journal.Journal.create(me, folder), folder=folder
    )


def injection(fault: ServiceFault, service: str = "shop", name: str = "it") -> ServiceInjection:
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(fault).__name__).lower()
    return ServiceInjection(id=name, service=service, fault=fault, fault_name=kind, windows=((0.0, 60.0),))


def look(client: docker.DockerClient, identity: str) -> dict[str, Any]:
    """Return all that must be as before: what the engine says, and what is in the network namespace."""
    attrs = client.api.inspect_container(identity)
    pid = attrs["State"]["Pid"]
    script = "ip -o addr; ip route; ip -6 route; tc qdisc; nft list ruleset; iptables-save; ip6tables-save"
    inside = subprocess.run(
        ["nsenter", f"--net=/proc/{pid}/ns/net", "sh", "-c", f"{{ {script}; }} 2>&1"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    ).stdout
    return {"engine": _without_times(attrs), "inside": _without_names(inside)}


_CHANGING = {
    *("Pid", "StartedAt", "FinishedAt", "ExitCode", "Error", "Health", "ExecIDs", "SandboxID", "SandboxKey"),
    *("EndpointID", "LogPath", "ResolvConfPath", "HostnamePath", "HostsPath"),
}


def _without_times(said: Any) -> Any:
    if isinstance(said, Mapping):
        # no wish for an address is said in two ways, depending on who connected the container
        said = {key: value or {} if key == "IPAMConfig" else value for key, value in said.items()}
        return {key: _without_times(value) for key, value in said.items() if key not in _CHANGING}
    return [_without_times(each) for each in said] if isinstance(said, list) else said


def _without_names(text: str) -> list[str]:
    """Leave out counters, the times of iptables-save, the ports of docker's DNS, and interfaces' numbers."""
    lines = []
    for line in text.splitlines():
        if line.startswith("# ") and " on " in line:
            continue
        line = re.sub(r"\[\d+:\d+\]|packets \d+ bytes \d+", "", line)  # noqa: PLW2901
        line = re.sub(r"127\.0\.0\.11:\d+|(?<=port )\d{5}|(?<=-port )\d{5}", "PORT", line)  # noqa: PLW2901
        line = re.sub(r"^\d+: ", "", line)  # noqa: PLW2901
        line = re.sub(r"\beth\d+(@if\d+)?", "eth", line)  # noqa: PLW2901
        lines.append(line)
    return lines


@dataclass
class Stage:
    """A service that is struck, and a caller that tells what it sees."""

    system: System
    holder: Holder
    shop: str
    caller: str

    def ask(self, path: str = "/", timeout: float = 1.0) -> dict[str, Any]:
        return self.system.ask(self.caller, "shop", path, timeout)

    def said(self, path: str, timeout: float = 20.0) -> Any:
        answer = self.ask(path, timeout)
        assert "said" in answer, answer
        return answer["said"]

    def look(self) -> dict[str, Any]:
        return look(self.system.client, self.shop)

    def enter(self, fault: ServiceFault, name: str = "it") -> "Deed":
        engine = self.holder.engine
        victim = self.system.find(self.shop)
        began = time.monotonic()
        around = containers.others(engine, None)
        entry, evidence = self.holder.enter(injection(fault, name=name), victim, around, f"chaoskit_{name}")
        return Deed(self, entry, evidence, time.monotonic() - began)

    @contextlib.contextmanager
    def struck(self, fault: ServiceFault) -> Iterator["Deed"]:
        """Put a fault; take it back at the end, when all must be as before."""
        before = self.look()
        deed = self.enter(fault)
        try:
            yield deed
        finally:
            deed.leave()
        assert deed.left.get("restored") is True, deed.left
        self.system.wait(self.caller, "shop")
        assert self.look() == before

    def close(self) -> None:
        self.holder.agents.close()
        self.holder.journal.close()
        self.system.close()


@dataclass
class Deed:
    """A fault that was put; ``evidence`` and ``left`` are what the record would show."""

    stage: Stage
    entry: journal.Entry
    evidence: dict[str, Any]
    took: float
    left: dict[str, Any] = field(default_factory=dict)

    def leave(self) -> dict[str, Any]:
        self.left = self.stage.holder.leave(self.entry)
        return self.left


def stage(client: docker.DockerClient, folder: Path, image: str, **more: Any) -> Stage:
    """Return a service and its caller, up and on one network; ``more`` goes to the service's creation."""
    one = system(client)
    # else the engine's DNS lets a caller wait ten seconds for a name that is gone
    patience = {"dns_opt": ["timeout:1", "attempts:1"]}
    made = Stage(
        one, holder(one.engine, folder, image), one.run("shop", **more), one.run("caller", **patience)
    )
    one.wait(made.caller, "shop")
    threading.Thread(target=_beat, args=(made.holder.agents,), daemon=True).start()
    return made


def _beat(agents: Agents) -> None:
    while True:
        agents.beat()
        time.sleep(LEASE / 4)
