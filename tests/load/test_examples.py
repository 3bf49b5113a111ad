"""Locustfiles after the ideas of Locust's own examples: each works, works with a word, or cannot and says so.

The table in docs/load.md has a row for each file, and this is what checks it.
"""

import re
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from chaoskit.core.samples import NO_SLOT, NOT_SENT

pytestmark = pytest.mark.socket

FILES = Path(__file__).parent / "locustfiles"
PAGE = Path(__file__).parents[2] / "docs" / "load.md"
SECONDS, RATE = 2.0, 20
ROW = re.compile(
    r"^\| `(\w+\.py)` \| [^|]+ \| (works|works with a word|cannot)(?:: \"([^|]+)\")? \|$", re.MULTILINE
)


def rows() -> dict[str, tuple[str, str]]:
    return {name: (how, said) for name, how, said in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def test_the_page_has_a_row_for_each_file() -> None:
    assert sorted(rows()) == sorted(each.name for each in FILES.glob("*.py"))


def why(load: Any) -> str:
    """Return why a load could not go on; its last line tells what it wrote."""
    return next(str(each["failed"]) for each in reversed(load.said) if "failed" in each)


def tried(name: str, driver: Any, target: Any, experiment: Any, folder: Path) -> tuple[str, str, Any]:
    """Run a file; return how it went, what was said about it, and its record."""
    for each in FILES.iterdir():
        if each.is_file():
            shutil.copy(each, folder)
    load = driver.start(
        experiment(target.url, f"arrivals: {RATE}/s, deadline: 1s, locustfile: {name}", SECONDS)
    )
    if load.hear("ready") is None:
        return "cannot", why(load), None
    begin = time.monotonic() + 0.1
    load.tell({"start": begin})
    time.sleep(max(0.0, begin + SECONDS - time.monotonic()) + 0.02)
    if load.process.poll() is None:
        load.tell({"drain": True})
    done = load.hear("done")
    record = driver.read(load)
    if done is None:
        return "cannot", why(load), record
    slots = sorted(record.rows["slot"][record.rows["slot"] != NO_SLOT])
    assert slots == list(range(int(SECONDS * RATE))), "an arrival has no record, or two"
    assert len(load.log.read_text()) < 20_000
    if set(record.names) == {NOT_SENT}:
        return "cannot", NOT_SENT, record
    notes = " ".join(record.notes)
    return "works with a word" if notes else "works", notes, record


@pytest.mark.broad
@pytest.mark.parametrize("name", sorted(each.name for each in FILES.glob("*.py")))
def test_an_example_runs_as_the_page_says(
    name: str, driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    how, said, record = tried(name, driver, target, experiment, folder)
    expected, words = rows()[name]
    assert how == expected, said
    assert words in said
    if how == "works":
        assert NOT_SENT not in record.names


def test_a_class_without_a_task_takes_no_turn_of_the_others(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    how, said, record = tried("abstract_base.py", driver, target, experiment, folder)
    assert (how, record.good("/ok")) == ("works with a word", RATE * SECONDS)
    assert "Based has no task and is left out" in said
    assert "10.1.0.7" in {each.headers.get("x-forwarded-for") for each in target.seen}


def test_there_are_as_many_users_as_a_task_that_sleeps_needs(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    _, _, record = tried("sleeps.py", driver, target, experiment, folder)
    stretches = [each for each in record.said if "users" in each]
    assert stretches[0]["users"] >= 24  # rate x deadline x 1.2: too few for iterations of 1.5 s
    assert max(each["users"] for each in stretches) >= 30  # 20 a second x 1.5 s
    thinking, waiting = (sum(each[what] for each in stretches) for what in ("thinking", "waiting"))
    assert thinking > 5 * waiting > 0
    assert NOT_SENT not in record.names


def test_a_task_that_sends_nothing_leaves_its_arrivals_on_record_as_not_sent(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    how, _, record = tried("nothing_sent.py", driver, target, experiment, folder)
    assert how == "cannot"
    assert set(record.names) == {NOT_SENT}
    assert len(record.rows) == RATE * SECONDS
