"""result.json: what every other report can be made from again."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from chaoskit.core.result import InjectionRow, Result
from chaoskit.core.verdict import Finding
from chaoskit.report.result_json import parse, render, schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "result.schema.json"
VALIDATOR = Draft202012Validator(schema())

st.register_type_strategy(float, st.floats(allow_nan=False))
st.register_type_strategy(str, st.text(st.characters(exclude_categories=()), max_size=8))
results = st.from_type(Result)
relaxed = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@relaxed
@given(results)
def test_what_is_written_reads_back_the_same(result: Result) -> None:
    assert parse(render(result)) == result


@relaxed
@given(results)
def test_every_result_keeps_to_the_schema(result: Result) -> None:
    VALIDATOR.validate(json.loads(render(result)))


def test_the_examples_read_back_the_same_and_keep_to_the_schema(example: Result) -> None:
    assert parse(render(example)) == example
    VALIDATOR.validate(json.loads(render(example)))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_published_schema_is_current() -> None:
    expected = json.dumps(schema(), indent=2) + "\n"

    assert PUBLISHED.read_text() == expected, "write json.dumps(result_json.schema(), indent=2) to it"


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "maybe"},
        {"schema_version": 2},
        {"seed": "7"},
        {"findings": [{"check": "a"}]},
        {"phases": [["fault", 0, 1]]},
        {"surprise": 1},
    ],
    ids=str,
)
def test_the_schema_turns_away_what_no_run_writes(
    change: dict[str, Any], examples: dict[str, Result]
) -> None:
    document = json.loads(render(examples["fail"])) | change

    assert not VALIDATOR.is_valid(document)


def test_numbers_that_json_lacks_survive(examples: dict[str, Result]) -> None:
    first, *rest = examples["fail"].findings
    result = replace(examples["fail"], findings=(replace(first, upper=math.inf, lower=math.nan), *rest))

    again = parse(render(result)).findings[0]

    assert again.upper == math.inf
    assert again.lower is not None
    assert math.isnan(again.lower)


def test_a_field_of_a_later_version_is_skipped(examples: dict[str, Result]) -> None:
    document = json.loads(render(examples["pass"])) | {"mood": "good"}

    assert parse(json.dumps(document)) == examples["pass"]


def test_a_field_with_a_default_may_be_missing(examples: dict[str, Result]) -> None:
    document = json.loads(render(examples["pass"]))
    del document["notes"]

    assert parse(json.dumps(document)) == replace(examples["pass"], notes=())


def required() -> dict[str, Any]:
    text = dict.fromkeys(("name", "run", "outcome", "sentence", "command", "file", "started"), "x")
    return {"schema_version": 1, "verdict": None, "exit_code": 0, "seed": 0, **text}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected a result.json, got text that is not JSON: "),
        ("[]", "expected a result.json with schema_version 1, got None"),
        ('{"schema_version": 9}', "expected a result.json with schema_version 1, got 9"),
        ('{"schema_version": 1}', "result: expected a field `name`, got none"),
        (json.dumps(required() | {"seed": True}), "result.seed: expected a value of type int, got True"),
        (
            json.dumps(required() | {"verdict": "x"}),
            "result.verdict: expected a value of type Verdict, got 'x'",
        ),
        (json.dumps(required() | {"notes": "x"}), "result.notes: expected a list, got 'x'"),
        (json.dumps(required() | {"notes": [1]}), "result.notes[0]: expected a value of type str, got 1"),
        (json.dumps(required() | {"phases": ["x"]}), "result.phases[0]: expected an object, got 'x'"),
        (json.dumps(required() | {"versions": [["a"]]}), "result.versions[0]: expected 2 values, got 1"),
    ],
)
def test_a_wrong_file_is_told_where_it_is_wrong(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse(text)
    assert str(caught.value).startswith(message)


def test_every_type_of_a_result_is_described() -> None:
    names = {
        "EndpointRow",
        "Exposure",
        "Finding",
        "InjectionRow",
        "NotSent",
        "PeakRow",
        "RunEvent",
        "Series",
        "Window",
    }

    assert set(schema()["$defs"]) == names
    assert set(schema()["$defs"]["InjectionRow"]["properties"]) == set(InjectionRow.__slots__)
    assert set(schema()["$defs"]["Finding"]["properties"]) == set(Finding.__slots__)
