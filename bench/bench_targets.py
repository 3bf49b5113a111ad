"""What was asked of chaoskit's speed, out of what one run measured: ratios of a round, then their median.

The reason for a target that is missed stands beside it here; the table prints it only when it is missed.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from measures import DELAYED_CONNECTIONS
from publish import cell
from rivals import HAPROXY, TOXIPROXY
from tables import ARMED, BARE, DIRECT, HUNDRED, IGNORED, MITM, ONE, SPLICE, TWO, Results
from target import Target

ELSEWHERE = ("bench_start", "bench_judge", "bench_memory")
"""Modules beside this one with targets of their own: ``measure(rounds) -> list[Target]``."""

SOAK = "bench_soak"
"""The same, but it takes too long for every run."""

TCP, TOXIC = f"HTTPS {HAPROXY}, TCP mode", f"HTTPS {TOXIPROXY}"


def targets(results: Results, absent: Mapping[str, str]) -> Iterator[Target]:
    """Yield what is measured in the rounds of ``bench_proxy``. ``absent``: why a peer was not measured."""
    alone = cell([_value(each, "rate") for each in results["flood", f"HTTP {DIRECT}"]], 0)
    for each in _targets(results, absent):
        yield replace(each, why=each.why or f"no cause is known; direct calls alone made {alone} a second")


def _targets(results: Results, absent: Mapping[str, str]) -> Iterator[Target]:
    def cpu(ours: str, theirs: str, kind: str = "flood") -> list[float]:
        return _ratios(results, kind, ours, theirs, "cpu")

    yield Target(
        what="untouched traffic, CPU per request, against haproxy's",
        limit=1.1,
        unit="x",
        values=cpu(f"HTTPS {SPLICE}", TCP),
        why=absent.get(HAPROXY)
        or "to read and write a piece takes longer in CPython than in C (see below: where the rest is)",
    )
    yield Target(
        what="untouched traffic, CPU per request, against Toxiproxy's",
        limit=1.0,
        unit="x",
        values=cpu(f"HTTPS {SPLICE}", TOXIC),
        why=absent.get(TOXIPROXY, ""),
    )
    yield Target(
        what="the same lane, while L4 faults are on for others, against untouched",
        limit=1.3,
        unit="x",
        values=cpu(f"HTTPS {ARMED}", f"HTTPS {SPLICE}"),
    )
    yield Target(
        what="calls that are seen, HTTP keep-alive, CPU per request, against stock mitmproxy's",
        limit=0.32,
        unit="x",
        values=cpu(f"HTTP {MITM}", f"HTTP {BARE}"),
    )
    yield Target(
        what="calls that are seen, over TLS, keep-alive, CPU per request, against stock mitmproxy's",
        limit=0.36,
        unit="x",
        values=cpu(f"HTTPS {MITM}", f"HTTPS {BARE}"),
    )
    yield Target(
        what="a new untouched CONNECT connection, CPU, against mitmproxy's passthrough",
        limit=0.2,
        unit="x",
        values=cpu(f"HTTPS {SPLICE}", f"HTTPS {IGNORED}", "fresh"),
    )
    yield Target(
        what="100 injections that are on and do not match, CPU per request, against none",
        limit=1.05,
        unit="x",
        values=cpu(f"HTTP {HUNDRED}", f"HTTP {MITM}"),
    )
    yield Target(
        what="two workers on two cores, requests/s, against one",
        limit=1.7,
        unit="x",
        values=_ratios(results, "flood", f"HTTP {TWO}", f"HTTP {ONE}", "rate"),
        at_least=True,
    )
    yield Target(
        what="from starting it to the first answer through it, against mitmdump",
        limit=0.65,
        unit="x",
        values=_ratios(results, "start", MITM, BARE),
        why="nearly all of it is imports: mitmproxy's layers, as for mitmdump, and what reads a file",
    )
    for scheme, way in (("HTTP", "in the clear"), ("HTTPS", "over TLS")):
        for p, limit in (("p50", 2.0), ("p99", 8.0)):
            yield Target(
                what=f"100 ms delay at {DELAYED_CONNECTIONS} connections, {way}: late by, {p}",
                limit=limit,
                unit="ms",
                values=[getattr(each, p) for each in results["delay", f"{scheme} {MITM}"]],
            )
    yield Target(
        what="unaffected requests of one live connection after the acknowledged command, at most",
        limit=1,
        unit="requests",
        values=results["slips", MITM],
        digits=0,
    )
    yield Target(
        what="first event of a streamed answer, no fault, beside the direct one",
        limit=5.0,
        unit="ms",
        values=results["stream", MITM],
    )


def elsewhere(rounds: int, *, is_soaked: bool, say: Callable[[str], None]) -> list[Target]:
    """Return the targets of other modules, of those that are there."""
    found: list[Target] = []
    for name in (*ELSEWHERE, *((SOAK,) if is_soaked else ())):
        if (Path(__file__).parent / f"{name}.py").exists():
            say(name.removeprefix("bench_"))
            found += importlib.import_module(name).measure(rounds)
    return found


def _ratios(results: Results, kind: str, ours: str, theirs: str, field: str = "") -> list[float]:
    """Return one ratio for each round; none where one of the two was not measured."""
    pairs: Sequence[tuple[object, object]] = list(
        zip(results.get((kind, ours), []), results.get((kind, theirs), []), strict=False)
    )
    return [_value(our, field) / _value(their, field) for our, their in pairs]


def _value(measured: object, field: str) -> float:
    return float(getattr(measured, field) if field else measured)  # type: ignore[arg-type]
