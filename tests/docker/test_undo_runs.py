"""Faults that cannot be, two runs on one container, and a service that restarts in between."""

import time

import pytest

import keeping
import struck

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def image(engine, request):
    return struck.helper_image(request)


@pytest.fixture(scope="module")
def system(engine):
    made = struck.system(engine)
    made.ids = {each: made.run(each) for each in ("till", "mail")}
    made.wait(made.ids["till"], "mail")
    yield made
    made.close()


@pytest.fixture
def keeper(system, image, tmp_path):
    """Start keepers that share their journals."""
    made = []

    def start(inject, run="monday"):
        made.append(
            keeping.Direct(tmp_path / run, keeping.experiment(inject), image, run=f"{system.prefix}-{run}")
        )
        return made[-1]

    yield start
    for each in made:
        each.close()


def test_a_fault_that_cannot_be_is_told_before_and_during_and_the_others_go_on(system, keeper):
    one = keeper(f"""\
  - {{id: nobody, service: {system.prefix}-none, fault: {{pause: {{}}}}, during: fault}}
  - {{id: no-disk, service: {system.prefix}-till, fault: {{disk_full: {{path: /var}}}}, during: fault}}
  - {{id: hangs, service: {system.prefix}-mail, fault: {{pause: {{}}}}, during: fault}}
""")
    problems = one.ready["problems"]
    assert sorted(problems) == ["no-disk", "nobody"]
    assert f"there is no container '{system.prefix}-none'" in problems["nobody"]
    assert "/var is no tmpfs" in problems["no-disk"]
    one.arm()
    said = {each["injection"]: each for each in (one.did(), one.did(), one.did())}
    assert {name: each["what"] for name, each in said.items()} == {
        "nobody": "failed",
        "no-disk": "failed",
        "hangs": "entered",
    }
    assert said["hangs"]["evidence"] == {"paused": True}
    one.tell({"lift": True})
    assert one.did()["restored"] is True
    assert one.hear("ack") == "lift"
    assert one.close() == 0


def test_a_service_that_restarts_meets_the_partition_again(system, keeper):
    mail = f"{system.prefix}-mail"
    one = keeper(f"  - {{id: apart, service: {mail}, fault: {{partition: {{from: till}}}}, during: fault}}\n")
    before = struck.look(system.client, system.ids["mail"])
    one.arm()
    assert one.did()["what"] == "entered"
    system.client.containers.get(system.ids["mail"]).restart(timeout=0)
    again = one.did()
    assert (again["what"], set(again["evidence"])) == ("again", {"table"})
    time.sleep(0.5)
    assert system.ask(system.ids["till"], "mail")["problem"] == "TimeoutError"
    assert one.close() == 0
    left = one.did()
    assert (left["what"], left["restored"]) == ("left", True)
    assert left["evidence"]["packets"] > 0
    system.wait(system.ids["till"], "mail")
    assert struck.look(system.client, system.ids["mail"]) == before


def test_two_runs_on_one_container_do_not_undo_each_other(system, keeper):
    name = f"{system.prefix}-mail"
    first = keeper(f"  - {{id: hangs, service: {name}, fault: {{pause: {{}}}}, during: fault}}\n", "monday")
    second = keeper(
        f"  - {{id: stands, service: {name}, fault: {{pause: {{}}}}, during: fault}}\n", "tuesday"
    )
    third = keeper(f"  - {{id: dies, service: {name}, fault: {{kill: {{}}}}, during: fault}}\n", "today")
    first.arm()
    assert first.did()["evidence"] == {"paused": True}
    second.arm()
    assert second.did()["evidence"] == {"shared with": f"{system.prefix}-monday"}
    third.arm()
    refused = third.did()
    assert refused["what"] == "failed"
    assert refused["why"] == f"whether it runs is held by `hangs` of the run {system.prefix}-monday"
    assert first.close() == 0
    assert first.did()["evidence"] == {"kept by": f"{system.prefix}-tuesday"}
    assert system.find(system.ids["mail"]).state == "paused"
    assert second.close() == 0
    assert second.did()["restored"] is True
    assert system.find(system.ids["mail"]).state == "running"
