"""Arrivals keep to the schedule: through a stall, over several processes, and the same for the same seed."""

import time
from typing import Any

import numpy as np
import pytest

from chaoskit.core.samples import Flag

pytestmark = pytest.mark.socket

TWO = "endpoints: [{name: a, request: GET /ok/a}, {name: b, request: GET /ok/b, weight: 3}]"


def identity(record: Any) -> list[tuple[int, str]]:
    return sorted(zip(record.rows["slot"].tolist(), record.names, strict=True))


def test_a_stall_of_the_target_shows_in_full_and_loses_no_arrival(
    driver: Any, target: Any, experiment: Any
) -> None:
    seconds, rate = 2.5, 100
    text = experiment(target.url, f"arrivals: {rate}/s, endpoints: [{{name: a, request: GET /ok}}]", seconds)
    load = driver.start(text)
    load.hear("ready")
    begin = time.monotonic() + 0.1
    target.stall = (begin + 1.0, begin + 2.0)
    load.tell({"start": begin})
    time.sleep(seconds + 0.2)
    load.tell({"drain": True})
    assert load.hear("done") == {"samples": seconds * rate, "censored": 0}
    load.wait()
    rows = driver.read(load).rows
    # 40% of the arrivals are due in the stall, evenly: their wait runs from 1 s down to 0
    assert 0.9e6 <= np.quantile(rows["latency_us"], 0.99) <= 1.6e6
    assert np.quantile(rows["latency_us"], 0.8) >= 0.4e6
    assert np.all(rows["flags"] == Flag.GOOD)
    target.stall = None


def test_two_processes_take_each_slot_once_and_equal_seeds_send_the_same(
    driver: Any, target: Any, experiment: Any
) -> None:
    text = experiment(target.url, f"arrivals: 80/s, process: poisson, {TWO}", 1.0)
    target.seen.clear()
    split = driver.run(text, 1.0, seed=5, processes=2)
    split_traces = sorted(each.headers["traceparent"] for each in target.seen)
    target.seen.clear()
    alone = driver.run(text, 1.0, seed=5)
    alone_traces = sorted(each.headers["traceparent"] for each in target.seen)

    assert sorted(split.rows["slot"]) == list(range(len(split.rows)))
    assert set(split.processes) == {0, 1}
    assert all(slot % 2 == process for slot, process in zip(split.rows["slot"], split.processes, strict=True))
    assert identity(split) == identity(alone)
    assert split_traces == alone_traces
    assert len(set(alone_traces)) == len(alone_traces) == len(alone.rows)


def test_when_all_users_are_busy_for_too_long_the_arrivals_are_recorded_as_not_sent(
    driver: Any, target: Any, experiment: Any
) -> None:
    text = experiment(
        target.url, "arrivals: 60/s, deadline: 500ms, endpoints: [{name: a, request: GET /ok}]", 1.5
    )
    load = driver.start(text)
    load.hear("ready")
    begin = (
        time.monotonic() - 1.0
    )  # the first second of arrivals is already past: half of it is beyond the deadline
    load.tell({"start": begin})
    time.sleep(0.8)
    load.tell({"drain": True})
    assert load.hear("done")["samples"] == 90
    load.wait()
    record = driver.read(load)
    unsent = record.rows[record.rows["flags"] == Flag.SATURATED]
    assert 30 <= len(unsent) < 90
    assert record.causes("a") >= {"not sent"}
    assert np.all(unsent["latency_us"] > 0.5e6)
    assert np.all(unsent["status"] == 0)
    late = record.rows[(record.rows["flags"] == Flag.GOOD) & (record.rows["delay_us"] > 0)]
    assert np.all(late["latency_us"] >= late["delay_us"])


def test_the_record_says_which_trace_id_a_request_carried_and_0_for_one_of_its_own(
    driver: Any, target: Any, experiment: Any
) -> None:
    target.seen.clear()
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    own = f"{{name: own, request: GET /own, headers: {{TraceParent: {theirs}}}}}"
    load = f"arrivals: 40/s, endpoints: [{{name: a, request: GET /ok}}, {own}]"
    record = driver.run(experiment(target.url, load, 0.6), 0.6)

    sent = [
        int(each.headers["traceparent"].split("-")[1][:16], 16) for each in target.seen if each.path == "/ok"
    ]
    assert len(sent) > 3
    assert sorted(record.of("a")["trace"].tolist()) == sorted(sent)
    assert record.of("own")["trace"].tolist() == [0] * target.paths().count("/own")
    assert "/own" in target.paths()


def test_a_closed_model_keeps_its_users_busy_and_no_more(driver: Any, target: Any, experiment: Any) -> None:
    target.seen.clear()
    text = experiment(
        target.url, "users: 3, processes: 2, endpoints: [{name: slow, request: GET /slow}]", 1.3
    )
    record = driver.run(text, 1.3, processes=2)
    assert 6 <= len(record.rows) <= 15  # 3 users, 0.3 s each, about 1.3 s
    assert len(record.rows) == len(target.seen)
    assert len(set(record.rows["slot"])) == len(record.rows)
    assert len({each.headers["traceparent"] for each in target.seen}) == len(target.seen)
    assert len({each.connection for each in target.seen}) == 3
    assert np.all(record.rows["delay_us"] < 0.5e6)
