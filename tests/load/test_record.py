"""The record: names before what uses them, one record for each request, totals that agree with it."""

import json
from pathlib import Path

import numpy as np
import pytest

from chaoskit.core.samples import CAUSES, FIELDS, NO_SLOT, Flag
from chaoskit.load.ledger import Ending, Ledger
from chaoskit.load.shard import MOST_NAMES, OTHER, Shard
from chaoskit.load.tally import Tally

GOOD = Ending(200, 10, Flag.GOOD, "none")


@pytest.fixture
def shard(tmp_path: Path) -> Shard:
    return Shard(tmp_path, process=3, pid=77)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def ledger(shard: Shard, tally: Tally) -> Ledger:
    return Ledger(shard, tally)


def rows(folder: Path) -> np.ndarray:
    return np.fromfile(folder / "samples-77.bin", np.dtype(list(FIELDS)))


def names(folder: Path) -> list[str]:
    sidecar = json.loads((folder / "samples-77.json").read_text())
    assert sidecar["process"] == 3
    return sidecar["names"]


def test_a_name_is_on_disk_before_any_record_that_uses_it(shard: Shard, tmp_path: Path) -> None:
    assert names(tmp_path) == []
    assert (shard.index("a"), shard.index("b"), shard.index("a")) == (0, 1, 0)
    assert names(tmp_path) == ["a", "b"]


def test_names_without_end_are_folded_into_one(shard: Shard, tmp_path: Path) -> None:
    for number in range(MOST_NAMES + 5):
        shard.index(f"/item/{number}")
    assert shard.index("/item/77777") == MOST_NAMES
    assert shard.index("/item/5") == 5
    assert names(tmp_path)[-1] == OTHER
    assert len(names(tmp_path)) == MOST_NAMES + 1


def test_latency_and_delay_count_from_the_intended_start(ledger: Ledger, tmp_path: Path) -> None:
    entry = ledger.open("a", 9, intended=100.0, now=100.25)
    ledger.close(entry, 101.0, GOOD)
    ledger.flush()
    (row,) = rows(tmp_path)
    assert (row["intended_us"], row["latency_us"], row["delay_us"]) == (100_000_000, 1_000_000, 250_000)
    assert (row["slot"], row["status"], row["bytes"], row["flags"]) == (9, 200, 10, Flag.GOOD)


def test_a_request_leaves_one_record_however_often_it_ends(ledger: Ledger, tmp_path: Path) -> None:
    entry = ledger.open("a", 0, 1.0, 1.0)
    ledger.close(entry, 2.0, GOOD)
    ledger.close(entry, 3.0, Ending(0, 0, Flag(0), "other"))
    ledger.finish(4.0)
    ledger.close(entry, 5.0, GOOD)
    assert len(rows(tmp_path)) == ledger.written == 1


def test_what_is_in_flight_at_the_end_is_written_as_still_open(ledger: Ledger, tmp_path: Path) -> None:
    late = ledger.open("a", 1, 2.0, 2.0)
    ledger.open("a", 0, 1.0, 1.0)
    ledger.finish(4.0)
    ledger.close(late, 5.0, GOOD)
    ledger.finish(6.0)
    found = rows(tmp_path)
    assert [CAUSES[each] for each in found["cause"]] == ["still open", "still open"]
    assert list(found["latency_us"]) == [3_000_000, 2_000_000]
    assert np.all(found["flags"] == Flag.CENSORED)
    assert (ledger.censored, ledger.in_flight) == (2, 0)


def test_an_arrival_that_was_not_sent_counts_as_a_bad_one(
    ledger: Ledger, tally: Tally, tmp_path: Path
) -> None:
    ledger.unsent("a", NO_SLOT, due=1.0, now=6.5)
    ledger.finish(7.0)
    (row,) = rows(tmp_path)
    assert row["flags"] == Flag.SATURATED
    assert CAUSES[row["cause"]] == "not sent"
    assert row["latency_us"] == 5_500_000
    assert (tally.of("a").done, tally.of("a").good) == (1, 0)


def test_totals_agree_with_the_record(ledger: Ledger, tally: Tally) -> None:
    for flags in (Flag.GOOD, Flag.GOOD | Flag.DEGRADED, Flag.CHECK_FAILED):
        ledger.offered("a")
        ledger.close(ledger.open("a", 0, 1.0, 1.0), 1.5, Ending(200, 0, flags, "none"))
    assert tally.row(1.6) == {"a": {"offered": 3, "done": 3, "good": 2, "degraded": 1, "p95": 0.5}}


def test_p95_is_about_the_last_second_and_is_a_latency_that_occurred(tally: Tally) -> None:
    counts = tally.of("a")
    counts.recent.extend((1.0, 9.0) for _ in range(50))
    counts.recent.extend((2.5, number / 100) for number in range(1, 101))
    assert counts.p95(3.0) == 0.95
    assert counts.p95(3.6) is None
