"""A large body passes a worker; it is never in it."""

import shutil
import socket
import subprocess
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(
        shutil.which("curl") is None or not Path("/proc/self/status").exists(),
        reason="it needs curl, and Linux, which says what a process has held",
    ),
]
SIZE = 32_000_000
MOST = 20 * 1024 * 1024  # what waits for both sides at once, and what their sockets are given


OTHERS = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: fault, match: {path: /other}}]"
QUIET = "[{id: i, provider: pay, fault: {error: {status: 503}}, during: {from: fault + 500s, for: 1s}}]"


def peak(proxy) -> int:
    text = Path(f"/proc/{proxy.process.pid}/status").read_text()
    return int(dict(line.split(":", 1) for line in text.splitlines())["VmHWM"].split()[0]) * 1024


def curl(kit, proxy, *arguments, path, scheme="https"):
    url = f"{scheme}://{kit.host}{path}"
    command = ["curl", "-sSf", "-m", "50", "--noproxy", "", "-x", f"http://{proxy.address}"]
    command += [
        "--cacert",
        str(kit.own_ca),
        "-H",
        "Expect:",
        *arguments,
        "-w",
        "%{size_upload} %{size_download}",
    ]
    return subprocess.run([*command, url], capture_output=True, check=True, text=True).stdout


@pytest.mark.parametrize(
    ("spoken", "direction"),
    [
        ("plain", "up"),
        ("plain", "down"),
        ("http1.1", "up"),
        ("http1.1", "down"),
        pytest.param("http2", "up", marks=pytest.mark.broad),
        ("http2", "down"),
    ],
)
def test_a_large_body_is_never_in_memory(kit, spoken, direction):
    proxy = kit.worker(kit.origin(tls=spoken != "plain"), QUIET)
    proxy.arm()
    options = [] if spoken == "plain" else [f"--{spoken}"]
    scheme = "http" if spoken == "plain" else "https"
    assert curl(kit, proxy, *options, path="/status/200", scheme=scheme) == "status0 6"
    before = peak(proxy)
    if direction == "up":
        body = kit.folder / "body"
        with body.open("wb") as file:
            file.truncate(SIZE)
        said = curl(kit, proxy, *options, "-T", str(body), path="/status/200", scheme=scheme)
        assert said == f"status{SIZE} 6"
    else:
        said = curl(kit, proxy, *options, "-o", "/dev/null", path=f"/bytes/{SIZE}", scheme=scheme)
        assert said == f"0 {SIZE}"
    assert peak(proxy) - before < MOST
    assert [line["call"] for line in proxy.lines()] == [True, True]  # it was in the mitm lane


class Client:
    """HTTP/2 by hand: it gives a stream window only when it is told to."""

    def __init__(self, kit, proxy):
        sock = socket.create_connection(("127.0.0.1", proxy.port), 20)
        sock.sendall(f"CONNECT {kit.host}:443 HTTP/1.1\r\nHost: {kit.host}:443\r\n\r\n".encode())
        assert b" 200 " in sock.recv(4096)
        trust = kit.trust(proxy)
        trust.set_alpn_protocols(["h2"])
        self.sock = trust.wrap_socket(sock, server_hostname=kit.host)
        self.host = kit.host
        self.conn = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.conn.initiate_connection()
        self.conn.increment_flow_control_window(2**30)  # the connection's; each stream has its 65,535 bytes
        self.got: dict[int, int] = {}
        self.owed: dict[int, int] = {}
        self.ended: set[int] = set()

    def ask(self, path):
        stream = self.conn.get_next_available_stream_id()
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", self.host), (":path", path)]
        self.conn.send_headers(stream, fields, end_stream=True)
        self.sock.sendall(self.conn.data_to_send())
        self.got[stream] = self.owed[stream] = 0
        return stream

    def read(self, until, *, gives=()):
        while not until():
            for event in self.conn.receive_data(self.sock.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    self.got[event.stream_id] += len(event.data)
                    self.owed[event.stream_id] += event.flow_controlled_length
                elif isinstance(event, h2.events.StreamEnded):
                    self.ended.add(event.stream_id)
            self.give(*gives)

    def give(self, *streams):
        for each in streams:
            if self.owed[each] and each not in self.ended:
                self.conn.increment_flow_control_window(self.owed[each], each)
                self.owed[each] = 0
        self.sock.sendall(self.conn.data_to_send())


@pytest.mark.parametrize("provider_speaks", ["http1.1", pytest.param("http2", marks=pytest.mark.broad)])
def test_a_stream_without_window_holds_its_provider_up_and_not_its_neighbour(kit, provider_speaks):
    # with a fault that is on, nobody asks first what the provider speaks, and the client gets HTTP/2
    inject = QUIET if provider_speaks == "http2" else OTHERS
    proxy = kit.worker(kit.origin(h2=provider_speaks == "http2"), inject)
    proxy.arm()
    client = Client(kit, proxy)
    first = client.ask("/status/200")
    client.read(lambda: first in client.ended)
    before = peak(proxy)
    starved = client.ask(f"/bytes/{SIZE}")
    client.read(lambda: client.got[starved] == 65_535)
    for _ in range(20):
        beside = client.ask("/bytes/1000000")
        client.read(lambda beside=beside: beside in client.ended, gives=[beside])
    client.give(starved)
    client.read(lambda: starved in client.ended, gives=[starved])
    assert client.got[starved] == SIZE
    assert peak(proxy) - before < MOST
    client.sock.close()
    assert [line["call"] for line in proxy.lines()] == [True] * 22
