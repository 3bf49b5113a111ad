"""One round of the bench: each way measured once, or there and back, starting with another one each time."""

import statistics
import subprocess
from collections import defaultdict
from collections.abc import Sequence

from client import Way
from first_byte import first_byte
from measures import Flood, connects, delayed, flood, paced, reaction, wrk_command
from process import Broken
from slips import slips
from stage import Flooded, Stage
from starts import mitmdump_start, worker_start
from tables import BARE, DIRECT, MITM, Results

_WARM = 15  # seconds
_STARTS = 2  # of each in a round


def warm(stage: Stage) -> None:
    """Let what compiles while it runs do so before it is measured."""
    slow = [way for peer in stage.peers.here.values() if peer.is_slow_to_warm for way in peer.ways]
    floods = [subprocess.Popen(wrk_command(way, _WARM), stdout=subprocess.DEVNULL) for way in slow]
    try:
        for each in floods:
            each.wait()
    finally:
        for each in floods:
            each.kill()
            each.wait()


def one_round(stage: Stage, number: int, results: Results) -> None:
    """Measure everything once, and add it to the results."""
    floods: dict[str, list[Flood]] = defaultdict(list)
    for each in _turned(stage.floods, number * 5):
        floods[_key(each.way)].append(_flood(stage, each))
    for each in stage.floods:
        name = _key(each.way)
        if name in floods:
            results["flood", name].append(_mean(floods.pop(name)))
    for way in _turned(stage.paced, number):
        results["paced", _key(way)].append(paced(way, 1.0))
    for each in _turned(stage.fresh, number):
        results["fresh", _key(each.way)].append(connects(each.way, each.processes, 0.8))
    for way in _turned(stage.delays, number):
        results["delay", _key(way)].append(delayed(way, 1.2))
    for name, is_busy in (("idle", False), ("busy", True)):
        found = reaction(f"{name}-{number}", stage.folder, stage.origin, is_busy=is_busy)
        results["reaction", name].append(found)
    results["slips", MITM].append(slips(f"slips-{number}", stage.folder, stage.origin))
    stream = first_byte(*stage.streams)
    results["stream", DIRECT].append(stream.direct)
    results["stream", MITM].append(stream.added)
    _starts(stage, number, results)


def _flood(stage: Stage, each: Flooded) -> Flood:
    """Flood one way. A peer that breaks off gets a second chance; what breaks off of ours ends the bench."""
    theirs = [way for peer in stage.peers.here.values() for way in peer.ways]
    try:
        return flood(each.way, stage.origin, each.processes, 2, each.connections)
    except Broken:
        if each.way not in theirs:
            raise
        return flood(each.way, stage.origin, each.processes, 2, each.connections)


def _starts(stage: Stage, number: int, results: Results) -> None:
    times: dict[str, list[float]] = {BARE: [], MITM: []}
    for again in range(_STARTS):
        name = f"{number}-{again}"
        times[BARE].append(mitmdump_start(f"mitmdump-{name}", stage.folder, stage.origin))
        times[MITM].append(worker_start(f"start-{name}", stage.folder, stage.origin))
    for name, took in times.items():
        results["start", name].append(statistics.mean(took) * 1000)


def _mean(found: Sequence[Flood]) -> Flood:
    def of(values: Sequence[float]) -> float:
        return statistics.mean(values)

    return Flood(
        of([each.rate for each in found]),
        None if found[0].cpu is None else of([each.cpu or 0.0 for each in found]),
        of([each.p50 for each in found]),
        of([each.p99 for each in found]),
    )


def _turned[T](ways: Sequence[T], number: int) -> Sequence[T]:
    at = number % len(ways)
    return [*ways[at:], *ways[:at]]


def _key(way: Way) -> str:
    return f"{'HTTPS' if way.is_tls else 'HTTP'} {way.name}"
