"""Measures what the proxy costs, beside a direct connection and bare mitmproxy, and writes bench/README.md.

``python bench/bench_proxy.py [--rounds 5] [--print]``. Loopback only; about three minutes. Every number is a
median over rounds that go through all ways in turn, so that a busy neighbour meets all of them.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import bench_decide
import psutil
from client import Way, certificate
from measures import connects, delayed, flood, paced, reaction
from publish import machine, today, write
from servers import HOST, Broken, Mitmdump, Origin, Worker, delay, experiment, quiet
from tables import BARE, DIRECT, MITM, SPLICE, Results, tables

from chaoskit.run.child import Child

NEEDED = {"nginx": "nginx-light", "wrk": "wrk"}
README = Path(__file__).parent / "README.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything that is up. A way's process is the one whose CPU counts; direct has none."""

    folder: Path
    origin: Origin
    ways: Sequence[tuple[Way, Child | None]]  # with a client that speaks to the proxy
    floods: Sequence[tuple[Way, Child | None]]  # the same for wrk, which knows no CONNECT
    delays: Sequence[Way]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Measure what the proxy costs, and write it to bench/README.md."
    )
    parser.add_argument("--rounds", type=int, default=5, help="at least 3 (default 5)")
    parser.add_argument("--print", action="store_true", help="leave bench/README.md alone")
    options = parser.parse_args(arguments)
    if options.rounds < 3:
        parser.error(f"expected at least 3 rounds, got {options.rounds}: fewer have no spread")
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        print(
            f"the bench needs {' and '.join(missing)}: apt-get install {' '.join(missing)}", file=sys.stderr
        )
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):  # set anew: a shell's background has SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        text = measure(options.rounds)
    except Broken as problem:
        print(f"the bench cannot go on: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    print(text)
    if not options.print:
        write(README, text)
    return 0


def measure(rounds: int) -> str:
    """Start everything, go through all rounds, end everything, and return the tables."""
    began, load, busy, own = time.monotonic(), os.getloadavg(), _busy(), _own()
    results: Results = defaultdict(list)
    decisions = bench_decide.rows()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaoskit-bench-")))
        bench = _start(stack, folder)
        _check(bench)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            _round(bench, number, results)
    seconds = time.monotonic() - began
    others = max(0.0, (_busy() - busy) - (_own() - own)) / seconds
    head = (
        f"Measured {today()} on {machine()}. {rounds} rounds, {seconds:.0f} s in all. Load average before: "
        f"{load[0]:.2f}; meanwhile, other processes used {others:.2f} of {os.cpu_count()} cores."
    )
    return "\n\n".join([head, *tables(results, decisions)])


def _start(stack: ExitStack, folder: Path) -> Bench:
    origin = Origin(stack, folder)
    bare = Mitmdump(stack, folder, origin)
    spliced, seen, late = (
        Worker(stack, name, folder, *experiment(origin, injections))
        for name, injections in (
            ("splice", [quiet("plain")]),
            ("mitm", [quiet("plain"), quiet("secure")]),
            ("delay", [delay("plain", 0.1), delay("secure", 0.1)]),
        )
    )
    for worker in (spliced, seen, late):
        worker.arm(time.monotonic())
    secure, plain = f"{HOST}:{origin.tls}", f"{HOST}:{origin.plain}"

    def tls(name: str, port: int, *, is_proxied: bool = True) -> Way:
        return Way(name=name, port=port, origin=secure, is_proxied=is_proxied, is_tls=True)

    def clear(name: str, port: int, host: str, *, is_proxied: bool = True) -> Way:
        return Way(name=name, port=port, origin=host, is_proxied=is_proxied)

    in_clear: list[tuple[Way, Child | None]] = [
        (clear(DIRECT, origin.plain, plain, is_proxied=False), None),
        (clear(BARE, bare.port, plain), bare.child),
        (clear(MITM, seen.port, "plain.example"), seen.child),
    ]
    return Bench(
        folder=folder,
        origin=origin,
        ways=[
            *in_clear,
            (tls(DIRECT, origin.tls, is_proxied=False), None),
            (tls(BARE, bare.port), bare.child),
            (tls(SPLICE, spliced.port), spliced.child),
            (tls(MITM, seen.port), seen.child),
        ],
        floods=[
            *in_clear,
            (tls(DIRECT, origin.tls, is_proxied=False), None),
            (tls(BARE, bare.reverse, is_proxied=False), bare.child),
            (tls(SPLICE, spliced.port, is_proxied=False), spliced.child),
            (tls(MITM, seen.port, is_proxied=False), seen.child),
        ],
        delays=[clear(MITM, late.port, "plain.example"), tls(MITM, late.port)],
    )


def _check(bench: Bench) -> None:
    """Make sure that each way is what the tables call it: by the certificate that a client is shown."""
    mine = None
    for way, _ in (*bench.ways, *bench.floods):
        if not way.is_tls:
            continue
        shown = certificate(way)
        if way.name == DIRECT:
            mine = shown
        elif (shown == mine) != (way.name == SPLICE):
            raise Broken(f"{way.name} shows {'the' if shown == mine else 'not the'} origin's own certificate")


def _round(bench: Bench, number: int, results: Results) -> None:
    for way, proxy in _turned(bench.floods, number):
        results["flood", _key(way)].append(flood(way, bench.origin, proxy, 2))
    for way, _ in _turned(bench.ways, number):
        results["paced", _key(way)].append(paced(way, 1.2))
    for way, proxy in _turned([each for each in bench.ways if each[0].is_tls], number):
        results["fresh", _key(way)].append(connects(way, proxy, 0.7))
    for way in _turned(bench.delays, number):
        results["delay", _key(way)].append(delayed(way, 1.2))
    for name, is_busy in (("idle", False), ("busy", True)):
        results["reaction", name].append(
            reaction(f"{name}-{number}", bench.folder, bench.origin, is_busy=is_busy)
        )


def _turned[T](ways: Sequence[T], number: int) -> Sequence[T]:
    at = number % len(ways)
    return [*ways[at:], *ways[:at]]


def _key(way: Way) -> str:
    return f"{'HTTPS' if way.is_tls else 'HTTP'} {way.name}"


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def _own() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)


if __name__ == "__main__":
    sys.exit(main())
