"""Prints how often a service that is exactly at its limit passes, as a table: the nominal rate is 5 %.

``python bench/calibration.py [--write] [--runs 400]``. Some minutes; simulated, with a fixed seed, so that
the figures are the same on every machine. ``--write`` puts the tables into bench/README.md.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from publish import table, today, write

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from bursts import CONFIDENCE, verdicts  # noqa: E402 - it is where the tests keep it

BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
LIMITS = (0.9, 0.95, 0.99, 0.999)
SHAPES = ((6, 50), (10, 50), (30, 50), (60, 100))
STATED = 0.2
GOOD = 20  # a good service has this fraction of the failures that its limit allows
RATE = 50


def main() -> int:
    parser = argparse.ArgumentParser(description="Simulate how often short phases pass and fail.")
    parser.add_argument("--write", action="store_true", help="put the tables into bench/README.md")
    parser.add_argument("--runs", type=int, default=400, help="phases for each cell")
    options = parser.parse_args()
    text = "\n\n".join(parts(options.runs))
    print(text)
    if options.write:
        write(ROOT / "bench" / "README.md", text, BEGIN, END)
    return 0


def parts(runs: int) -> Iterable[str]:
    """Yield the tables, each with its sentence."""
    error = 100 * 1.96 * (0.05 * 0.95 / runs) ** 0.5
    yield (
        f"Simulated {today()}, {runs} phases a cell, true share equal to the limit: pass / fail in %. "
        f"Nominal: {100 * (1 - CONFIDENCE):g} each (a cell's own error: {error:.1f})."
    )
    yield "Where nobody says how long bursts are (`ratio()` by itself), bursts of up to a tenth of the phase:"
    yield false_verdicts(runs, None, (0.0, 0.1, 0.2), (1 / 20, 1 / 10))
    yield "As runs are judged, with `bursts: 200ms` (the default of a file), bursts of up to that:"
    yield false_verdicts(runs, STATED, (0.0, 0.1, 0.2), ())
    yield "The same beyond what is claimed, bursts that are longer than the file says:"
    yield false_verdicts(runs, STATED, (0.5, 1.0), (1 / 10,))
    yield (
        f"How often a good service passes (bursts of 200 ms, {100 / GOOD:g} % of the failures allowed, "
        f"{RATE}/s, `bursts: 200ms`), in %:"
    )
    yield passes(runs)


def false_verdicts(
    runs: int, stated: float | None, lengths: tuple[float, ...], parts_of_it: tuple[float, ...]
) -> str:
    """Return a table: a row for each limit and phase, a column for each burst."""
    head = ["limit, phase, rate", *(f"{each:g} s" if each else "one by one" for each in lengths)]
    head += [f"phase/{round(1 / each)}" for each in parts_of_it]
    rows: list[list[str]] = []
    rng = np.random.default_rng(5)
    for limit in LIMITS:
        for seconds, rate in SHAPES:
            row = [f"{100 * limit:g} %, {seconds} s, {rate}/s"]
            for burst in (*lengths, *(seconds * each for each in parts_of_it)):
                passed, failed = verdicts(rng, limit, limit, (seconds, rate, burst), bursts=stated, runs=runs)
                row.append(f"{100 * passed / runs:.1f} / {100 * failed / runs:.1f}")
            rows.append(row)
    return table(head, rows)


def passes(runs: int) -> str:
    """Return a table: how often a service with much headroom passes, by limit and length."""
    lengths = (6, 10, 14, 20, 30, 60)
    rng = np.random.default_rng(6)
    rows: list[list[str]] = []
    for limit in LIMITS:
        row = [f"{100 * limit:g} %"]
        for seconds in lengths:
            shape = (seconds, RATE, STATED)
            passed, _ = verdicts(rng, limit, 1 - (1 - limit) / GOOD, shape, bursts=STATED, runs=runs)
            row.append(f"{100 * passed / runs:.0f}")
        rows.append(row)
    return table(["limit", *(f"{each} s" for each in lengths)], rows)


if __name__ == "__main__":
    sys.exit(main())
