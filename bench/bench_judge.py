"""How long it takes to judge ten million samples: from their files to verdicts, in a process of its own.

    python bench/bench_judge.py [--rounds 5]

Three phases of eight endpoints are asked for availability, percentiles, recovery and more: 24 groups, 82
findings.
The time is all of `judge`, and of what it has to import; the memory is the process's peak.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import big_record
from fresh import busy, environment
from publish import table
from target import Target

SAMPLES = 10_000_000
FINDINGS = 82

JUDGE = """
import time
began = time.perf_counter()
import json, resource, sys
from pathlib import Path
from chaoskit.run.judgement import judge
result = judge(Path(sys.argv[1]))
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "samples": sum(each.samples for each in result.endpoints),
    "findings": len(result.findings),
    "verdict": result.verdict,
}))
"""


def measure(rounds: int) -> list[Target]:
    """Judge the same record so many times; the first of one more is not counted, since it reads from disk."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        big_record.write(folder, SAMPLES)
        found = [_judge(folder) for _ in range(rounds + 1)][1:]
    what = f"judging {SAMPLES:,} samples".replace(",", " ")
    return [
        Target(
            what=f"{what}, 24 groups",
            limit=3.0,
            unit="s",
            values=[each["seconds"] for each in found],
            why=busy(),
        ),
        Target(
            what=f"{what}, peak", limit=1024, unit="MiB", values=[each["mib"] for each in found], digits=0
        ),
    ]


def _judge(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-c", JUDGE, str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(folder))
    found = json.loads(ran.stdout)
    assert (found["samples"], found["findings"], found["verdict"]) == (SAMPLES, FINDINGS, "pass"), found
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rows = [each.row() for each in measure(parser.parse_args().rounds)]
    print(table(("what", "target", "measured", "met"), rows))
