"""Files that cannot be read are a user's mistake like any other: a sentence, and one thing to try."""

import os
from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import SpecError


def said(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        spec.read(path)
    return str(caught.value)


def test_a_file_that_is_not_there_is_said_so_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("version: 1")

    assert said(tmp_path / "shp.yaml") == (
        f"{tmp_path}/shp.yaml: there is no such file\nhint: in {tmp_path} there is shop.yaml"
    )


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    assert said(tmp_path) == f"{tmp_path}: expected a file, got a folder\nhint: name the .yaml file in it"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "expected a file" in said(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("version: 1")
    path.chmod(0)

    assert said(path) == f"{path}: the file cannot be read: permission denied"


def test_a_path_that_no_file_can_have_is_said_so() -> None:
    assert "cannot be read" in said(Path("a\0b"))


def test_a_file_in_another_encoding_is_said_so_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_bytes("version: 1\nname: café\n".encode("latin-1"))

    assert said(path) == (
        f"{path}: expected UTF-8, got byte 0xe9 at offset 20 (line 2)\nhint: save the file as UTF-8"
    )


def test_an_empty_file_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("# nothing yet\n")

    assert (
        said(path) == f"{path}: expected an experiment, got an empty file\nhint: start it with `version: 1`"
    )


def test_a_file_that_is_far_too_large_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_bytes(b"- x: y\n" * 750_000)

    assert said(path) == f"{path}: expected at most 1 MiB, got more\nhint: is this the right file?"


@pytest.mark.parametrize("unit", ["[", "- ", "? ", "{a: ", "&a *a ", "a: &a [*a]\n", "'", "a:\n "])
def test_a_large_and_hostile_file_is_refused_within_the_time_of_a_test(unit: str) -> None:
    with pytest.raises(SpecError):
        spec.load("large.yaml", unit * (300_000 // len(unit)))
