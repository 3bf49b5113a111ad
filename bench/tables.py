"""What was measured, as Markdown."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from measures import CONNECTIONS, DELAY, DELAYED_CONNECTIONS, PACE, PACED_CONNECTIONS, Reaction
from publish import cell, table
from target import Target

DIRECT, BARE, IGNORED = "direct", "bare mitmproxy", "bare mitmproxy, passing through"
SPLICE, MITM = "chaoskit, splice lane", "chaoskit, mitm lane"
ARMED = "chaoskit, splice lane, L4 faults on for another provider"
HUNDRED = "chaoskit, mitm lane, 100 injections on for other calls"
ONE, TWO = "chaoskit, 1 worker, 64 connections", "chaoskit, 2 workers, 64 connections"

Results = defaultdict[tuple[str, str], list[Any]]
"""(kind of measurement, "HTTPS " and the way's name) -> one value for each round."""


def targets_table(targets: Sequence[Target]) -> Iterator[str]:
    """Yield the heading and the table of what was asked and what was measured."""
    yield "### Targets"
    yield table(("what", "asked", "measured", "verdict"), [each.row() for each in targets])


def tables(results: Results, absent: Mapping[str, str], decisions: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield headings and tables."""
    yield f"### Beside other proxies, as fast as it goes: wrk, {CONNECTIONS} keep-alive connections"
    head = ("way", "requests/s", "proxy CPU us/request", "p50 ms", "p99 ms")
    rows = [_flood(name, each) for name, each in _of(results, "flood")]
    yield table(head, [*rows, *((name, why, "-", "-", "-") for name, why in absent.items())])
    yield f"### Latency at {PACE:g} requests/s on {PACED_CONNECTIONS} keep-alive connections"
    yield "Direct: as it is. The others: what they add to direct in the same round."
    rows = [
        (name, *(_added(results, "paced", name, p) for p in ("p50", "p99")))
        for name, _ in _of(results, "paced")
    ]
    yield table(("way", "p50 ms", "p99 ms"), rows)
    yield "### A new connection for each request: CONNECT, TLS handshake, one GET"
    yield "Direct: as it is, without CONNECT. The others: what they add."
    rows = [
        (name, _added(results, "fresh", name, "p50"), cell([each.cpu for each in rounds]))
        for name, rounds in _of(results, "fresh")
    ]
    yield table(("way", "median ms", "proxy CPU us/connection"), rows)
    yield f"### Delay error at {DELAYED_CONNECTIONS} connections: later than the {DELAY * 1000:g} ms asked"
    rows = [
        (name, *(cell([getattr(each, p) for each in rounds], 1) for p in ("p50", "p99")))
        for name, rounds in _of(results, "delay")
    ]
    yield table(("way", "p50 ms", "p99 ms"), rows)
    yield "### From the instant an injection begins to the first struck answer at the client"
    rows = [_reaction(name, rounds) for name, rounds in results_of(results, "reaction")]
    yield table(("beside it", "ms", "windows with a hit", "sent after the instant, not struck"), rows)
    starts = [each.start for _, rounds in results_of(results, "reaction") for each in rounds]
    yield f"From starting a worker to its sockets being bound: {cell(starts)} ms."
    yield "### From starting a proxy to the first answer through it"
    yield table(("way", "ms"), [(name, cell(rounds)) for name, rounds in results_of(results, "start")])
    yield "### A decision about a call (`core.decide.on_call`)"
    yield table(("injections that are on", "us", "us, with asking which are on"), decisions)


def results_of(results: Results, kind: str) -> list[tuple[str, list[Any]]]:
    """Return what a kind of measurement found, by name."""
    return [(name, rounds) for (what, name), rounds in results.items() if what == kind]


def _of(results: Results, kind: str) -> list[tuple[str, list[Any]]]:
    """Return them in the order in which one reads them: plain before TLS, and ours last."""
    return sorted(results_of(results, kind), key=lambda each: (each[0].split()[0], "chaoskit" in each[0]))


def _flood(name: str, rounds: Sequence[Any]) -> Sequence[str]:
    times = [each.cpu for each in rounds]
    is_small = any(each is not None and each < 100 for each in times)  # 15 or 16 makes a difference
    rate, cpu = cell([each.rate for each in rounds]), cell(times, int(is_small))
    return name, rate, cpu, cell([each.p50 for each in rounds], 2), cell([each.p99 for each in rounds], 2)


def _added(results: Results, kind: str, name: str, field: str) -> str:
    base = results[kind, f"{name.partition(' ')[0]} {DIRECT}"]
    if name.endswith(DIRECT):
        return cell([getattr(each, field) for each in base], 2)
    pairs = zip(results[kind, name], base, strict=True)
    return cell([getattr(ours, field) - getattr(direct, field) for ours, direct in pairs], 2, signed=True)


def _reaction(name: str, rounds: Sequence[Reaction]) -> Sequence[str]:
    times = [each for found in rounds for each in found.times]
    what = "nothing" if name == "idle" else f"wrk, {CONNECTIONS} connections to the same provider"
    windows, slipped = sum(each.windows for each in rounds), sum(each.slipped for each in rounds)
    return what, cell(times, 1), f"{len(times)} of {windows}", str(slipped)
