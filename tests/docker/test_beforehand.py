"""What is said beforehand about a run in containers, on a real engine; nothing is left of it."""

import os
import subprocess
import sys
import time

import pytest

import small

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

EXPERIMENT = """\
version: 1
name: services
target:
  compose: compose.yaml
  service: web
  image: {image}
  url: http://127.0.0.1:{port}{more}
providers: {{pay: {{hosts: [pay.test]}}}}
load: {{arrivals: 30/s, endpoints: [{{name: home, request: GET /, depends_on: [pay]}}]}}
phases: {{baseline: 4s, fault: 8s, recovery: 4s}}
bursts: 0s
inject:
  - {{id: turned-away, provider: pay, fault: {{error: {{status: 503}}}}, during: fault}}
  - {{id: hangs, service: {service}, fault: {{pause: {{}}}}, during: fault}}
  - {{id: apart, service: stock, fault: {{partition: {{from: mail}}}}, during: fault}}
  - {{id: narrow, service: mail, fault: {{bandwidth: {{rate: 50kB/s}}}}, during: fault}}
slos: [{{id: up, in: fault, availability: ">= 90%"}}]
"""


@pytest.fixture
def chaoskit(tmp_path, image):
    """Return what runs a command on an experiment about the small project."""

    def one(*words, service="pay", more="", port=8080):
        small.write(tmp_path, port) if not (tmp_path / "compose.yaml").exists() else None
        text = EXPERIMENT.format(image=image, port=port, service=service, more=more)
        (tmp_path / "experiment.yaml").write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "chaoskit", words[0], "experiment.yaml", *words[1:]],
            cwd=tmp_path,
            env={**os.environ, "CI": "1", "XDG_STATE_HOME": str(tmp_path / "state"), "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return one


@pytest.fixture(autouse=True)
def nothing_of_it_is_left(tmp_path, engine):
    yield
    until = time.monotonic() + 20  # another worker's doctor may be asking the kernel
    while engine.api.containers(all=True, filters={"label": ["chaoskit.run=doctor"]}):
        assert time.monotonic() < until
        time.sleep(0.2)
    label = f"com.docker.compose.project.working_dir={tmp_path}"
    assert not engine.api.containers(all=True, filters={"label": [label]})
    assert not (tmp_path / "runs").exists()


def test_doctor_finds_all_that_a_run_needs(chaoskit):
    told = chaoskit("doctor")
    assert told.returncode == 0, told.stdout + told.stderr
    found = told.stdout.splitlines()
    assert found[0] == "captured by a sidecar in the network namespace of web"
    assert any(each.startswith("ok  a Docker engine answers at unix://") for each in found)
    assert "ok  web, pay, stock, mail: in compose.yaml" in found
    assert "ok  bandwidth: the engine's kernel has tbf" in found
    assert not [each for each in found if "proxy.listen" in each or "nft" in each]


def test_doctor_says_which_services_and_which_image_are_not_there(chaoskit, image):
    told = chaoskit("doctor", "--set", "target.image=chaoskit:nobody", service="payy")
    assert told.returncode == 3
    found = told.stdout.splitlines()
    assert "NO  no service of compose.yaml: payy; there are: mail, pay, stock, web" in found
    assert any(each.startswith("NO  target.image: the engine has no chaoskit:nobody; in") for each in found)


def test_of_a_project_that_runs_doctor_names_the_containers(chaoskit, tmp_path):
    (tmp_path / "project").mkdir()
    with small.project(tmp_path / "project") as (name, port):
        attach = f"\n  attach: true\n  project: {name}"
        (tmp_path / "compose.yaml").write_text((tmp_path / "project" / "compose.yaml").read_text())
        told = chaoskit("doctor", more=attach, port=port)
        assert told.returncode == 0, told.stdout + told.stderr
        found = told.stdout.splitlines()
        assert f"ok  hangs: pause would strike {name}-pay-1" in found
        assert f"ok  {name}-web-1 runs" in found


def test_a_dry_run_starts_nothing_and_knows_no_container_yet(chaoskit, image):
    told = chaoskit("run", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert f"start 1 proxy in a container of {image}, in the network namespace of web" in told.stdout
    assert "hangs: pause on each container of pay\n    pause it\n" in told.stdout


def test_a_dry_run_on_a_project_that_runs_names_its_containers_and_touches_none(chaoskit, tmp_path, engine):
    (tmp_path / "project").mkdir()
    with small.project(tmp_path / "project") as (name, port):
        (tmp_path / "compose.yaml").write_text((tmp_path / "project" / "compose.yaml").read_text())
        before = [engine.api.inspect_container(f"{name}-{each}-1") for each in small.SERVICES]
        told = chaoskit("run", "--dry-run", more=f"\n  attach: true\n  project: {name}", port=port)
        assert told.returncode == 0, told.stderr
        assert f"hangs: pause on {name}-pay-1\n    pause it\n    afterwards, unpause it\n" in told.stdout
        assert f"apart: partition on {name}-stock-1" in told.stdout
        assert before == [engine.api.inspect_container(f"{name}-{each}-1") for each in small.SERVICES]
