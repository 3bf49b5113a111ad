"""Break each source of evidence of a recorded pass in turn: none of them passes."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_capture import COMMANDS, EXPERIMENT

from chaoskit.core.diagnostic import RecordError, SpecError
from chaoskit.core.verdict import Verdict
from chaoskit.run.judgement import judge
from mutations import MUTATIONS

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(120)]


def told(path: Path) -> tuple[str, str]:
    """Return what a record comes to, and why."""
    try:
        result = judge(path)
    except (RecordError, SpecError) as error:
        return "no record", str(error).splitlines()[0]
    return result.verdict.value if result.verdict is not None else result.outcome, result.sentence


def test_no_mutation_of_a_recorded_pass_passes(
    make_story: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXPERIMENT.replace("COMMAND", COMMANDS["python"]).replace("TWO: around", "TWO: captured")
    other = '  other: {{hosts: [other.test], resolve: "127.0.0.1:{providers}"}}\nload:'
    story = make_story("recorded", text.replace("load:", other))
    code, out, err = story.run()
    assert code == 0, (out, err)

    record = story.folder / "out"
    assert told(record)[0] == Verdict.PASS
    rows = []
    for number, mutation in enumerate(MUTATIONS):
        broken = tmp_path / str(number)
        shutil.copytree(record, broken)
        mutation.apply(broken)
        rows.append((mutation.name, *told(broken)))
    with capsys.disabled():
        sys.stderr.write("\n\nWhat a recorded pass comes to once its evidence is broken\n")
        for name, verdict, why in rows:
            sys.stderr.write(f"  {name:<45} {verdict:<13} {why[:110]}\n")

    assert [name for name, verdict, _ in rows if verdict == Verdict.PASS] == []
