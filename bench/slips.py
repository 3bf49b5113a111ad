"""What still comes through unaffected on connections that are open when a fault is commanded."""

import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from client import Way, drive
from measures import CONNECTIONS
from process import Broken
from servers import Origin, Worker, experiment, on

_BEFORE, _AFTER = 0.4, 0.6  # seconds


def slips(name: str, folder: Path, origin: Origin) -> int:
    """Arm a worker under load; return the most unaffected requests that one live connection had after that.

    Those count that were sent after the instant at which the worker acknowledged the command.
    """
    fault = on("plain", "all", "error: {status: 503}")
    taken: list[float] = []
    with ExitStack() as stack:
        worker = Worker(stack, name, folder, experiment(origin, [fault]))
        way = Way(name=name, port=worker.port, origin="plain.example", is_proxied=True)
        command = threading.Timer(_BEFORE, lambda: taken.append(worker.arm(time.monotonic())))
        stack.callback(command.cancel)
        samples = drive(
            way,
            connections=CONNECTIONS,
            seconds=_BEFORE + _AFTER,
            gap=None,
            spread=0.0,
            on_begin=command.start,
        )
        command.join()
    if not taken:
        raise Broken(f"{name}: the command was not acknowledged")
    struck = sum(each.status == 503 for each in samples)
    if struck in (0, len(samples)):
        raise Broken(f"{name}: {struck} of {len(samples)} answers were struck, expected some")
    late = Counter(each.line for each in samples if each.status != 503 and each.due > taken[0])
    return max(late.values(), default=0)
