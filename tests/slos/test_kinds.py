"""Every kind of objective is one file, with a page and tests, and its page's YAML is real."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import chaoskit.slos
from chaoskit.slos.judge import forecast
from chaoskit.slos.kinds import KINDS
from chaoskit.slos.objective import JudgedObjective
from chaoskit.spec import load

ROOT = Path(chaoskit.slos.__file__).parents[2]
AROUND = """\
version: 1
name: an example
target: {url: "http://127.0.0.1:8080"}
providers: {stripe: {hosts: [api.stripe.com]}}
phases: {baseline: 20s, fault: 30s, recovery: 30s}
inject: [{id: dark, provider: stripe, fault: {blackhole: {}}, during: fault}]
"""
ENDPOINTS = "[{name: checkout, request: POST /}, {name: catalogue, request: GET /}]"
LOAD = f"load: {{arrivals: 50/s, endpoints: {ENDPOINTS}}}\n"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_file_a_page_and_tests(kind):
    assert KINDS[kind].__module__ == f"chaoskit.slos.{kind}"
    assert (ROOT / "tests" / "slos" / f"test_{kind}.py").is_file()
    page = (ROOT / "docs" / "slos" / f"{kind}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {kind}\n")
    for heading in ("## In the file", "## How it is computed", "## When it is inconclusive"):
        assert heading in page


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_frozen_dataclass_that_judges_and_forecasts(kind):
    found = KINDS[kind]
    assert is_dataclass(found)
    assert fields(found)
    assert found.judge is not JudgedObjective.judge
    assert found.forecast is not JudgedObjective.forecast


def test_no_kind_is_forgotten():
    pages = {each.stem for each in (ROOT / "docs" / "slos").glob("*.md")} - {"README"}
    assert pages == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_index_names_every_kind(kind):
    assert f"]({kind}.md)" in (ROOT / "docs" / "slos" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_on_a_page_is_valid_and_can_be_decided(kind):
    page = (ROOT / "docs" / "slos" / f"{kind}.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    around = AROUND if "load:" in example else AROUND + LOAD
    if "load:" in example:
        example = example.replace("load:\n", "load:\n  arrivals: 50/s\n", 1)
    experiment = load(f"{kind}.md", around + example)
    assert kind in {name for slo in experiment.slos for name, _ in slo.objectives}
    assert all(each.expected >= each.needed for each in forecast(experiment))
