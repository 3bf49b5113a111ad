"""A run's folder: never half a file, never somebody else's."""

from pathlib import Path

from chaoskit.run.folder import Folder, create


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    first, second = (create(tmp_path, "2026-11-24T10-00-00", "my run") for _ in range(2))

    assert first.path.name == "2026-11-24T10-00-00-my-run"
    assert second.path.name == "2026-11-24T10-00-00-my-run-2"


def test_a_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    made = create(tmp_path / "runs", "s", "../../etc/passwd")

    assert made.path.parent == tmp_path / "runs"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write("a.txt", "one")
    folder.write("a.txt", "two")

    assert (tmp_path / "a.txt").read_text() == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
