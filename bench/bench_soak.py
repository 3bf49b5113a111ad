"""Hours of calls with faults that come and go: what a worker holds must stay what it was.

``python bench/bench_soak.py --minutes 60``. Exits 1 where something leaks, or a fault never strikes; 3 where
the machine was too slow for the rate that was asked, which says little about a leak, and is no pass.
"""

import argparse
import contextlib
import math
import queue
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flat import MOST, WARM, Sample, growth
from process import Process
from servers import HOST, Broken
from target import Target
from watched import PLAIN, Provider, Watched, experiment, settled

from chaoskit.run.child import Line, python

RATE = 500.0
NEAR = 0.95
"""The share of the calls that were asked for which must have been made."""
ON = 10.0
"""Seconds that a fault is on, and then that none is."""
EVERY = 5.0
"""Seconds between two looks at the memory."""
SHORTEST = 2.0
"""Minutes: 20 looks at the memory after the first tenth."""
FAULTS = {
    "error": ("{error: {status: 503}}", "50%", "requests"),
    "delay": ("{delay: {time: 50ms}}", "50%", "requests"),
    "disconnect": ("{disconnect: {}}", "4%", "requests"),
    "blackhole": ("{blackhole: {}}", "2%", "requests"),
    "bandwidth": ("{bandwidth: {rate: 100kB/s}}", "30%", "connections"),
    "corrupt": ("{corrupt: {drop: got}}", "50%", "requests"),
    "truncate": ("{truncate: {keep: 50%}}", "4%", "requests"),
    "throttle": ("{throttle: {rate: 1kB/s}}", "20%", "requests"),
    "reset": ("{reset: {at: answer}}", "20%", "connections"),
    "latency": ("{latency: {time: 20ms}}", "30%", "connections"),
    "event_gap": ("{event_gap: {time: 50ms}}", "100%", "requests"),
    "websocket_delay": ("{websocket_delay: {time: 50ms}}", "100%", "requests"),
}
"""Each in its turn: the fault, its share, and what of."""
ONLY_PLAIN = ("event_gap", "websocket_delay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What came of it."""

    seconds: float
    samples: Sequence[Sample]
    idle: Mapping[str, int]
    after: Mapping[str, int]
    hits: Mapping[str, int]
    expected: Sequence[str]  # injections whose turn has come
    done: Mapping[str, int]

    @property
    def rate(self) -> float:
        return sum(self.done.values()) / self.seconds

    def leaks(self) -> dict[str, tuple[int, int]]:
        """Return what is held now that was not in the beginning; memory is judged by its growth."""
        counts = (each for each in self.idle if each != "memory")
        return {
            each: (self.idle[each], self.after[each]) for each in counts if self.after[each] > self.idle[each]
        }

    def problems(self) -> list[str]:
        """Return what is wrong, a sentence each."""
        said = [f"{what} rose from {a} to {b}" for what, (a, b) in self.leaks().items()]
        if (grown := growth(self.samples)) > MOST:
            said.append(f"memory grows by {grown:.2f} MiB in five minutes, more than {MOST:g}")
        said += [f"{each} never struck" for each in self.expected if not self.hits.get(each)]
        return said


def injections(seconds: float) -> Iterator[tuple[str, str, float]]:
    """Make an injection's id, its text, and when its first turn is over, for each fault and provider.

    In the first tenth all have a short turn already: what a kind of fault takes when it first comes, and the
    allocator keeps, is no growth.
    """
    turn, warm = 2 * ON, seconds * WARM
    short = warm / len(FAULTS)
    for number, (name, (fault, share, unit)) in enumerate(FAULTS.items()):
        start = warm + number * turn
        for provider in ("plain", "secure"):
            if provider == "secure" and name in ONLY_PLAIN:
                continue
            pulse = f"{share} for {ON:g}s every {turn * len(FAULTS):g}s of {unit}"
            during = f"{{from: now + {start:g}s, for: {max(seconds, start) + turn:g}s}}"
            ident = f"{name}-{provider}"
            text = f"{{id: {ident}, provider: {provider}, fault: {fault}, share: {pulse}, during: {during}}}"
            yield ident, text, start + ON
            during = f"{{from: now + {number * short:g}s, for: {short:g}s}}"
            pulse = f"{share} of {unit}"
            text = f"{{id: warm-{ident}, provider: {provider}, fault: {fault}, share: {pulse},"
            text += f" during: {during}}}"
            yield f"warm-{ident}", text, math.inf


def soak(seconds: float, rate: float = RATE) -> Soaked:
    """Do it. Raises Broken where a part of it does not start or ends early."""
    planned = list(injections(seconds))
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaoskit-soak-")))
        provider = Provider(stack, folder)
        text = experiment(provider, [text for _, text, _ in planned])
        worker = Watched(stack, folder, text)
        mailbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        program = str(Path(__file__).parent / "soak_client.py")
        client = Process("client", python(program), log=folder / "client.log", mailbox=mailbox)
        stack.callback(client.end, 5.0)
        begin = time.monotonic()
        worker.arm(begin)
        idle = worker.inspect()
        client.tell({"port": worker.port, "secure": HOST, "plain": PLAIN, "rate": rate})
        samples = []
        while (at := time.monotonic() - begin) < seconds:
            time.sleep(min(EVERY, seconds - at))
            samples.append(Sample(time.monotonic() - begin, worker.inspect()["memory"]))
            if not client.is_alive():
                raise Broken(f"the client has ended: {client.tail(3)}")
        took = time.monotonic() - begin
        done = _last(mailbox)
        client.close()
        after = settled(worker, idle, 30.0)
        time.sleep(0.5)  # the last totals come four times a second
        return Soaked(
            seconds=took,
            samples=samples,
            idle=idle,
            after=after,
            hits=dict(worker.hits),
            expected=[ident for ident, _, over in planned if over <= seconds],
            done=done,
        )


def _last(mailbox: "queue.SimpleQueue[Any]") -> dict[str, int]:
    done: dict[str, int] = {}
    with contextlib.suppress(queue.Empty):
        while True:
            match mailbox.get_nowait():
                case Line(_, {"done": dict(told)}):
                    done = told
                case _:
                    pass
    return done


def measure(minutes: float = 60.0) -> list[Target]:
    """Return the rows of the table of targets."""
    return targets(soak(minutes * 60))


def targets(found: Soaked) -> list[Target]:
    """Return what was found as rows."""
    minutes = found.seconds / 60
    what = f"soak of {minutes:.0f} minutes"
    slow = "" if found.rate >= RATE * NEAR else f"the machine was too slow: {found.rate:.0f} calls a second"
    leaks = found.leaks()
    silent = [each for each in found.expected if not found.hits.get(each)]
    return [
        Target(
            what=f"{what}: calls a second",
            limit=RATE * NEAR,
            unit="/s",
            values=[found.rate],
            at_least=True,
            digits=0,
            why=slow,
        ),
        Target(
            what=f"{what}: growth of memory after the first tenth",
            limit=MOST,
            unit="MiB in 5 minutes",
            values=[] if slow else [growth(found.samples)],
            why=slow,
        ),
        Target(
            what=f"{what}: tasks, sockets, files, calls left",
            limit=0,
            unit="",
            values=[float(sum(b - a for a, b in leaks.values()))],
            digits=0,
            why=", ".join(leaks),
        ),
        Target(
            what=f"{what}: injections that never struck",
            limit=0,
            unit="",
            values=[float(len(silent))],
            digits=0,
            why=", ".join(silent),
        ),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    if not minutes >= SHORTEST:
        parser.error(f"expected at least {SHORTEST:g} minutes, got {minutes:g}: fewer tell nothing of growth")
    found = soak(minutes * 60)
    held = [each.memory / 1024 / 1024 for each in found.samples]
    print(f"calls: {sum(found.done.values())}, {found.rate:.0f}/s of {RATE:.0f}: {found.done}")
    print(f"hits: {dict(found.hits)}")
    print("memory, MiB:", *(f"{each:.0f}" for each in held[:: max(1, len(held) // 60)]))
    print(f"held before: {dict(found.idle)}")
    print(f"held after:  {dict(found.after)}")
    print(f"growth after the first tenth: {growth(found.samples):+.2f} MiB in five minutes, at most {MOST:g}")
    problems = found.problems()
    for each in problems:
        print(f"error: {each}", file=sys.stderr)
    if problems:
        return 1
    if found.rate < RATE * NEAR:
        print(f"not judged: the machine was too slow, {found.rate:.0f} calls a second", file=sys.stderr)
        return 3
    print("flat, and nothing left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
