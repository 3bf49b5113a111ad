"""Measures what chaoskit costs, beside a direct connection and other proxies, and writes bench/README.md.

``python bench/bench_proxy.py [--rounds 5] [--print] [--soak]``. Loopback only; some eight minutes. Every
number is a median over rounds that go through all ways in turn, so that a busy neighbour meets all of them.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import bench_decide
import psutil
from bench_targets import elsewhere, targets
from process import Broken
from publish import machine, today, write
from rounds import one_round, warm
from stage import check, start_all
from tables import Results, tables, targets_table

NEEDED = {"nginx": "nginx-light", "wrk": "wrk"}
README = Path(__file__).parent / "README.md"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Measure what the proxy costs, and write it to bench/README.md."
    )
    parser.add_argument("--rounds", type=int, default=5, help="at least 3 (default 5)")
    parser.add_argument("--print", action="store_true", help="leave bench/README.md alone")
    parser.add_argument("--soak", action="store_true", help="also the soak, which takes long")
    options = parser.parse_args(arguments)
    if options.rounds < 3:
        parser.error(f"expected at least 3 rounds, got {options.rounds}: fewer have no spread")
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        print(
            f"the bench needs {' and '.join(missing)}: apt-get install {' '.join(missing)}", file=sys.stderr
        )
        return 2
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each start would compile all that it imports
    for number in (signal.SIGINT, signal.SIGTERM):  # set anew: a shell's background has SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        text = measure(options.rounds, is_soaked=options.soak)
    except (Broken, ConnectionError, TimeoutError) as problem:
        print(f"the bench cannot go on: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    print(text)
    if not options.print:
        write(README, text)
    return 0


def measure(rounds: int, *, is_soaked: bool) -> str:
    """Start everything, go through all rounds, end everything, and return the tables."""
    began, load, busy, own = time.monotonic(), os.getloadavg(), _busy(), _own()
    results = Results(list)
    decisions = bench_decide.rows()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaoskit-bench-")))
        _say("starting everything")
        stage = start_all(stack, folder)
        check(stage)
        warm(stage)
        for number in range(rounds):
            _say(f"round {number + 1} of {rounds}")
            one_round(stage, number, results)
    peers = stage.peers
    more = elsewhere(rounds, is_soaked=is_soaked, say=_say)
    seconds = time.monotonic() - began
    others = max(0.0, (_busy() - busy) - (_own() - own)) / seconds
    versions = [each.version for each in peers.here.values()]
    head = (
        f"Measured {today()} on {machine(versions)}. {rounds} rounds, {seconds:.0f} s in all. Load average "
        f"before: {load[0]:.2f}; meanwhile, other processes used {others:.2f} of {os.cpu_count()} cores."
    )
    found = targets_table([*targets(results, peers.absent), *more])
    return "\n\n".join([head, *found, *tables(results, peers.absent, decisions)])


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def _own() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)


if __name__ == "__main__":
    sys.exit(main())
