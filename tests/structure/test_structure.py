"""The tree keeps its own rules: what exists has a test, a page and an example."""

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "chaoskit").rglob("*.py"))
TREE = [*SOURCES, *sorted((ROOT / "compose").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]
FAULTS = sorted(each.stem for each in (ROOT / "chaoskit" / "faults").glob("[a-z]*.py"))


def kinds() -> list[str]:
    from chaoskit import spec

    return sorted(spec.objectives())


def commands() -> list[str]:
    from chaoskit.cli.main import COMMANDS

    return sorted(COMMANDS)


def test_there_are_faults_to_speak_of() -> None:
    assert len(FAULTS) >= 9


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_a_test_and_a_page_and_is_in_the_list(name: str) -> None:
    """Its page has an example, which tests/faults/test_docs.py loads."""
    assert (ROOT / "tests" / "faults" / f"test_{name}.py").is_file()
    assert (ROOT / "docs" / "faults" / f"{name}.md").is_file()
    assert f"[{name}]({name}.md)" in (ROOT / "docs" / "faults" / "README.md").read_text()


def test_a_kind_of_objective_has_a_test_and_a_page() -> None:
    assert kinds()
    for name in kinds():
        assert (ROOT / "tests" / "slos" / f"test_{name}.py").is_file(), name
        assert (ROOT / "docs" / "slos" / f"{name}.md").is_file(), name


@pytest.mark.parametrize("name", commands())
def test_a_command_has_help_with_an_example_and_is_in_the_manual(name: str) -> None:
    from chaoskit.cli.main import Lazy, main

    assert isinstance(main, Lazy)
    command = main.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert "Example:" in (command.help or "")
    assert f"chaoskit {name}" in (command.help or "")
    assert f"`chaoskit {name}" in (ROOT / "docs" / "commands.md").read_text()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_for_in_its_first_line(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text()))

    assert text
    assert text.splitlines()[0].endswith((".", ":", ";", ","))


def lengths(paths: list[Path]) -> dict[str, int]:
    return {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}


def test_no_file_is_too_long_and_most_are_short() -> None:
    too_long = {name: n for name, n in lengths(TREE).items() if n > 400}

    assert too_long == {}
    assert statistics.median(lengths(SOURCES).values()) < 100


def test_every_experiment_that_a_page_shows_whole_validates() -> None:
    from chaoskit import spec

    shown = 0
    pages = [ROOT / "docs" / each for each in ("experiment-file.md", "docker.md")]
    for page in (ROOT / "README.md", *pages):
        for block in re.findall(r"```yaml\n(version: 1\n.*?)```", page.read_text(), re.DOTALL):
            spec.load(str(page), block)
            shown += 1
    assert shown >= 4


def test_what_the_readme_puts_in_the_place_of_parts_of_its_example_validates() -> None:
    import yaml

    from chaoskit import spec

    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    whole, *parts = (yaml.safe_load(each) for each in blocks)
    assert parts
    for part in parts:
        spec.load("README.md", yaml.safe_dump({**whole, **part}))


def test_every_page_that_a_page_links_to_exists() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.relative_to(ROOT)} links to {link}"


def test_the_lock_files_name_no_index_and_hash_everything() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "--index" not in text
        assert "://" not in text
        pins = re.findall(r"^[a-zA-Z0-9_.\[\]-]+==", text, re.MULTILINE)
        assert len(pins) > 50
        assert text.count("--hash=sha256:") >= len(pins)
