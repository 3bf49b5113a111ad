"""Everything that one run of the bench measures: started once, and proved to be what the tables call it."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from client import Way, ask, certificate
from first_byte import Streams
from measures import CONNECTIONS
from process import Broken, Process
from rivals import HAPROXY, MOCKTTP, PROXY_PY, TOXIPROXY, WIREMOCK, Peers, start_peers
from servers import HOST, STREAM, Mitmdump, Origin, Worker, delay, experiment, on, quiet
from tables import ARMED, BARE, DIRECT, HUNDRED, IGNORED, MITM, ONE, SPLICE, TWO

MANY = 64
"""Connections for two workers: with fewer the kernel shares them out too unevenly."""

L4 = (
    "latency: {time: 50ms}",
    "bandwidth: {rate: 100kB/s}",
    "connect_delay: {time: 50ms}",
)
"""What is on for another provider whose bytes take the same lane."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """A way that wrk floods. The CPU of ``processes`` counts; direct has none."""

    way: Way
    processes: tuple[Process, ...] = ()
    connections: int = CONNECTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that is up, and the ways through it in the order in which a round takes them.

    What a target compares stands side by side, and closely compared ways stand there twice, there and back:
    so a drift of the machine meets both alike.
    """

    folder: Path
    origin: Origin
    peers: Peers
    floods: Sequence[Flooded]
    paced: Sequence[Way]
    fresh: Sequence[Flooded]
    delays: Sequence[Way]
    streams: tuple[Way, Way]


def start_all(stack: ExitStack, folder: Path) -> Stage:
    """Start everything."""
    origin = Origin(stack, folder)
    peers = start_peers(stack, folder, origin)
    bare = Mitmdump(stack, folder, origin, is_reverse=True)
    ignoring = Mitmdump(stack, folder, origin, name="ignoring", options=["--ignore-hosts", ".*"])
    streams = Streams(stack, origin)
    others = [
        *(on("other", f"other-{number}", "error: {status: 503}") for number in range(50)),
        *(
            on("plain", f"path-{number}", "error: {status: 503}", path=f"/v{number}/*")
            for number in range(50)
        ),
    ]
    injections = {
        "splice": [quiet("plain")],
        "mitm": [quiet("plain"), quiet("secure")],
        "armed": [quiet("plain"), *(on("other", f"l4-{n}", fault) for n, fault in enumerate(L4))],
        "hundred": [quiet("plain"), *others],
        "delay": [delay("plain", 0.1), delay("secure", 0.1)],
        "stream": [on("stream", "elsewhere", "missing_end: {}", path="/elsewhere")],
    }
    workers = {
        name: Worker(stack, name, folder, experiment(origin, each, streams.port))
        for name, each in injections.items()
    }
    both = Worker(stack, "both", folder, experiment(origin, [quiet("plain")]), workers=2)
    for worker in (*workers.values(), both):
        worker.arm(time.monotonic())

    plain, secure = f"{HOST}:{origin.plain}", f"{HOST}:{origin.tls}"
    seen, spliced, late = workers["mitm"], workers["splice"], workers["delay"]

    def clear(name: str, port: int, host: str = "plain.example", *, is_proxied: bool = True) -> Way:
        return Way(name=name, port=port, origin=host, is_proxied=is_proxied)

    def tls(name: str, port: int, *, is_proxied: bool = True) -> Way:
        return Way(name=name, port=port, origin=secure, is_proxied=is_proxied, is_tls=True)

    def peer(name: str, *, is_tls: bool = False) -> list[Flooded]:
        return [Flooded(way, (process,)) for way, process in peers.ways(name, is_tls=is_tls)]

    direct = Flooded(clear(DIRECT, origin.plain, plain, is_proxied=False))
    bare_http = Flooded(clear(BARE, bare.port, plain), (bare.child,))
    mitm = Flooded(clear(MITM, seen.port), (seen.child,))
    hundred = Flooded(clear(HUNDRED, workers["hundred"].port), (workers["hundred"].child,))
    direct_tls = Flooded(tls(DIRECT, origin.tls, is_proxied=False))
    splice = Flooded(tls(SPLICE, spliced.port, is_proxied=False), (spliced.child,))
    armed = Flooded(tls(ARMED, workers["armed"].port, is_proxied=False), (workers["armed"].child,))
    passing = [*peer(HAPROXY, is_tls=True), splice, armed]
    streamed = f"{STREAM}:{streams.port}"
    return Stage(
        folder=folder,
        origin=origin,
        peers=peers,
        floods=[
            direct,
            *peer(HAPROXY),
            *(mitm, hundred, bare_http, hundred, mitm),
            *(*peer(PROXY_PY), *peer(MOCKTTP), *peer(WIREMOCK)),
            Flooded(clear(ONE, seen.port), (seen.child,), MANY),
            Flooded(clear(TWO, both.port), (both.child,), MANY),
            direct_tls,
            *(*passing, *peer(TOXIPROXY, is_tls=True), *reversed(passing)),
            Flooded(tls(BARE, bare.reverse, is_proxied=False), (bare.child,)),
            Flooded(tls(MITM, seen.port, is_proxied=False), (seen.child,)),
        ],
        paced=[
            *(direct.way, bare_http.way, mitm.way, direct_tls.way),
            *(tls(BARE, bare.port), tls(SPLICE, spliced.port), tls(MITM, seen.port)),
        ],
        fresh=[
            direct_tls,
            Flooded(tls(BARE, bare.port), (bare.child,)),
            Flooded(tls(IGNORED, ignoring.port), (ignoring.child,)),
            Flooded(tls(SPLICE, spliced.port), (spliced.child,)),
            Flooded(tls(MITM, seen.port), (seen.child,)),
        ],
        delays=[clear(MITM, late.port), tls(MITM, late.port)],
        streams=(
            Way(name="direct stream", port=streams.port, origin=streamed, is_tls=True),
            Way(name="stream", port=workers["stream"].port, origin=streamed, is_proxied=True, is_tls=True),
        ),
    )


def check(stage: Stage) -> None:
    """Make sure that each way is what the tables call it. Raises Broken.

    Each answer is the origin's and was made by it; and the certificate that a client is shown tells whether
    TLS was opened on the way.
    """
    passing = {DIRECT, SPLICE, ARMED, IGNORED, TOXIPROXY, f"{HAPROXY}, TCP mode"}
    ways = [*(each.way for each in (*stage.floods, *stage.fresh)), *stage.paced]
    _, expected = ask(ways[0])
    origins = [certificate(way) for way in ways if way.is_tls and way.name == DIRECT]
    for way in ways:
        before = stage.origin.requests
        status, body = ask(way)
        made = stage.origin.requests - before - 1
        if (status, body, made) != (200, expected, 1):
            raise Broken(f"{way.name}: status {status}, {body[:80]!r}; the origin made {made} answers")
        if way.is_tls and (certificate(way) == origins[0]) != (way.name in passing):
            of = "not the origin's" if way.name in passing else "the origin's own"
            raise Broken(f"{way.name} shows a certificate that is {of}")
    direct, through = (certificate(way) for way in stage.streams)
    if direct == through:
        raise Broken("the stream's calls are not seen by the proxy")
