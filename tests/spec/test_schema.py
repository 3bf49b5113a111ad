"""The schema says the same as the decoder, as far as a schema can."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from chaoskit import spec

ROOT = Path(__file__).parents[2]
SCHEMA = spec.schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_example_of_the_page_is_valid(example: str) -> None:
    assert complaints(example) == []


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.name)
def test_every_experiment_that_is_shipped_is_valid(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", spec.faults())
def test_every_fault_is_in_the_schema_with_its_words(name: str) -> None:
    injection = SCHEMA["$defs"]["striking.InjectionSection"]["properties"]["fault"]
    reference = injection["anyOf"][1]["properties"][name]["$ref"]
    definition = SCHEMA["$defs"][reference.removeprefix("#/$defs/")]

    assert definition["description"]
    assert all(each.get("description") for each in definition["properties"].values())


@pytest.mark.parametrize("name", spec.objectives())
def test_every_objective_is_in_the_schema(name: str) -> None:
    assert name in SCHEMA["$defs"]["sections.SloSection"]["properties"]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("version: 1", "version: 2"),
        ("seed: 7 ", "sede: 7 "),
        ("arrivals: 50/s", "arrivals: 50"),
        ("baseline: 20s", "baseline: 20"),
        ("{blackhole: {}}", "{blackhol: {}}"),
        ("{time: 300ms}", "{time: 300}"),
        ("{status: 503}", "{statu: 503}"),
        ('availability: ">= 99%"', 'availability: "99%"'),
        ("-0.5pp", "-0.5%"),
        ("weight: 7", "weigth: 7"),
        ("process: constant", "process: regular"),
    ],
)
def test_what_the_decoder_refuses_for_its_form_the_schema_refuses_too(
    example: str, refusal, good: str, bad: str
) -> None:
    assert good in example
    damaged = example.replace(good, bad)

    assert refusal(damaged)
    assert complaints(damaged)


@pytest.mark.parametrize("name", spec.faults())
def test_a_fault_is_explained_with_each_of_its_parameters(name: str) -> None:
    text = spec.describe_fault(name)

    assert text.startswith(f"{name}: {{")
    for parameter in re.findall(r"^  (\w+): .*", text, re.MULTILINE):
        assert re.search(rf"^  {parameter}: .*\n      [\w`]", text, re.MULTILINE), text
    assert max(map(len, text.splitlines())) <= 100


def test_a_fault_is_explained_in_full() -> None:
    assert (
        spec.describe_fault("throttle")
        == """\
throttle: {rate: ...}

Bodies pass no faster than a stated rate, each call by itself.

parameters:

  rate: a bandwidth such as 10kB/s; required
      for example `10kB/s`; above 0.

  direction: both, up or down; default both
      `up` is the request's body, `down` the answer's."""
    )
