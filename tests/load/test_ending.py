"""However a load process is ended, it ends, and what it has recorded stays."""

import resource
import shutil
import signal
import time
from typing import Any

import numpy as np
import pytest

from chaoskit.core.samples import Flag
from recorded import told

pytestmark = pytest.mark.socket


ENDPOINTS = "endpoints: [{name: ok, request: GET /ok}, {name: hang, request: GET /hang}]"
TEXT = f"arrivals: 40/s, deadline: 20s, {ENDPOINTS}"


def begun(driver: Any, target: Any, experiment: Any, count: int = 1) -> list[Any]:
    """Start load processes and return them when each has run for a second."""
    loads = [driver.start(experiment(target.url, TEXT, 30.0)) for _ in range(count)]
    for each in loads:
        each.hear("ready")
        each.tell({"start": time.monotonic()})
    for each in loads:
        each.hear("tick")
        each.hear("tick")
    return loads


def check(driver: Any, load: Any) -> None:
    record = driver.read(load)
    assert record.good("ok") > 0
    hanging = record.of("hang")
    assert len(hanging) > 0
    assert record.causes("hang") == {"still open"}
    assert np.all(hanging["flags"] == Flag.CENSORED)
    assert hanging["latency_us"].max() >= 0.4e6


def test_whatever_ends_it_ends_it_at_once_and_the_record_stays(
    driver: Any, target: Any, experiment: Any
) -> None:
    stopped, terminated, deaf, killed = begun(driver, target, experiment, 4)
    stopped.tell({"stop": True})
    terminated.process.send_signal(signal.SIGTERM)
    deaf.process.stdout.close()  # as when the controller was killed: nobody reads, and then the input ends
    deaf.close()
    killed.hear("tick")
    seen = killed.hear("tick")["endpoints"]["ok"]["done"]
    killed.kill()
    for each in (stopped, terminated):
        assert each.hear("closed") == told(each.folder)
    for each in (stopped, terminated, deaf):
        assert each.wait(10.0) == 0
        check(driver, each)
    # all that was told half a second before a kill is on disk
    assert driver.read(killed).good("ok") >= seen * 0.5 > 0


def test_a_drain_waits_for_the_deadline_and_writes_the_rest_as_censored(
    driver: Any, target: Any, experiment: Any
) -> None:
    text = experiment(
        target.url, "arrivals: 20/s, deadline: 1s, endpoints: [{name: hang, request: GET /hang}]", 10.0
    )
    load = driver.start(text, warm=False)
    load.hear("ready")
    load.tell({"start": time.monotonic()})
    load.hear("tick")
    load.tell({"drain": True})
    done = load.hear("done")
    assert load.hear("closed") == told(load.folder)
    assert load.wait() == 0
    record = driver.read(load)
    assert done["samples"] == len(record.rows)
    assert sorted(record.rows["slot"]) == list(range(len(record.rows)))
    assert record.causes("hang") == {"deadline"}


def test_an_experiment_that_cannot_be_read_is_refused_in_words(driver: Any) -> None:
    load = driver.start("version: 1\nname: x\nload: {arrivals: fast}\n", warm=False)
    assert "x.yaml" in load.hear("failed")
    assert load.wait() == 1


def full(load: Any) -> str:
    """Let no file of the load grow any more, as on a full disk."""
    resource.prlimit(load.process.pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
    return "File too large"


def removed(load: Any) -> str:
    shutil.rmtree(load.folder)
    return "it was removed"


@pytest.mark.parametrize("how", [full, removed])
def test_samples_that_cannot_be_kept_end_the_load_with_the_path(
    driver: Any, target: Any, experiment: Any, how: Any
) -> None:
    (load,) = begun(driver, target, experiment)
    why = how(load)

    assert load.hear("failed") == f"{load.folder / f'samples-{load.process.pid}.bin'}: {why}"
    assert load.said[-1]["unkept"] is True
    assert load.hear("closed") == {}
    assert load.wait() == 1
