"""Files that are wrong, each saying itself what will be said about it.

``# error: COLUMN "part of the message" "part of the hint"`` stands at the line that is wrong. Where that line
can have no comment, ``# error: LINE:COLUMN ...`` stands alone; ``# error: file ...`` is about the whole file.
``# case: NAME`` begins another file.
"""

import re
from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import Diagnostic, SpecError

BAD = Path(__file__).parent / "bad"
PREDICTION = re.compile(r'# error: (file|\d+(?::\d+)?) "((?:[^"\\]|\\.)*)"(?: "((?:[^"\\]|\\.)*)")?')


def cases() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for path in sorted(BAD.glob("*.yaml")):
        text = path.read_text()
        pieces = re.split(r"(?m)^# case: (.*)\n", text)
        if len(pieces) == 1:
            found.append((path.stem, text))
        found += [
            (f"{path.stem}: {name}", body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)
        ]
    return found


def predictions(text: str) -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    for number, line in enumerate(text.splitlines(), 1):
        for where, message, hint in PREDICTION.findall(line):
            place = f"{number}:{where}" if where.isdigit() else where
            found.append((place, message.replace('\\"', '"'), hint.replace('\\"', '"') or None))
    return found


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        spec.load("bad.yaml", text)
    return caught.value.diagnostics


def place(diagnostic: Diagnostic) -> str:
    return "file" if diagnostic.span is None else f"{diagnostic.span.line}:{diagnostic.span.column}"


def is_met(prediction: tuple[str, str, str | None], diagnostic: Diagnostic) -> bool:
    where, message, hint = prediction
    if where != place(diagnostic) or message not in diagnostic.message:
        return False
    return diagnostic.hint is None if hint is None else hint in (diagnostic.hint or "")


@pytest.mark.parametrize(("name", "text"), [pytest.param(*case, id=case[0]) for case in cases()])
def test_every_problem_is_predicted_and_every_prediction_met(name: str, text: str) -> None:
    expected = predictions(text)
    found = diagnostics(text)

    surprises = [d for d in found if not any(is_met(p, d) for p in expected)]
    unmet = [p for p in expected if not any(is_met(p, d) for d in found)]

    assert expected
    assert (surprises, unmet) == ([], [])
    assert len(found) == len(expected)
