"""Whatever the target does to a request: it ends by its deadline, and it leaves one record that says why."""

from typing import Any

import numpy as np
import pytest

from chaoskit.core.samples import Flag

pytestmark = pytest.mark.socket

DEADLINE = 1.0
SECONDS = 2.0
RATE = 60
KINDS = (
    "ok",
    "hang",
    "drip",
    "headdrip",
    "reset",
    "close",
    "cut",
    "garbage",
    "binary503",
    "badzip",
    "redirect",
    "stream",
)


@pytest.fixture(scope="module")
def record(driver: Any, target: Any, experiment: Any) -> Any:
    endpoints = ", ".join(f"{{name: {each}, request: GET /{each}}}" for each in KINDS)
    text = experiment(
        target.url,
        f"arrivals: {RATE}/s, deadline: {round(DEADLINE * 1000)}ms, endpoints: [{endpoints}]",
        SECONDS,
    )
    return driver.run(text, SECONDS)


def test_every_arrival_leaves_one_record_though_most_get_no_answer(record: Any) -> None:
    assert sorted(record.rows["slot"]) == list(range(round(RATE * SECONDS)))
    assert record.done == [{"samples": round(RATE * SECONDS), "censored": 0}]


def test_no_request_is_sent_twice(record: Any, target: Any) -> None:
    for kind in KINDS:
        assert target.paths().count(f"/{kind}") == len(record.of(kind)), kind


@pytest.mark.parametrize("kind", ["hang", "drip", "headdrip"])
def test_an_answer_that_does_not_end_is_ended_by_the_deadline(record: Any, kind: str) -> None:
    rows = record.of(kind)
    assert len(rows) > 0
    assert record.causes(kind) == {"deadline"}
    assert np.all(rows["flags"] == Flag.DEADLINE)
    assert np.all(rows["latency_us"] >= DEADLINE * 1e6 * 0.99)
    assert np.all(rows["latency_us"] <= (DEADLINE + 1.0) * 1e6)


@pytest.mark.parametrize(
    ("kind", "cause", "status"),
    [
        ("reset", "reset", 0),
        ("close", "closed", 0),
        ("cut", "closed", 200),
        ("garbage", "bad answer", 0),
        ("binary503", "bad status", 503),
    ],
)
def test_a_failure_is_named_after_what_happened(record: Any, kind: str, cause: str, status: int) -> None:
    assert record.causes(kind) == {cause}
    assert set(record.of(kind)["status"]) == {status}
    assert record.good(kind) == 0


def test_a_good_answer_is_good_and_a_body_that_nobody_reads_is_not_decoded(record: Any) -> None:
    for kind in ("ok", "badzip"):
        assert record.good(kind) == len(record.of(kind)) > 0


def test_a_redirect_is_an_answer_and_is_not_followed(record: Any) -> None:
    assert set(record.of("redirect")["status"]) == {302}
    assert record.good("redirect") == len(record.of("redirect"))


def test_the_last_tick_counts_what_was_due(record: Any) -> None:
    rows = record.ticks[-1]["endpoints"]
    for kind in KINDS:
        assert rows[kind]["offered"] <= len(record.of(kind))
        assert rows[kind]["good"] <= rows[kind]["done"]
    assert sum(each["offered"] for each in rows.values()) >= RATE


def test_a_streamed_answer_takes_until_its_end(record: Any) -> None:
    rows = record.of("stream")
    assert record.good("stream") == len(rows) > 0
    assert np.all(rows["latency_us"] >= 0.29e6)
    assert np.all(rows["bytes"] == len(b"data: 0\n\n") * 3)
