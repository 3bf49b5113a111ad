"""How long `chaoskit validate` takes, and `chaoskit run` beyond the time that its experiment asks for.

    python bench/bench_start.py [--rounds 5]

Both are processes of their own, from their start to their end. What they import is compiled already, as it is
after an installation, and read from the page cache. The run has a target and a provider of a few lines each;
its own time is that of the load's settling and of the phases, which the file asks for.
"""

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fresh import busy, environment
from process import free_ports
from publish import table
from target import Target

SMALL = Path(__file__).parents[1] / "experiments" / "stripe-blackhole.yaml"
SETTLE, PHASE = 2.0, 2.0

SERVER = """
import http.server, sys, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_GET(self):
        status = 200
        if sys.argv[2:] and self.path != "/healthz":
            try: urllib.request.urlopen(sys.argv[2], timeout=1).read()
            except OSError: status = 503
        self.send_response(status); self.send_header("content-length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

EXPERIMENT = """\
version: 1
name: small
target:
  command: [python, server.py, "{target}", "http://pay.test/"]
  url: http://127.0.0.1:{target}
  ready: {{get: /healthz, within: 30s}}
providers:
  pay: {{hosts: [pay.test], resolve: "127.0.0.1:{provider}"}}
load:
  arrivals: 50/s
  settle: {settle:g}s
  endpoints:
    - {{name: pay, request: GET /pay, depends_on: [pay]}}
phases: {{baseline: {phase:g}s, fault: {phase:g}s, recovery: {phase:g}s}}
bursts: 0s
inject:
  - {{id: down, provider: pay, fault: {{error: {{status: 500}}}}, during: fault}}
slos:
  - {{id: after, in: recovery, availability: ">= 50%"}}
"""


def measure(rounds: int) -> list[Target]:
    """Take turns; the first round of one more is not counted, since it compiles."""
    valid: list[float] = []
    beyond: list[float] = []
    empty: list[float] = []
    with tempfile.TemporaryDirectory() as name, _provider(Path(name)) as provider:
        for number in range(rounds + 1):
            empty.append(1000 * _took(["-c", ""], Path(name)))
            valid.append(1000 * _took(["-m", "chaoskit", "validate", str(SMALL)], Path(name)))
            beyond.append(_run(Path(name), provider, number))
    why = f"{busy()}, and an empty Python took {statistics.median(empty):.0f} ms"
    return [
        Target(
            what="`chaoskit validate` of a small file",
            limit=250,
            unit="ms",
            values=valid[1:],
            digits=0,
            why=why,
        ),
        Target(what="`chaoskit run` beyond its phases", limit=3.0, unit="s", values=beyond[1:], why=why),
    ]


def _run(folder: Path, provider: int, number: int) -> float:
    text = EXPERIMENT.format(target=free_ports(1)[0], provider=provider, settle=SETTLE, phase=PHASE)
    (folder / "small.yaml").write_text(text)
    took = _took(["-m", "chaoskit", "run", "small.yaml", "--out", f"out-{number}", "--quiet"], folder)
    result = json.loads((folder / f"out-{number}" / "result.json").read_text())
    assert result["outcome"] == "judged", result["sentence"]
    assert any(each["hits"] for each in result["injections"]), "the fault struck nothing"
    return took - SETTLE - 3 * PHASE


def _took(arguments: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        check="run" not in arguments,  # a run's verdict is its own affair
    )
    return time.perf_counter() - began


@contextlib.contextmanager
def _provider(folder: Path) -> Iterator[int]:
    (folder / "server.py").write_text(SERVER)
    port = free_ports(1)[0]
    process = subprocess.Popen([sys.executable, "server.py", str(port)], cwd=folder)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rows = [each.row() for each in measure(parser.parse_args().rounds)]
    print(table(("what", "target", "measured", "met"), rows))
