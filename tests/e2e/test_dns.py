"""The proxy's own resolver, asked by dig and by raw sockets."""

import contextlib
import shutil
import socket
import struct
import subprocess
import time

import pytest

from resolver import Resolver

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(shutil.which("dig") is None, reason="dig is missing (apt-get install dnsutils)"),
]
HOST = "api.pay.example"


@pytest.fixture
def upstream():
    with Resolver() as resolver:
        yield resolver


@pytest.fixture
def serve(kit, upstream):
    """Start a worker whose resolver asks ``upstream``, and arm it."""

    def start(fault=None, more="", share="", upstream=upstream):
        inject = f"[{{id: i, provider: pay, fault: {fault}, during: fault{share}}}]" if fault else "[]"
        dns = f", dns: {{listen: '127.0.0.1:0', upstream: '127.0.0.1:{upstream.port}'{more}}}"
        proxy = kit.start(kit.config(1, inject, proxy=dns)).ready()
        proxy.arm()
        return proxy

    return start


def dig(proxy, *args, timeout=3) -> str:
    command = ["dig", "@127.0.0.1", "-p", str(proxy.dns), "+tries=1", f"+time={timeout}", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20).stdout


def short(proxy, *args) -> list[str]:
    return dig(proxy, "+short", *args).splitlines()


def question(host=HOST, kind=1, number=7, flags=0x0100) -> bytes:
    name = b"".join(bytes([len(each)]) + each.encode() for each in host.split(".")) + b"\0"
    return struct.pack("!HHHHHH", number, flags, 1, 0, 0, 0) + name + struct.pack("!HH", kind, 1)


def by_udp(proxy, packet, timeout=3.0) -> bytes | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect(("127.0.0.1", proxy.dns))
        sock.send(packet)
        try:
            return sock.recv(65535)
        except TimeoutError:
            return None


def stream(proxy, *packets) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", proxy.dns), 5)
    sock.sendall(b"".join(struct.pack("!H", len(each)) + each for each in packets))
    return sock


def by_tcp(proxy, packet) -> bytes:
    with stream(proxy, packet) as sock, sock.makefile("rb") as answers:
        (length,) = struct.unpack("!H", answers.read(2))
        return answers.read(length)


FOREIGN = [
    pytest.param(question("www.Other.example"), id="another host, its case kept"),
    pytest.param(question("xn--nxasmq6b.example", number=65535), id="an international name"),
    pytest.param(question(HOST, flags=0x2000), id="a NOTIFY is no question"),
    pytest.param(struct.pack("!HHHHHH", 9, 0x0100, 1, 0, 0, 0) + b"\4\xff\xfe.b\0\0\1\0\1", id="no text"),
]


@pytest.mark.parametrize("packet", FOREIGN)
@pytest.mark.parametrize("over", ["udp", "tcp"])
def test_what_is_about_no_provider_passes_both_ways_byte_for_byte(kit, serve, packet, over):
    told = packet[:2] + bytes(range(256)) * (1 if over == "udp" else 8)
    with Resolver(lambda _: told) as upstream:
        proxy = serve("dns_error", upstream=upstream)
        assert (by_udp if over == "udp" else by_tcp)(proxy, packet) == told
        assert upstream.packets == [(over, packet)]
    assert proxy.lines() == []


def test_a_provider_is_forwarded_too_as_long_as_nothing_is_wrong_with_it(serve, upstream):
    proxy = serve()
    assert short(proxy, HOST, "A") == ["192.0.2.1"]
    proxy.settled(lambda told: told["questions"] == told["resolved"] == {"pay": 1})
    assert proxy.latest["seen"] == proxy.latest["reached"] == {}
    (line,) = proxy.lines()
    assert (line["call"], line["question"], line["host"]) == (False, "A", HOST)
    assert (line["eligible"], line["hits"]) == ([], [])


def test_capture_gives_the_proxys_address_and_no_way_around_it(serve, upstream):
    proxy = serve(more=", answer: 127.0.0.1")
    assert short(proxy, HOST, "A") == ["127.0.0.1"]
    for kind in ("AAAA", "HTTPS", "SVCB", "ANY"):
        answer = dig(proxy, HOST, kind, "+notcp")
        assert "status: NOERROR" in answer
        assert "ANSWER: 0" in answer
    assert "ANSWER: 0" in dig(proxy, f"_8443._https.{HOST}", "HTTPS")
    assert short(proxy, "www.other.example", "AAAA") == ["2001:db8::1"]
    assert len(upstream.packets) == 1
    dig(proxy, HOST, "TXT")
    assert len(upstream.packets) == 2


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("nxdomain", "NXDOMAIN"),
        ("nodata", "NOERROR"),
        ("servfail", "SERVFAIL"),
        ("refused", "REFUSED"),
        ("formerr", "FORMERR"),
    ],
)
def test_an_error_is_what_the_file_says(serve, upstream, code, status, over):
    proxy = serve(f"{{dns_error: {{code: {code}}}}}", more=", answer: 127.0.0.1")
    answer = dig(proxy, "API.Pay.example", "A", over)
    assert f"status: {status}" in answer
    assert "ANSWER: 0, AUTHORITY: 0" in answer
    assert "API.Pay.example." in answer  # the case of the name comes back: some resolvers check it
    assert short(proxy, "www.other.example") == ["192.0.2.1"]
    proxy.settled(lambda told: told["hits"] == {"i": 1})
    (line,) = proxy.lines()
    assert (line["eligible"], line["drawn"], line["hits"]) == (["i"], ["i"], [["i", "resolve"]])


def test_a_negative_ttl_is_in_the_soa_of_the_parent(serve):
    proxy = serve("{dns_error: {negative_ttl: 10m}}")
    answer = dig(proxy, HOST, "+noall", "+authority", "+comments")
    assert "status: NXDOMAIN" in answer
    (soa,) = [line.split() for line in answer.splitlines() if "SOA" in line]
    assert (soa[0], soa[1], soa[-1]) == ("pay.example.", "600", "600")


def test_silence_by_udp_keeps_nothing_and_ends_with_the_faults(serve):
    proxy = serve("dns_timeout")
    assert by_udp(proxy, question(), 0.3) is None
    assert proxy.inspect()["questions"] == 0
    proxy.settled(lambda told: told["hits"] == {"i": 1})
    proxy.tell({"lift": True})
    proxy.expect("ack")
    assert by_udp(proxy, question()) is not None


def test_silence_by_tcp_holds_the_connection_until_faults_are_lifted(serve):
    proxy = serve("dns_timeout")
    with stream(proxy, question(), question("www.other.example", number=8)) as sock:
        assert sock.recv(65535)[2:4] == b"\0\x08"  # the other question is not held up
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        assert proxy.inspect()["questions"] == 1
        proxy.tell({"lift": True})
        assert sock.recv(1) == b""
    proxy.expect("ack")
    assert proxy.inspect()["questions"] == 0


def test_a_client_that_leaves_is_not_waited_for(serve):
    proxy = serve("{dns_delay: {time: 25s}}")
    with stream(proxy, question()):
        proxy.settled(lambda told: told["hits"] == {"i": 1})
    end = time.monotonic() + 5
    while proxy.inspect()["questions"]:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("over", ["+notcp", "+tcp"])
def test_a_delay_is_waited_for_once_and_recorded(serve, over):
    proxy = serve("{dns_delay: {time: 300ms}}")
    began = time.monotonic()
    assert short(proxy, HOST, over) == ["192.0.2.1"]
    assert time.monotonic() - began >= 0.3
    (line,) = proxy.lines()
    assert (line["asked"], line["hits"]) == (0.3, [["i", "wait"]])
    assert line["waited"] >= 0.299


def test_a_lift_answers_what_is_delayed_at_once(serve):
    proxy = serve("{dns_delay: {time: 25s}}")
    with stream(proxy, question()) as sock:
        proxy.settled(lambda told: told["hits"] == {"i": 1})
        proxy.tell({"lift": True})
        assert len(sock.recv(65535)) > 2


@pytest.mark.parametrize("fault", ["dns_wrong_answer", "dns_stale_answer"])
def test_other_addresses_with_their_ttl_and_none_of_the_other_family(serve, upstream, fault):
    proxy = serve(f"{{{fault}: {{addresses: [198.51.100.9, 198.51.100.7], ttl: 2h}}}}")
    answer = dig(proxy, HOST, "+noall", "+answer").splitlines()
    assert [line.split()[1:] for line in answer] == [
        ["7200", "IN", "A", "198.51.100.9"],
        ["7200", "IN", "A", "198.51.100.7"],
    ]
    for kind in ("AAAA", "HTTPS"):
        assert "ANSWER: 0" in dig(proxy, HOST, kind)
    assert upstream.packets == []
    dig(proxy, HOST, "MX")
    assert len(upstream.packets) == 1


def test_an_answer_too_large_for_udp_is_asked_for_again_by_tcp(serve):
    addresses = [f"198.51.100.{n}" for n in range(1, 101)]
    proxy = serve(f"{{dns_wrong_answer: {{addresses: [{', '.join(addresses)}]}}}}")
    answer = dig(proxy, HOST, "+noall", "+answer", "+comments")
    assert "Truncated, retrying in TCP mode" in answer
    assert [line.split()[-1] for line in answer.splitlines() if "IN" in line.split()] == addresses
    assert "flags: qr tc" in dig(proxy, HOST, "+noedns", "+ignore")
    hits = [line["hits"] for line in proxy.lines()]
    assert hits == [[["i", "resolve"]]] * 3


def test_a_family_is_lost_and_the_other_works(serve):
    proxy = serve("{dns_family: {lose: ipv6}}")
    assert short(proxy, HOST, "A") == ["192.0.2.1"]
    assert short(proxy, HOST, "AAAA") == []
    proxy.settled(lambda told: told["hits"] == {"i": 1} and told["questions"] == {"pay": 2})


def test_a_share_is_drawn_for_each_question(serve):
    proxy = serve("dns_error", share=", share: 50% of queries")
    codes = [by_udp(proxy, question(number=n))[3] & 15 for n in range(60)]
    assert set(codes) == {0, 3}
    lines = proxy.lines()
    assert [bool(line["drawn"]) for line in lines] == [code == 3 for code in codes]
    assert all(line["eligible"] == ["i"] for line in lines)


def test_the_upstreams_silence_is_silence_and_costs_a_bounded_number_of_files(kit, serve):
    with Resolver(lambda _: None) as upstream:
        proxy = serve(upstream=upstream)
        before = proxy.inspect()["fds"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("127.0.0.1", proxy.dns))
            for _ in range(300):
                sock.send(question())  # the same id each time: none may be taken for another's answer
            assert by_udp(proxy, question("www.other.example"), 0.3) is None
        held = proxy.inspect()
    assert held["fds"] <= before + 64
    assert held["questions"] <= 64
    began = time.monotonic()
    assert proxy.stop() == 0
    assert time.monotonic() - began < 4


def test_packets_that_are_no_questions_do_no_harm(serve, upstream):
    proxy = serve("dns_error")
    whole = question()
    bad = [whole[:n] for n in range(len(whole))] + [
        b"\0" * 12,
        b"\xff" * 40,
        whole[:12] + b"\xc0\x0c\0\1\0\1",
    ]
    for each in bad:
        if each:
            by_udp(proxy, each, 0.01)
    assert by_udp(proxy, whole[:14])[3] & 15 == 1  # FORMERR
    two = whole[:5] + b"\2" + whole[6:] + whole[12:]
    assert by_tcp(proxy, two)[3] & 15 == 1
    with stream(proxy, b"\x80" * 20) as sock:  # an answer, not a question
        assert sock.recv(1) == b""
    assert by_udp(proxy, whole)[3] & 15 == 3


def test_it_never_asks_itself(kit, free_port):
    dns = f", dns: {{listen: '127.0.0.1:{free_port}', upstream: 'localhost:{free_port}'}}"
    proxy = kit.start(kit.config(1, proxy=dns))
    assert "is proxy.dns itself" in proxy.expect("failed")


def test_a_port_that_is_taken_is_told(kit, upstream):
    proxy = kit.start(kit.config(1, proxy=f", dns: '127.0.0.1:{upstream.port}'"))
    assert "in use" in proxy.expect("failed")


def test_two_workers_share_the_port_for_udp_and_tcp(kit, upstream):
    dns = f", dns: {{listen: '127.0.0.1:0', upstream: '127.0.0.1:{upstream.port}'}}"
    inject = "[{id: i, provider: pay, fault: dns_error, during: fault}]"
    config = kit.config(1, inject, proxy=dns, workers=2)
    first = kit.start(config).ready()
    more = {"worker": 1, "listen": first.address, "dns": f"127.0.0.1:{first.dns}"}
    second = kit.start(config | more).ready()
    assert second.dns == first.dns
    for proxy in (first, second):
        proxy.arm()
    for n in range(30):
        assert by_udp(first, question(number=n))[3] & 15 == 3
        assert by_tcp(first, question(number=n))[3] & 15 == 3
    for proxy in (first, second):
        proxy.settled(lambda told: told["hits"].get("i", 0) > 0)
    second.stop()
    assert len(first.lines()) == 60


def test_a_blackhole_that_begins_meanwhile_leaves_a_pending_question_alone(kit, upstream):
    inject = (
        "[{id: late, provider: pay, fault: {dns_delay: {time: 1200ms}}, during: fault},"
        " {id: dark, provider: pay, fault: {blackhole: {at: connect}},"
        " during: {from: fault + 600ms, for: 9s}}]"
    )
    dns = f", dns: {{listen: '127.0.0.1:0', upstream: '127.0.0.1:{upstream.port}'}}"
    proxy = kit.start(kit.config(1, inject, proxy=dns)).ready()
    proxy.arm()
    assert by_udp(proxy, question())[3] & 15 == 0
    (line,) = proxy.lines()
    assert line["hits"] == [["late", "wait"]]


def test_only_so_many_tcp_connections_are_taken_and_each_that_ends_makes_room(serve):
    proxy = serve()
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(stream(proxy)) for _ in range(256)]
        many[-1].sendall(b"\0")  # the last one is in
        end = time.monotonic() + 10
        while proxy.inspect()["fds"] < 256:
            assert time.monotonic() < end
            time.sleep(0.05)
        with stream(proxy) as one_more:
            one_more.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert one_more.recv(1) == b""
    end = time.monotonic() + 10
    while proxy.inspect()["fds"] > 100:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert by_tcp(proxy, question())[3] & 15 == 0
