"""Capture is proven for each endpoint: another one's calls prove nothing about it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(90)]

SUPPORT = Path(__file__).parents[2] / "support"
COMMANDS = {
    "python": f"{sys.executable}, {SUPPORT / 'two_paths.py'}",
    "node": f"node, {SUPPORT / 'two_paths.js'}",
}

EXPERIMENT = """\
version: 1
name: two-paths
seed: 3
target:
  command: [COMMAND, "{shop}", "{providers}"]
  url: http://127.0.0.1:{shop}
  ready: {{get: /healthz, within: 20s}}
  environment: {{TWO: around, TRACE: pass}}
providers:
  openai: {{hosts: [api.openai.test], resolve: "127.0.0.1:{providers}"}}
load:
  arrivals: 30/s
  deadline: 2s
  settle: 1s
  endpoints:
    - {{name: one, request: GET /one, depends_on: [openai]}}
    - {{name: two, request: GET /two, depends_on: [openai]}}
phases: {{baseline: 3s, fault: 4s, recovery: 2s}}
inject:
  - {{id: silent, provider: openai, fault: {{blackhole: {{}}}}, during: fault}}
slos:
  - {{id: survive, in: fault, availability: ">= 80%"}}
"""


@pytest.mark.parametrize("trace", ["pass", "drop"])
@pytest.mark.parametrize("language", ["python", "node"])
def test_an_endpoint_that_goes_around_the_proxy_is_named_and_nothing_passes(
    make_story: Callable[..., Any], language: str, trace: str
) -> None:
    text = EXPERIMENT.replace("COMMAND", COMMANDS[language])
    around, captured = make_story("around", text), make_story("captured", text)
    traced = ("--set", f"target.environment.TRACE={trace}")
    running = [
        around.start(*traced),
        captured.start(*traced, "--set", "target.environment.TWO=captured"),
    ]
    outputs = [process.communicate(timeout=60) for process in running]

    assert [process.returncode for process in running] == [3, 0], outputs
    found = {each["check"]: each for each in around.result()["findings"]}
    assert found["survive/one/fault/availability"]["verdict"] == "pass"
    survived = found["survive/two/fault/availability"]
    assert survived["verdict"] == "inconclusive"
    assert "two depends on openai, and the proxy saw no call to it" in found["capture/two/openai"]["reason"]
    assert "chaoskit doctor" in outputs[0][0]
    proven = {each["check"]: each for each in captured.result()["findings"]}
    exposure = proven["survive/two/fault/availability"]["exposure"]
    assert exposure["basis"] == ("traces" if trace == "pass" else "probes")
    assert exposure["met"] >= 0.8 * exposure["under"] > 40


def test_a_health_check_in_the_background_is_no_proof_of_the_path_under_test(
    make_story: Callable[..., Any],
) -> None:
    text = EXPERIMENT.replace("COMMAND", COMMANDS["python"])
    text = "\n".join(line for line in text.splitlines() if "name: one" not in line) + "\n"
    stories = {trace: make_story(f"ping-{trace}", text) for trace in ("pass", "drop")}
    running = [
        story.start("--set", "target.environment.PING=1", "--set", f"target.environment.TRACE={trace}")
        for trace, story in stories.items()
    ]
    outputs = [process.communicate(timeout=60) for process in running]

    assert [process.returncode for process in running] == [3, 3], outputs
    for story, (out, _) in zip(stories.values(), outputs, strict=True):
        assert any(row.get("hits") for row in story.calls())  # the ping was struck
        assert "two depends on openai" in " ".join(out.split())
