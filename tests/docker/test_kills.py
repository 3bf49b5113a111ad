"""``kill -9`` of the controller at drawn moments of a whole run: within the lease all is as it was before.

The run pauses a service, takes one off its network, parts two, and leads a third one's calls to a proxy in
its network namespace. The project was running before and runs on, so that there is something to compare with.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

import small
import struck

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

SEED, PARTS, KILLS = 11, 4, 5
LEASE = 2.0
LONGEST = 12.0  # seconds: about as long as such a run takes, its start included
SURE = 2  # kills of each part that are counted from the first fault, which a busy machine puts on late
HELD = 5.0  # seconds for which one is on

EXPERIMENT = """\
version: 1
name: killed-at-any-time
target:
  compose: compose.yaml
  attach: true
  project: {project}
  service: web
  image: {image}
  url: http://127.0.0.1:{port}
  ready: {{get: /, within: 20s}}
proxy: {{lease: 2s}}
providers: {{pay: {{hosts: [pay.test]}}}}
load:
  arrivals: 20/s
  deadline: 1s
  settle: 1s
  endpoints: [{{name: home, request: GET /, depends_on: [pay]}}]
phases: {{baseline: 1s, fault: 5s, recovery: 2s}}
inject:
  - {{id: turned-away, provider: pay, fault: {{error: {{status: 503}}}}, during: fault}}
  - {{id: hangs, service: stock, fault: {{pause: {{}}}}, during: fault}}
  - id: unplugged
    service: mail
    fault: {{disconnect: {{network: inner}}}}
    during: {{from: fault + 500ms, for: 3s}}
  - id: apart
    service: stock
    fault: {{partition: {{from: web}}}}
    during: {{from: fault + 1s, for: 3s}}
slos: [{{id: up, in: fault, availability: ">= 1%"}}]
"""


@pytest.fixture
def project(tmp_path, image):
    with small.project(tmp_path) as (name, port):
        text = EXPERIMENT.format(project=name, image=image, port=port)
        (tmp_path / "experiment.yaml").write_text(text)
        yield name


def looks(engine, project):
    return {each: struck.look(engine, f"{project}-{each}-1") for each in small.SERVICES}


@pytest.mark.parametrize("part", range(PARTS))
def test_after_kill_9_at_any_moment_all_is_as_before_within_the_lease(
    engine, project, tmp_path, part, record_property
):
    drawn = random.Random(SEED + part)
    before = looks(engine, project)
    held, slowest = 0, 0.0
    for number in range(KILLS):
        state = {"XDG_STATE_HOME": str(tmp_path / "state"), "CI": "1"}
        words = ["run", "experiment.yaml", "--out", f"out-{number}", "--quiet"]
        began = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "chaoskit", *words],
            cwd=tmp_path,
            env={**os.environ, **state},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deeds = tmp_path / f"out-{number}" / "services.jsonl"
        if number < KILLS - SURE:
            moment = drawn.uniform(1.0, LONGEST)
        else:
            moment = drawn.uniform(0.0, HELD)
            while not deeds.exists():
                assert process.poll() is None, process.communicate()[0]
                time.sleep(0.02)
            began = time.monotonic()
        time.sleep(max(0.0, began + moment - time.monotonic()))
        process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        process.wait()
        held += looks(engine, project) != before or deeds.exists()
        while (now := looks(engine, project)) != before:
            assert time.monotonic() - killed < LEASE + 1.0, (moment, differences(before, now))
            time.sleep(0.05)
        slowest = max(slowest, time.monotonic() - killed)
        until = time.monotonic() + 10  # the processes that undid it end by themselves
        while list((tmp_path / "state" / "chaoskit" / "journal").glob("*.jsonl")):
            assert time.monotonic() < until
            time.sleep(0.1)
    counts = f"{KILLS} kills, {held} after a fault was put on; all as before after {slowest:.2f} s at most"
    record_property("counts", f"part {part}: {counts}")
    assert held, "no kill came while anything was held, so this showed nothing"


def differences(before, now):
    return [(name, line) for name in before for line in {*lines(before[name])} ^ {*lines(now[name])}]


def lines(looked):
    return [*looked["inside"], *flat(looked["engine"])]


def flat(said, at=""):
    """Yield each value with the way to it."""
    if isinstance(said, dict):
        for key, value in said.items():
            yield from flat(value, f"{at}/{key}")
    else:
        yield f"{at}: {said}"
