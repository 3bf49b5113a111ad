"""Whole runs with faults on the services of a small project: what is done, proven, judged, and taken back."""

import json
import os
import shutil
import subprocess
import sys

import pytest

import small
from compose_run import Told, free_port

pytestmark = [pytest.mark.docker, pytest.mark.alone, pytest.mark.timeout(200)]

EXPERIMENT = """\
version: 1
name: services
target:
  compose: compose.yaml
  service: web
  image: {image}
  url: http://127.0.0.1:{port}
  ready: {{get: /, within: 20s}}
providers: {{pay: {{hosts: [pay.test]}}}}
load:
  arrivals: 30/s
  deadline: 2s
  settle: 1s
  endpoints: [{{name: home, request: GET /, depends_on: [pay]}}]
phases: {{baseline: 4s, fault: {lasts}, recovery: 4s}}
bursts: 0s
inject:
{inject}
slos:
  - {{id: base, in: baseline, availability: ">= 95%"}}
  - {{id: up, in: fault, availability: "{wanted}", dilution: allowed}}
"""

BACK_IN_TIME = (
    "id: restarts, service: web, fault: {restart: {grace: 1s}}, during: {from: fault, for: 2s}",
    "id: late, provider: pay, fault: {error: {status: 503}}, share: 30%, during: {from: fault + 9s, for: 4s}",
)
"""A restart, and nine seconds later calls that are struck: by then the service is captured again."""

TOO_EARLY = """\
#!/bin/sh
case "$*" in
run*"--network container:"*)
    echo >>"{count}"
    if [ "$(wc -l <"{count}")" = 2 ]; then
        echo "cannot join network of a non running container" >&2
        exit 125
    fi ;;
esac
exec {docker} "$@"
"""
"""A `docker` whose engine lets the second not join a container, as a busy one may after a restart."""


@pytest.fixture
def too_early(tmp_path):
    """Return a PATH with that command in front."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "docker"
    command.write_text(TOO_EARLY.format(count=tmp_path / "joined", docker=shutil.which("docker")))
    command.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.fixture
def tell(tmp_path, image):
    """Return what runs the small project with these injections."""

    def one(*inject, wanted=">= 90%", lasts="8s", path=None):
        port = free_port()
        small.write(tmp_path, port)
        lines = "\n".join(f"  - {{{each}}}" for each in inject)
        text = EXPERIMENT.format(image=image, port=port, inject=lines, wanted=wanted, lasts=lasts)
        (tmp_path / "experiment.yaml").write_text(text)
        environment = {**os.environ, "CI": "1", "XDG_STATE_HOME": str(tmp_path / "state")}
        environment["PATH"] = path or environment["PATH"]
        done = subprocess.run(
            [sys.executable, "-m", "chaoskit", "run", "experiment.yaml", "--out", "out"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        # whatever came of it, nothing is held any more
        held = subprocess.run(
            [sys.executable, "-m", "chaoskit", "recover"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert held.returncode == 0, held.stdout + held.stderr
        assert not list((tmp_path / "state" / "chaoskit" / "journal").glob("*.jsonl"))
        return Told(done.returncode, done.stdout + done.stderr, tmp_path / "out")

    return one


def finding(told, check):
    return next(each for each in told.result["findings"] if each["check"] == check)


def deeds(told):
    lines = (told.out / "services.jsonl").read_text().splitlines()
    return [(each["injection"], each["what"]) for each in (json.loads(line)["did"] for line in lines)]


def test_a_service_that_hangs_is_what_its_caller_fails_by(tell):
    told = tell("id: hangs, service: pay, fault: {pause: {}}, during: fault")
    assert told.status == 1, told.talk
    assert finding(told, "up/home/fault/availability")["verdict"] == "fail"
    proof = finding(told, "hits/hangs")
    assert (proof["verdict"], proof["measured"].split(",")[0]) == ("pass", "1 container")
    assert deeds(told) == [("hangs", "entered"), ("hangs", "left")]


def test_one_that_nobody_needs_may_be_gone_and_a_provider_is_struck_beside_it(tell):
    told = tell(
        "id: gone, service: stock, fault: {kill: {}}, during: fault",
        "id: off, service: mail, fault: {disconnect: {network: inner}}, during: fault",
        "id: turned-away, provider: pay, fault: {error: {status: 503}}, share: 5%, during: fault",
    )
    assert told.status == 0, told.talk
    assert {"hits/gone", "hits/off", "hits/turned-away"} <= told.with_verdict("pass")


def test_the_captured_service_may_end_and_is_captured_again(tell):
    told = tell(*BACK_IN_TIME, wanted=">= 30%", lasts="14s")
    assert told.status == 0, told.talk
    assert "captured again: web was not captured for" in " ".join(told.talk.split())
    assert {"hits/restarts", "hits/late"} <= told.with_verdict("pass")


def test_a_container_that_nobody_may_join_yet_is_tried_again(tell, too_early):
    told = tell(*BACK_IN_TIME, wanted=">= 30%", lasts="14s", path=too_early)
    assert told.status == 0, told.talk
    talk = " ".join(told.talk.split())
    assert "found no container to join yet; trying again" in talk
    assert "captured again: web was not captured for" in talk
    assert "hits/late" in told.with_verdict("pass")


def test_what_was_missed_while_it_was_not_captured_spoils_the_evidence(tell):
    told = tell(
        "id: restarts, service: web, fault: {restart: {grace: 1s}}, during: {from: fault + 2s, for: 2s}",
        "id: turned-away, provider: pay, fault: {error: {status: 503}}, share: 10%, during: fault",
        wanted=">= 10%",
    )
    assert told.status == 3, told.talk
    assert "was not captured for" in finding(told, "record/complete")["reason"]


def test_a_partition_that_no_packet_met_proves_nothing(tell):
    told = tell("id: apart, service: stock, fault: {partition: {from: mail}}, during: fault")
    assert told.status == 3, told.talk
    assert "no packet met its rules" in finding(told, "hits/apart")["reason"]


def test_a_service_that_is_not_there_is_said_before_anything_is_done(tell):
    told = tell("id: hangs, service: stok, fault: {pause: {}}, during: fault")
    assert told.status == 3, told.talk
    talk = " ".join(told.talk.split())
    assert "no such service: stok" in talk
    assert "phase `baseline` began" not in talk
