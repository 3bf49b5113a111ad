"""A rate is as high as was asked: of bytes, and of calls that are answered."""

import asyncio
import time

import pytest

from driving import Call, drive, provider, run

pytestmark = [pytest.mark.socket, pytest.mark.broad]
RATE, SECONDS = 200_000, 2.5  # bytes a second
WAYS = ("bandwidth-down", "bandwidth-up", "throttle-down", "throttle-up")


async def sink(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with so many bytes as the path says, or take an upload and say how long that took."""
    head = await reader.readuntil(b"\r\n\r\n")
    count = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
    body = bytes(count)
    if head.startswith(b"POST"):
        begin = time.monotonic()
        await reader.readexactly(count)
        body = f"{time.monotonic() - begin:.6f}".encode()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()


async def transfer(port: int, host: str, way: str, count: int) -> float:
    """Return the seconds between the head and the last byte of a body, where that arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    up, target = way.endswith("up"), f"http://{host}"
    if way.startswith("bandwidth"):
        # over plain HTTP it holds from the first call on, after what was read with that call's head
        writer.write(f"CONNECT {host}:80 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        target = ""
    method, length = ("POST", f"content-length: {count}\r\n") if up else ("GET", "")
    writer.write(f"{method} {target}/{count} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n".encode())
    if up:
        writer.write(bytes(count))
    await reader.readuntil(b"\r\n\r\n")
    begin = time.monotonic()
    body = await (reader.read(100) if up else reader.readexactly(count))
    writer.close()
    return float(body) if up else time.monotonic() - begin


def test_bytes_pass_at_the_rate_that_was_asked(kit, tell):
    """Two and a half seconds' worth of bytes, each way at the same time on a connection of its own.

    ``bandwidth`` through CONNECT, ``throttle`` on a plain call. Timed where they arrive, from the head to
    the last byte; through ``bandwidth`` the head comes with the first 50 ms of bytes, which are 2 %. A part
    that is late does not make the next one late too, so that a busy neighbour costs its own length once:
    5 % are 125 ms.
    """
    origin = kit.origin(tls=False, raw=sink)
    hosts = {way: f"{way}.example" for way in WAYS}
    providers = ", ".join(
        f"{way}: {{hosts: [{host}], resolve: '127.0.0.1:{origin.port}'}}" for way, host in hosts.items()
    )
    inject = ", ".join(
        f"{{id: {way}, provider: {way}, during: fault, "
        f"fault: {{{way.partition('-')[0]}: {{rate: {RATE}B/s, direction: {way.partition('-')[2]}}}}}}}"
        for way in WAYS
    )
    config = kit.config(origin.port, f"[{inject}]")
    config["text"] = config["text"].replace("providers: {", f"providers: {{{providers}, ")
    proxy = kit.start(config).ready()
    proxy.arm()
    count = int(RATE * SECONDS)

    async def all_ways() -> list[float]:
        return await asyncio.gather(*(transfer(proxy.port, hosts[way], way, count) for way in WAYS))

    times = run(origin, all_ways())
    for way, took in zip(WAYS, times, strict=True):
        rate = count / took
        tell(way.replace("-", ", "), f"{RATE / 1e3:g} kB/s", f"{rate / RATE - 1:+.1%}", "5 %")
        assert rate == pytest.approx(RATE, rel=0.05), (way, took)


LIMIT, OFFERED, LONG = 50, 120, 10.0  # calls a second that are let through, that are made, and seconds
LIMITS = {
    "capacity": f"{{capacity: {{rate: {LIMIT}/s}}}}",
    "fixed": f"{{rate_limit: {{limit: {LIMIT}, window: 1s}}}}",
    "token_bucket": f"{{rate_limit: {{limit: {LIMIT}, window: 1s, algorithm: token_bucket}}}}",
    "sliding": f"{{rate_limit: {{limit: {LIMIT}, window: 1s, algorithm: sliding}}}}",
}


@pytest.fixture
def passed(kit):
    """Return when the calls that a limit let through were made, by limit, and how many were turned away."""
    inject = ", ".join(
        f"{{id: {name}, provider: pay, fault: {fault}, during: fault, match: {{path: /{name}}}}}"
        for name, fault in LIMITS.items()
    )
    origin = provider(kit)
    proxy = kit.worker(origin, f"[{inject}]")
    start = proxy.arm() + 0.2
    count = int(OFFERED * (LONG + 1))
    calls = [Call(path=f"/{name}", due=start + n / OFFERED) for n in range(count) for name in LIMITS]
    done = sorted(run(origin, drive(proxy, calls, 24)), key=lambda each: each.sent)
    proxy.stop()
    found = {
        name: [each.sent for each in done if each.call.path == f"/{name}" and each.status == 200]
        for name in LIMITS
    }
    for name, times in found.items():
        struck = sum(each.call.path == f"/{name}" and each.status in (429, 503) for each in done)
        assert struck + len(times) == count
        assert proxy.latest["hits"][name] == struck
    return found


def steady(times: list[float]) -> float:
    """Return calls a second, once what was saved up at the start is spent."""
    begin = times[0] + 1.0
    return sum(begin <= each < begin + LONG - 1.0 for each in times) / (LONG - 1.0)


def test_calls_pass_at_the_rate_that_was_asked(passed, tell):
    """2.4 times as many are offered as may pass, for ten seconds, of each limit at the same time.

    - ``capacity`` and ``token_bucket`` let calls through as they become due: their rate, after the first
      second, is within 2 %.
    - ``fixed`` lets the whole limit through and then none until the window is over. Exactly the limit in
      each, and windows as long as was asked within 2 %, plus the gap to the call that begins the next.
    - ``sliding`` lets no stretch of a window's length have more. Counted in hundredths, it forgets a call
      after 101 of them at the latest: within 2 %, plus the gap to the call that takes its place.
    """
    for name in ("capacity", "token_bucket"):
        rate = steady(passed[name])
        tell(name, f"{LIMIT}/s", f"{rate / LIMIT - 1:+.1%}", "2 %")
        assert rate == pytest.approx(LIMIT, rel=0.02), name

    times = passed["fixed"]
    begins = times[::LIMIT]
    for n, begin in enumerate(begins[:-1]):
        assert times[n * LIMIT + LIMIT - 1] - begin < 0.9  # all of one window, and none of the next
    length = (begins[-1] - begins[0]) / (len(begins) - 1) - 0.5 / OFFERED
    tell("rate_limit, fixed", f"{LIMIT} in 1 s", f"{1 / length - 1:+.1%}", "2 %")
    assert length == pytest.approx(1.0, rel=0.02)

    times = passed["sliding"]
    most = max(sum(begin <= each < begin + 0.98 for each in times) for begin in times)
    length = LIMIT / steady(times) - 0.5 / OFFERED
    tell(
        "rate_limit, sliding",
        f"at most {LIMIT} in 1 s, {LIMIT}/s",
        f"{most}, {length - 1:+.1%}",
        f"{LIMIT}, 2 %",
    )
    assert most <= LIMIT
    assert length == pytest.approx(1.0, rel=0.02)
