"""Other proxies that the bench measures beside chaoskit: each where this machine has it, else why not."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from client import Way
from process import Broken, Process, free_ports, start, until_answers
from publish import said
from servers import HOST, Origin

HERE = Path(__file__).parent
INSTALLED = HERE.parent / "build" / "peers"
"""Where ``make bench-peers`` puts what comes from npm and PyPI."""

HAPROXY, TOXIPROXY, PROXY_PY = "haproxy", "Toxiproxy", "proxy.py"
MOCKTTP, WIREMOCK = "mockttp", "WireMock"


class Absent(Exception):  # noqa: N818 - a sentence for the table
    """A peer is not on this machine; the message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One that runs. ``is_slow_to_warm``: its compiler needs some seconds of calls first."""

    version: str
    process: Process
    ways: Sequence[Way]
    is_slow_to_warm: bool = False


@dataclass(frozen=True, slots=True)
class Peers:
    """Those that run, and of the others why not, each by its name."""

    here: dict[str, Peer]
    absent: dict[str, str]

    def ways(self, name: str, *, is_tls: bool) -> list[tuple[Way, Process]]:
        """Return the ways through a peer, if it is here."""
        peer = self.here.get(name)
        return [(way, peer.process) for way in peer.ways if way.is_tls == is_tls] if peer else []


def start_peers(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peers:
    """Start all that this machine has. One that does not start is absent too, and the table says why."""
    found = Peers({}, {})
    for name, begin in _PEERS.items():
        try:
            found.here[name] = begin(stack, folder, origin)
        except Absent as missing:
            found.absent[name] = f"not on this machine: {missing}"
        except Broken as problem:
            found.absent[name] = str(problem).replace("|", "/")
    return found


def _haproxy(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peer:
    program = _needs("haproxy", "apt-get install haproxy")
    tcp, http = free_ports(2)
    text = (HERE / "peers" / "haproxy.cfg").read_text(encoding="utf-8")
    for name, value in {"tcp": tcp, "http": http, "plain": origin.plain, "tls": origin.tls}.items():
        text = text.replace("{" + name + "}", str(value))
    config = folder / "haproxy.cfg"
    config.write_text(text, encoding="utf-8")
    process = start(stack, "haproxy", [program, "-db", "-f", str(config)], folder)
    until_answers(http, process)
    return Peer(
        version=said([program, "-v"], r"version ([\d.]+)", "haproxy"),
        process=process,
        ways=[_tls(f"{HAPROXY}, TCP mode", tcp, origin), _reverse(f"{HAPROXY}, HTTP mode", http, origin)],
    )


def _toxiproxy(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peer:
    program = _needs("toxiproxy-server", "put a release of Toxiproxy on the PATH")
    control, port = free_ports(2)
    config = folder / "toxiproxy.json"
    proxy = {"name": "origin", "listen": f"127.0.0.1:{port}", "upstream": f"127.0.0.1:{origin.tls}"}
    config.write_text(json.dumps([proxy | {"enabled": True}]), encoding="utf-8")
    command = [program, "-host", "127.0.0.1", "-port", str(control), "-config", str(config)]
    process = start(stack, "toxiproxy", command, folder)
    until_answers(port, process)
    version = said([program, "-version"], r"([\d.]+\d)", "Toxiproxy")
    return Peer(version=version, process=process, ways=[_tls(TOXIPROXY, port, origin)])


def _proxy_py(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peer:
    program = INSTALLED / "venv" / "bin" / "proxy"
    if not program.exists():
        raise Absent("`make bench-peers` installs it")
    (port,) = free_ports(1)
    command = [str(program), "--hostname", "127.0.0.1", "--port", str(port), "--log-level", "ERROR"]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--data-dir", str(folder / "proxy.py")]
    process = start(stack, "proxy.py", command, folder)
    until_answers(port, process)
    version = said([str(program), "--version"], r"v?([\d.]+\d)", "proxy.py")
    return Peer(version=version, process=process, ways=[_forward(PROXY_PY, port, origin)])


def _mockttp(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peer:
    node = _needs("node", "apt-get install nodejs")
    version = _package("mockttp")
    (port,) = free_ports(1)
    modules = f"NODE_PATH={INSTALLED / 'node_modules'}"
    command = ["env", modules, node, str(HERE / "peers" / "mockttp.js"), str(port)]
    process = start(stack, "mockttp", command, folder)
    until_answers(port, process)
    return Peer(
        version=version, process=process, ways=[_forward(MOCKTTP, port, origin)], is_slow_to_warm=True
    )


def _wiremock(stack: contextlib.ExitStack, folder: Path, origin: Origin) -> Peer:
    java = _needs("java", "apt-get install default-jre-headless")
    version = _package("wiremock")
    jars = sorted((INSTALLED / "node_modules" / "wiremock" / "build").glob("wiremock-standalone-*.jar"))
    if not jars:
        raise Absent("its package has no jar")
    (port,) = free_ports(1)
    root = folder / "wiremock"
    root.mkdir()
    command = [java, "-jar", str(jars[0]), "--bind-address", "127.0.0.1", "--port", str(port)]
    command += ["--root-dir", str(root), "--proxy-all", f"http://127.0.0.1:{origin.plain}"]
    command += ["--no-request-journal", "--disable-banner"]
    process = start(stack, "wiremock", command, folder)
    until_answers(port, process)
    return Peer(
        version=version, process=process, ways=[_reverse(WIREMOCK, port, origin)], is_slow_to_warm=True
    )


_PEERS: dict[str, Callable[[contextlib.ExitStack, Path, Origin], Peer]] = {
    HAPROXY: _haproxy,
    TOXIPROXY: _toxiproxy,
    PROXY_PY: _proxy_py,
    MOCKTTP: _mockttp,
    WIREMOCK: _wiremock,
}


def _needs(program: str, hint: str) -> str:
    path = os.environ.get("PATH", os.defpath)
    found = shutil.which(program, path=f"{path}:/usr/sbin")
    if found is None:
        raise Absent(f"no `{program}` ({hint})")
    return found


def _package(name: str) -> str:
    """Return the version of an npm package."""
    file = INSTALLED / "node_modules" / name / "package.json"
    if not file.exists():
        raise Absent("`make bench-peers` installs it")
    return f"{name} {json.loads(file.read_text(encoding='utf-8'))['version']}"


def _tls(name: str, port: int, origin: Origin) -> Way:
    return Way(name=name, port=port, origin=f"{HOST}:{origin.tls}", is_tls=True)


def _reverse(name: str, port: int, origin: Origin) -> Way:
    return Way(name=name, port=port, origin=f"127.0.0.1:{origin.plain}")


def _forward(name: str, port: int, origin: Origin) -> Way:
    return Way(name=name, port=port, origin=f"127.0.0.1:{origin.plain}", is_proxied=True)
