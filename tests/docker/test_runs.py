"""Runs whose target is a compose project: each way of capture, on builds that pass and that fail."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from chaoskit.run.folder import Folder
from compose_run import clearly, run, was_too_busy

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]
SURVIVE = "survive/checkout/fault/availability"


def docker(*words):
    return subprocess.run(["docker", *words], capture_output=True, text=True, timeout=60, check=True).stdout


def containers(project):
    return docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}").split()


def hits(told):
    return next(each["hits"] for each in told.result["injections"])


@pytest.mark.alone
@pytest.mark.parametrize("capture", ["sidecar", "gateway", "forward"])
@pytest.mark.parametrize(("build", "status"), [("resilient", 0), ("naive", 1)])
def test_a_service_is_captured_and_judged(tmp_path, image, capture, build, status):
    prefix = "real-" if capture == "gateway" else ""
    told = clearly(lambda f: run(f, image, build=build, capture=capture, prefix=prefix), tmp_path)

    assert told.status == status, told.talk
    assert hits(told) > 0
    assert (SURVIVE in told.with_verdict("fail")) == (status == 1)
    # the logs of every container are kept, and nothing is left running
    project = next(iter(told.out.glob("container-*-shop-1.log"))).name.removeprefix("container-")
    project = project.removesuffix("-shop-1.log")
    assert {each.name for each in told.out.glob("container-*.log")} == {
        f"container-{project}-{service}-1.log" for service in ("certificates", "providers", "shop")
    }
    assert containers(project) == []
    assert (
        docker(
            "ps",
            "-aq",
            "--filter",
            f"label=chaoskit.run={Folder(told.out).mark}",
            "--filter",
            "status=running",
        )
        == ""
    )


def test_a_gateway_is_refused_where_another_container_has_the_providers_name(tmp_path, image):
    told = run(tmp_path, image, capture="gateway").tell()
    assert told.status == 3
    assert "api.stripe.com is a name of the container" in " ".join(told.talk.split())


@pytest.mark.alone
def test_a_project_that_runs_already_is_left_running(tmp_path, image):
    first = run(tmp_path / "one", image, target=", keep: true, project: chaoskit-kept").tell()
    kept = containers("chaoskit-kept")
    try:
        # what stays is the same whether the machine was quick enough to judge it or not
        assert first.status == 0 or was_too_busy(first), first.talk
        assert len(kept) == 3
        again = run(tmp_path / "two", image, target=", attach: true, project: chaoskit-kept")
        # the shop trusts the authority of the first run, so the second one uses it
        (tmp_path / "one" / ".chaoskit").rename(tmp_path / "two" / ".chaoskit")
        url = f"target.url=http://127.0.0.1:{published('chaoskit-kept')}"
        second = type(again)(again.folder, (*again.command, "--set", url), again.environment).tell()
        assert second.status == 0 or was_too_busy(second), second.talk
        assert hits(second) > 0
        assert containers("chaoskit-kept") == kept
    finally:
        docker("rm", "-f", *kept)
        for name in ("chaoskit-kept_providers", "chaoskit-kept_door"):
            docker("network", "rm", name)


def published(project):
    ports = json.loads(docker("inspect", shop_of(project)))[0]["NetworkSettings"]["Ports"]
    return ports["8081/tcp"][0]["HostPort"]


def shop_of(project):
    labels = {"project": project, "service": "shop"}
    wanted = [word for k, v in labels.items() for word in ("--filter", f"label=com.docker.compose.{k}={v}")]
    return docker("ps", "-q", "--no-trunc", *wanted).strip()


def test_attached_to_nothing_it_says_so(tmp_path, image):
    told = run(tmp_path, image, target=", attach: true, project: chaoskit-nobody").tell()
    assert told.status == 3
    assert "no container of the service shop runs in the project chaoskit-nobody" in " ".join(
        told.talk.split()
    )


def test_a_compose_file_that_is_wrong_is_answered_with_what_compose_says(tmp_path, image):
    wrong = run(tmp_path, image)
    (tmp_path / "compose" / "shop.yaml").write_text("services: {shop: {imagee: x}}\n")
    told = wrong.tell()
    assert told.status == 3
    assert "compose ended with status" in " ".join(told.talk.split())
    assert "imagee" in " ".join(told.talk.split())


def test_a_service_that_somebody_else_ends_under_a_fault_did_not_survive(tmp_path, image):
    process = run(tmp_path, image, target=", project: chaoskit-restarts").start()
    out = tmp_path / "out"
    wait_for(lambda: '"hits":[["' in calls(out), process)
    docker("restart", "-t", "1", shop_of("chaoskit-restarts"))
    talk, _ = process.communicate(timeout=120)
    assert process.returncode == 1, talk
    assert "the container of shop ended with status" in " ".join(talk.split())
    assert containers("chaoskit-restarts") == []


def test_after_a_kill_of_the_controller_nothing_is_left(tmp_path, image):
    process = run(tmp_path, image, target=", project: chaoskit-killed").start()
    out = tmp_path / "out"
    wait_for(lambda: calls(out), process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: containers("chaoskit-killed") == [], None, within=30)
    wait_for(
        lambda: (
            docker(
                "ps", "-q", "--filter", f"label=chaoskit.run={Folder(out).mark}", "--filter", "status=running"
            )
            == ""
        ),
        None,
    )


def test_where_the_keeper_of_the_project_is_killed_too_recover_takes_it_down(tmp_path, image):
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    planned = run(tmp_path / "one", image, target=", project: chaoskit-orphan")
    process = type(planned)(planned.folder, planned.command, {**planned.environment, **state}).start()
    wait_for(lambda: calls(planned.out), process)
    (note,) = (tmp_path / "state" / "chaoskit" / "projects").glob("*.json")
    os.kill(json.loads(note.read_text())["keeper"]["pid"], signal.SIGKILL)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(containers("chaoskit-orphan")) == 3

    told = chaoskit("ps", state)
    assert "compose project chaoskit-orphan" in told.stdout
    assert "the run has ended" in told.stdout
    assert "taken back: the compose project chaoskit-orphan" in chaoskit("recover", state).stdout
    assert containers("chaoskit-orphan") == []
    assert chaoskit("recover", state).stdout.splitlines()[-1] == "nothing is left behind"


def chaoskit(command, state):
    words = [sys.executable, "-m", "chaoskit", command]
    environment = {**os.environ, **state}
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=True)


def calls(out):
    return "".join(each.read_text() for each in out.glob("calls-*.jsonl"))


def wait_for(what, process, within=90.0):
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
