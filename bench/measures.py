"""The measurements, each of one way for a second or two, so that rounds can go through all ways in turn."""

import statistics
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from client import Sample, Way, drive, fresh
from process import Broken, Process, cpu, pids
from servers import HOST, Origin, Worker, experiment, window

SCRIPT = Path(__file__).parent / "wrk.lua"
CONNECTIONS = 32
PACE = 200.0  # requests a second
PACED_CONNECTIONS = 8
DELAY = 0.1
DELAYED_CONNECTIONS = 50
WINDOWS, STEP, LENGTH = 8, 0.2, 0.12  # seconds


@dataclass(frozen=True, slots=True)
class Flood:
    """wrk as fast as it goes. ``cpu`` is the proxy's, in microseconds for each request (None: no proxy)."""

    rate: float
    cpu: float | None
    p50: float  # milliseconds
    p99: float


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the tail of some times, in milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Fresh:
    """New connections, one after the other: milliseconds for each, and the proxy's CPU in microseconds."""

    p50: float
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Reaction:
    """How long after the instant the first struck answer came, in milliseconds, and what slipped through."""

    times: tuple[float, ...]
    windows: int  # may be more than ``times``, where a busy machine let no request fall into one
    slipped: int  # requests that were sent after the instant and were not struck
    start: float  # milliseconds from starting the worker to its sockets being bound


def wrk_command(way: Way, seconds: int, connections: int = CONNECTIONS) -> list[str]:
    """Return the command that floods a way."""
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    where = f"https://{HOST}:{way.port}" if way.is_tls else f"http://127.0.0.1:{way.port}"
    return ["wrk", *options, "-s", str(SCRIPT), where, "--", way.target, way.origin]


def flood(
    way: Way, origin: Origin, proxies: Sequence[Process], seconds: int, connections: int = CONNECTIONS
) -> Flood:
    """Run wrk; count requests and CPU only once its connections stand."""
    settle, tail = 0.5, 0.2
    command = wrk_command(way, seconds, connections)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wrk:
        try:
            time.sleep(settle)
            members = pids(proxies)
            begin, first, spent = time.monotonic(), origin.requests, cpu(members)
            time.sleep(seconds - settle - tail)
            end, last, more = time.monotonic(), origin.requests, cpu(members)
            said, _ = wrk.communicate(timeout=seconds + 10.0)
        finally:
            wrk.kill()
    numbers = [line.split()[1:] for line in said.splitlines() if line.startswith("numbers ")]
    if not numbers:
        raise Broken(f"{way.name}: wrk said {said.strip()!r}")
    _, bad, broken, p50, p99 = (float(each) for each in numbers[0])
    if bad or broken:
        raise Broken(
            f"{way.name}: wrk saw {bad:g} answers of status 400 or more, and {broken:g} broken connections"
        )
    count = last - first - 1  # that question counts too
    each = (more - spent) / count * 1e6 if proxies else None
    return Flood(count / (end - begin), each, p50 / 1e3, p99 / 1e3)


def paced(way: Way, seconds: float) -> Spread:
    """Make requests at a rate that no proxy here finds hard."""
    gap = PACED_CONNECTIONS / PACE
    samples = drive(way, connections=PACED_CONNECTIONS, seconds=seconds, gap=gap, spread=gap)
    return _spread(way, samples, 0.0)


def delayed(way: Way, seconds: float) -> Spread:
    """Make requests to a provider with a delay; return by how much they were later than that."""
    samples = drive(way, connections=DELAYED_CONNECTIONS, seconds=seconds, gap=None, spread=DELAY)
    return _spread(way, samples, DELAY)


def connects(way: Way, proxies: Sequence[Process], seconds: float) -> Fresh:
    """Make a new connection for each request."""
    members = pids(proxies)
    spent = cpu(members)
    times = list(fresh(way, seconds))
    each = (cpu(members) - spent) / len(times) * 1e6 if proxies else None
    return Fresh(statistics.median(times) * 1e3, each)


def reaction(name: str, folder: Path, origin: Origin, *, is_busy: bool) -> Reaction:
    """Start a worker whose fault goes on and off, and look at each first struck answer."""
    begin = 0.7  # once wrk's connections stand
    starts = [begin + number * STEP for number in range(WINDOWS)]
    windows = [window(number, start, LENGTH) for number, start in enumerate(starts)]
    with ExitStack() as stack:
        worker = Worker(stack, name, folder, experiment(origin, windows))
        way = Way(name=name, port=worker.port, origin="plain.example", is_proxied=True)
        zero = time.monotonic() + 0.1
        worker.arm(zero)
        seconds = begin + WINDOWS * STEP
        if is_busy:
            stack.enter_context(_noise(way, int(seconds) + 2))
        samples = drive(way, connections=1, seconds=seconds, gap=None, spread=0.0)
    times, slipped = [], 0
    for start in starts:
        struck, unstruck = _first_hit(samples, zero + start, zero + start + LENGTH)
        slipped += unstruck
        if struck is not None:
            times.append((struck.done - zero - start) * 1e3)
    if not times:
        raise Broken(f"{name}: none of {len(samples)} requests was struck")
    return Reaction(tuple(times), WINDOWS, slipped, worker.took * 1e3)


def _first_hit(samples: Sequence[Sample], start: float, stop: float) -> tuple[Sample | None, int]:
    slipped = 0
    for sample in samples:
        if start <= sample.done and sample.due < stop:
            if sample.status == 503:
                return sample, slipped
            # one that was answered after the window may well have been decided after it
            slipped += sample.due >= start and sample.done < stop
    return None, slipped


class _noise:  # noqa: N801 - read as a verb
    """wrk on the same provider, until the block ends."""

    def __init__(self, way: Way, seconds: int) -> None:
        self._command = wrk_command(way, seconds)

    def __enter__(self) -> None:
        self._wrk = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __exit__(self, *_: object) -> None:
        self._wrk.kill()
        self._wrk.wait()


def _spread(way: Way, samples: Sequence[Sample], asked: float) -> Spread:
    bad = [each.status for each in samples if each.status != 200]
    if bad or len(samples) < 50:
        raise Broken(f"{way.name}: {len(samples)} answers, of which {len(bad)} were not 200 ({bad[:1]})")
    times = sorted((each.latency - asked) * 1e3 for each in samples)
    return Spread(times[len(times) // 2], times[int(len(times) * 0.99)])
