"""The steps of CI: each one's time and end is in the table, and none that fails is lost."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAKE = """#!/bin/sh
# In the place of make: the target's name says how it ends.
shift  # --no-print-directory
echo "$@" >>"$LOG"
case $1 in
    *bad) echo 1 >"$CHAOSKIT_STATUS"; exit 2 ;;
    *slow) echo 3 >"$CHAOSKIT_STATUS"; exit 2 ;;
    *unknown) exit 2 ;;
esac
"""


@pytest.fixture
def steps(tmp_path):
    """Run steps with a make of our own; return the status, the table by name, and what was called."""
    make, log = tmp_path / "make", tmp_path / "log"
    make.write_text(MAKE)
    make.chmod(0o755)
    log.touch()

    def run(*words):
        done = subprocess.run(
            [ROOT / ".ci" / "steps", *words],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "MAKE": str(make), "LOG": str(log)},
        )
        table = done.stdout.rpartition("\n\n")[2]
        rows = dict(re.findall(r"^  (.+?) +\d+:\d\d  (.+)$", table, re.MULTILINE))
        return done.returncode, rows, log.read_text().splitlines()

    return run


def test_each_step_is_called_with_its_variables_and_is_in_the_table(steps):
    status, rows, called = steps("one", "two PART=2/4:abc")

    assert called == ["one", "two PART=2/4:abc"]
    assert rows == {"one": "passed", "two PART=2/4:abc": "passed", "all of it": "passed"}
    assert status == 0


@pytest.mark.parametrize("failing", ["bad", "unknown"])
def test_the_first_that_fails_is_the_last_one(steps, failing):
    status, rows, called = steps("one", failing, "three")

    assert called == ["one", failing]
    assert rows == {"one": "passed", failing: "FAILED", "all of it": f"FAILED: {failing}"}
    assert status == 1


def test_who_keeps_going_runs_the_rest_and_fails_all_the_same(steps):
    status, rows, called = steps("--keep-going", "one-bad", "two", "three-bad")

    assert called == ["one-bad", "two", "three-bad"]
    assert rows == {
        "one-bad": "FAILED",
        "two": "passed",
        "three-bad": "FAILED",
        "all of it": "FAILED: one-bad three-bad",
    }
    assert status == 1


def test_a_soak_on_a_machine_that_is_too_slow_is_no_failure_and_no_success(steps):
    status, rows, called = steps("slow", "two")

    assert called == ["slow", "two"]
    assert rows["slow"].startswith("told nothing")
    assert rows["all of it"] == "passed, and nothing is known of: slow"
    assert status == 0


def test_what_the_fast_tests_do_not_even_import_is_marked_for_another_target():
    makefile = (ROOT / "Makefile").read_text()
    (paths,) = re.findall(r"^ELSEWHERE := (.+)$", makefile, re.MULTILINE)
    files = [
        file
        for path in paths.split()
        for file in ([ROOT / path] if path.endswith(".py") else sorted((ROOT / path).rglob("test_*.py")))
    ]
    assert len(files) > 20
    for file in files:
        (marks,) = re.findall(r"^pytestmark = (\[.*?\]|\S+)$", file.read_text(), re.MULTILINE | re.DOTALL)
        assert re.search(r"mark\.(broad|docker|story)\b", marks), file


def test_what_ci_runs_are_targets_of_make():
    """CI and the night together leave no test out."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    nightly = re.search(r"^NIGHTLY = (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert nightly
    every = set(nightly[1].split())
    text = (ROOT / ".ci" / "run").read_text()
    words = re.findall(r'"[^"]*"|\S+', text.partition(".ci/steps ")[2])
    in_ci = {word.strip('"').split()[0] for word in words if not word.startswith('"${')}

    assert every <= targets
    assert in_ci | {"soak", "stories-docker"} == every
