"""A run's record of many samples, as its processes would have written it: to be judged."""

import json
from pathlib import Path

import numpy as np

from chaoskit.core.samples import CAUSES, FIELDS, Flag
from chaoskit.run.loss import written

ENDPOINTS = ("checkout", "items", "item", "search", "cart", "login", "orders", "images")
RATE = 10_000
PROCESSES = 2
DEADLINE = 5.0
T0 = 86_400.0
CALLS_A_SECOND = 4


def experiment(samples: int) -> str:
    """Return an experiment of three phases that brings so many samples, and asks for all common kinds."""
    seconds = samples // RATE
    endpoints = "\n".join(
        f"    - {{name: {name}, request: GET /{name}, depends_on: [stripe],"
        " degraded_when: {header: {x-from: cache}}}"
        for name in ENDPOINTS
    )
    return f"""\
version: 1
name: large
target: {{url: http://127.0.0.1:8080}}
providers:
  stripe: {{hosts: [api.stripe.com]}}
load:
  arrivals: {RATE}/s
  deadline: {DEADLINE:g}s
  settle: 0s
  processes: {PROCESSES}
  endpoints:
{endpoints}
phases: {{baseline: {seconds * 3 // 10}s, fault: {seconds * 4 // 10}s, recovery: {seconds * 3 // 10}s}}
bursts: 0s
inject:
  - {{id: down, provider: stripe, fault: {{blackhole: {{}}}}, share: 10% of requests, during: fault}}
slos:
  - {{id: base, in: baseline, availability: ">= 99%", latency: {{p95: "<= 200ms", p99: "<= 500ms"}}}}
  - {{id: survive, in: fault, availability: ">= 90%", latency: {{p95: "<= 800ms"}}}}
  - {{id: fallback, in: fault, of: [checkout, cart], degraded: ">= 1%"}}
  - {{id: after, in: recovery, availability: ">= 99%", latency: {{p95: "<= 200ms"}}, throughput: ">= 95%"}}
  - {{id: bystander, in: fault, of: images, unchanged: {{availability: -0.5pp, p95: "+25% +5ms"}}}}
  - {{id: adapt, time_to_degrade: "<= 30s"}}
  - {{id: recover, time_to_recover: "<= 10s"}}
  - {{id: storm, provider: stripe, amplification: "<= 3x"}}
"""


def write(folder: Path, samples: int, seed: int = 1) -> None:
    """Write the record: a shard for each load process, in the order in which its requests ended."""
    text = experiment(samples)
    seconds = samples // RATE
    begin, end = seconds * 3 // 10, seconds * 7 // 10
    (folder / "experiment.yaml").write_text(text)
    due = seconds * RATE
    for process in range(PROCESSES):
        rng = np.random.default_rng((seed, process))
        at = np.arange(process, due, PROCESSES) / RATE
        _shard(folder / f"samples-{100 + process}.bin", rng, at, (begin, end), process)
    _calls(folder / "calls-0.jsonl", np.random.default_rng((seed, 99)), seconds, (begin, end))
    facts = {
        "file": "large.yaml",
        "changes": [],
        "seed": seed,
        "started": "2026-11-24T10:00:00+00:00",
        "command": "chaoskit run large.yaml",
        "versions": {},
        "outcome": "judged",
        "why": "all phases ran",
        "t0": T0,
        "events": [],
        "problems": [],
        "proxy_lag": 0.0,
        "late": {},
        "workers": 1,
        "files": {each.name: written(each).told() for each in folder.iterdir()},
        "offered": {
            "baseline": begin * RATE,
            "fault": (end - begin) * RATE,
            "recovery": (seconds - end) * RATE,
        },
    }
    (folder / "run.json").write_text(json.dumps(facts))


def _shard(
    path: Path, rng: np.random.Generator, at: np.ndarray, fault: tuple[int, int], process: int
) -> None:
    n = len(at)
    rows = np.zeros(n, dtype=np.dtype(list(FIELDS)))
    name = rng.integers(len(ENDPOINTS), size=n)
    in_fault = (at >= fault[0]) & (at < fault[1] + 2)
    # `images`, the last one, does not call the provider
    depends = name < len(ENDPOINTS) - 1
    late = in_fault & depends & (rng.random(n) < 0.03)
    other = rng.random(n) < 0.0005
    good = ~late & ~other
    latency = np.where(late, DEADLINE, rng.lognormal(np.log(0.03), 0.5, n))
    degraded = in_fault & depends & (rng.random(n) < 0.07)
    flags = good * int(Flag.GOOD) | (good & degraded) * int(Flag.DEGRADED) | late * int(Flag.DEADLINE)
    rows["intended_us"] = np.round((T0 + at) * 1e6)
    rows["latency_us"] = latency * 1e6
    rows["delay_us"] = rng.exponential(300, n)
    rows["bytes"] = 500
    rows["trace"] = rng.integers(1, 1 << 64, n, dtype=np.uint64)
    rows["slot"] = np.arange(n) * PROCESSES + process
    rows["name"] = name
    rows["status"] = np.where(good, 200, np.where(late, 0, 503))
    rows["flags"] = flags
    rows["cause"] = np.where(late, CAUSES.index("deadline"), np.where(good, 0, CAUSES.index("bad status")))
    rows[np.argsort(at + latency, kind="stable")].tofile(path)
    path.with_suffix(".json").write_text(json.dumps({"names": ENDPOINTS, "process": process}))


def _calls(path: Path, rng: np.random.Generator, seconds: int, fault: tuple[int, int]) -> None:
    with path.open("w") as file:
        for number in range(seconds * CALLS_A_SECOND):
            t = number / CALLS_A_SECOND
            is_about = fault[0] <= t < fault[1]
            is_hit = is_about and rng.random() < 0.1
            line = {
                "t": T0 + t,
                "provider": "stripe",
                "call": True,
                "id": f"c{number}",
                "by": "traceparent",
                "host": "api.stripe.com",
                "method": "GET",
                "path": "/v1/charges",
                "eligible": ["down"] if is_about else [],
                "drawn": ["down"] if is_hit else [],
                "hits": [["down", "hold"]] if is_hit else [],
                "asked": 0,
                "waited": 0,
                "status": None if is_hit else 200,
            }
            file.write(json.dumps(line) + "\n")
