"""Replays of real outages against the demo shop, on ports of their own, and their record."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaoskit import spec
from chaoskit.core.injection import Injection

EXPERIMENT = """\
version: 1
name: replay
seed: 7
target:
  prepare: [python, -m, chaoskit_shop.certificates]
  command: [python, -m, chaoskit_shop]
  url: http://127.0.0.1:{shop}
  ready: {{get: /healthz, within: 30s}}
  environment:
    SHOP_BUILD: {build}
    SHOP_ADDRESS: "127.0.0.1:{shop}"
    SHOP_PROVIDERS: "127.0.0.1:{providers}"
proxy: {{upstream_ca: .chaoskit/demo/demo-ca.pem}}
providers:
  stripe: {{resolve: "127.0.0.1:{providers}"}}
  openai: {{resolve: "127.0.0.1:{providers}"}}
  auth0: {{resolve: "127.0.0.1:{providers}"}}
load:
  arrivals: {arrivals}
  deadline: 2s
  settle: 1s
  endpoints:
    - {{name: checkout, request: POST /checkout, json: {{sku: A1}}, depends_on: [stripe]}}
    - {{name: assistant, request: POST /assistant, json: {{question: why}}, depends_on: [openai]}}
    - {{name: login, request: POST /login, json: {{user: ada, password: lovelace}}, depends_on: [auth0]}}
phases: {{baseline: 4s, fault: {within}, recovery: 3s}}
inject: [{{outage: {outage}{provider}, during: fault}}]
slos: [{{id: any, in: fault, availability: ">= 0.1%"}}]
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A call or connection that the proxy saw, on the run's clock."""

    t: float
    provider: str
    eligible: frozenset[str]
    drawn: frozenset[str]
    hits: frozenset[str]
    asked: float
    status: int | None


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did, from its record, and what it was to do."""

    parts: dict[str, Injection]  # by the part's name
    rows: list[Row]
    result: dict[str, Any]

    def about(self, part: str, start: float = 0.0, stop: float = 1.0) -> list[Row]:
        """Rows that a part was about, in a stretch of it (0 is its start, 1 its end)."""
        whole = self.parts[part]
        low = whole.start + start * (whole.stop - whole.start)
        high = whole.start + stop * (whole.stop - whole.start)
        return [row for row in self.rows if whole.id in row.eligible and low <= row.t < high]

    def share(self, part: str, start: float = 0.0, stop: float = 1.0) -> float:
        """Share of those that were drawn."""
        about = self.about(part, start, stop)
        assert about, f"nothing was there for {part}"
        return sum(self.parts[part].id in row.drawn for row in about) / len(about)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def replay(tmp_path):
    """Replay an outage against the demo shop; return what it did."""

    def run(outage: str, *, within="40s", build="naive", arrivals="15/s", provider: str | None = None):
        text = EXPERIMENT.format(
            shop=free_port(),
            providers=free_port(),
            build=build,
            arrivals=arrivals,
            within=within,
            outage=outage,
            provider=f", provider: {provider}" if provider else "",
        )
        (tmp_path / "replay.yaml").write_text(text)
        process = subprocess.run(
            [sys.executable, "-m", "chaoskit", "run", "replay.yaml", "--out", "out", "--quiet"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            env={**os.environ, "CI": "1"},
        )
        out = tmp_path / "out"
        assert (out / "result.json").exists(), process.stderr
        return _read(out, spec.load("replay.yaml", text).injections)

    return run


def _read(out: Path, injections: tuple[Injection, ...]) -> Replay:
    start = json.loads((out / "run.json").read_text())["t0"]
    rows = [
        Row(
            t=line["t"] - start,
            provider=line["provider"],
            eligible=frozenset(line["eligible"]),
            drawn=frozenset(line["drawn"]),
            hits=frozenset(hit[0] for hit in line["hits"]),
            asked=line["asked"],
            status=line["status"],
        )
        for path in out.glob("calls-*.jsonl")
        for line in map(json.loads, path.read_text().splitlines())
        if "carried" not in line
    ]
    result = json.loads((out / "result.json").read_text())
    return Replay({each.id.split(".", 1)[1]: each for each in injections}, rows, result)
