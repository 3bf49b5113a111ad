"""Where entry points may be: whatever could have one is asked, and nothing else."""

import sys
import zipfile
from pathlib import Path

import pytest

from chaoskit.spec.plugins import may_offer, offers

GROUP = "chaoskit.tests"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place that modules come from."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return tmp_path


def distribution(folder: Path, text: str) -> None:
    info = folder / "theirs-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
    (info / "entry_points.txt").write_text(text)


def test_without_a_mention_of_the_group_nothing_is_offered(folder: Path) -> None:
    distribution(folder, "[console_scripts]\nx = y:z\n")
    sys.path.append(str(folder / "nowhere"))

    assert not may_offer(GROUP)
    assert offers(GROUP) == []


def test_what_is_offered_comes_by_name(folder: Path) -> None:
    distribution(folder, f"[{GROUP}]\nb = os:sep\na = os:name\n")

    assert [(each.name, each.value) for each in offers(GROUP)] == [("a", "os:name"), ("b", "os:sep")]


def test_an_archive_is_asked(folder: Path) -> None:
    with zipfile.ZipFile(folder / "theirs.zip", "w") as archive:
        archive.writestr("theirs-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
        archive.writestr("theirs-1.dist-info/entry_points.txt", f"[{GROUP}]\na = os:sep\n")
    sys.path.append(str(folder / "theirs.zip"))

    assert [each.load() for each in offers(GROUP)] == ["/"]


def test_a_finder_of_another_kind_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        @staticmethod
        def find_spec(*_: object) -> None: ...

        @staticmethod
        def find_distributions(_context: object = None) -> list[object]:
            return []

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])

    assert may_offer(GROUP)
