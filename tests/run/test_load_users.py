"""What the load processes said of a locustfile's users, read back."""

from pathlib import Path

import pytest

from chaoskit.core.diagnostic import RecordError
from chaoskit.run.load_users import read
from chaoskit.slos.evidence import Occupied


def test_stretches_are_on_the_runs_clock_and_notes_are_counted(tmp_path: Path) -> None:
    (tmp_path / "users-0.jsonl").write_text(
        '{"t": 101.0, "users": 12, "thinking": 4.0, "waiting": 1.5, "idle": 0.5}\n'
        '{"note": "its LoadTestShape is not used"}\n'
        '{"note": "KeyError", "times": 3}\n'
        '{"t": 102.0, "users": 30, "thinking": 1.0, "waiting": 1.0, "idle": 0.0}\n'
        '{"t": 103.0, "us'
    )
    (tmp_path / "users-1.jsonl").write_text(
        '{"t": 101.5, "users": 8, "thinking": 0.0, "waiting": 0.0, "idle": 4.0}\n'
        '{"note": "KeyError", "times": 2}\n'
    )
    found = read(tmp_path, 100.0)

    assert found.occupied == (
        Occupied(t=1.0, thinking=4.0, waiting=1.5, idle=0.5),
        Occupied(t=1.5, thinking=0.0, waiting=0.0, idle=4.0),
        Occupied(t=2.0, thinking=1.0, waiting=1.0, idle=0.0),
    )
    assert found.most == 38
    assert found.notes == ("its LoadTestShape is not used", "KeyError (5 times)")


def test_a_run_without_a_locustfile_has_none(tmp_path: Path) -> None:
    found = read(tmp_path, 100.0)
    assert (found.occupied, found.most, found.notes) == ((), None, ())


@pytest.mark.parametrize(
    "line", ["7", "[]", "{}", '{"t": "x", "users": 1, "thinking": 0, "waiting": 0, "idle": 0}', "no"]
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "users-0.jsonl").write_text(f'{{"note": "a"}}\n{line}\n')
    with pytest.raises(RecordError, match=r"users-0\.jsonl:2"):
        read(tmp_path, 100.0)
