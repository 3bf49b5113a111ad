"""What is said about a locustfile is bounded, however often it comes up."""

import json
import logging
from pathlib import Path

from chaoskit.core.written import Written
from chaoskit.load.remarks import MOST, Remarks, Repeats


def notes(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in (path / "users-0.jsonl").read_text().splitlines():
        row = json.loads(line)
        found[row["note"]] = found.get(row["note"], 0) + row["times"]
    return found


def test_what_differs_in_its_numbers_is_one_note_with_a_count(tmp_path: Path) -> None:
    remarks = Remarks(tmp_path, 0)
    for number in range(1000):
        remarks.note(f"order {number} is gone")
        if number % 100 == 0:
            remarks.flush()
    remarks.flush()
    assert notes(tmp_path) == {"order 0 is gone": 1000}


def test_notes_without_end_are_counted_together(tmp_path: Path) -> None:
    remarks = Remarks(tmp_path, 0)
    for number in range(3 * MOST):
        remarks.note("x" * (number + 1))
    remarks.flush()
    found = notes(tmp_path)
    assert len(found) == MOST + 1
    assert found["further notes about the locustfile: see the load's log"] == 2 * MOST


def test_what_was_written_is_told_and_nothing_where_nothing_was(tmp_path: Path) -> None:
    remarks = Remarks(tmp_path, 0)
    remarks.flush()
    assert remarks.files() == {}
    for number in range(3):
        remarks.note(f"{'x' * number}!")
        remarks.flush()
    data = (tmp_path / "users-0.jsonl").read_bytes()
    assert remarks.files() == {"users-0.jsonl": Written().plus(data)}


def test_a_log_of_repeats_is_short_and_says_how_many_there_were() -> None:
    repeats, written = Repeats(), []
    for number in range(100_000):
        record = logging.LogRecord("locust", logging.ERROR, "", 0, "%s: order %d", ("KeyError", number), None)
        if repeats.filter(record):
            written.append(record.getMessage())
    assert len(written) == 3 + 5
    assert written[0] == "KeyError: order 0"
    assert written[-1] == "KeyError: order 99999 (100000 times so far; the others are left out)"
