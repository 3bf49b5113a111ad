"""Each fault has a page, whose examples are valid and whose tables name its parameters."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from chaoskit.spec.experiment import load
from chaoskit.spec.registry import faults
from chaoskit.spec.shapes import parameters, summary

PAGES = Path(__file__).parents[2] / "docs" / "faults"
AROUND = """\
version: 1
name: an example
target: {url: "http://127.0.0.1:8080"}
providers: {stripe: {hosts: [api.stripe.com]}}
load: {arrivals: 10/s, endpoints: [{name: checkout, request: POST /checkout}]}
phases: {baseline: 10s, fault: 60s, recovery: 10s}
"""
OWN = sorted(name for name, kind in faults().items() if kind.__module__ == f"chaoskit.faults.{name}")


def page(name):
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def examples(name):
    return re.findall(r"^```yaml\n(.*?)^```", page(name), re.DOTALL | re.MULTILINE)


def test_there_are_faults():
    assert len(OWN) >= 9


@pytest.mark.parametrize("name", OWN)
def test_every_example_on_a_page_is_a_valid_injection_of_that_fault(name):
    assert examples(name)
    for example in examples(name):
        experiment = load(f"{name}.md", AROUND + example)
        assert {each.fault_name.split()[0] for each in experiment.injections} == {name}


@pytest.mark.parametrize("name", OWN)
def test_a_page_documents_exactly_the_parameters_that_exist(name):
    table = page(name).partition("## Parameters")[2].partition("\n## ")[0]
    table = table.partition("Forms of")[0]  # what a parameter's value may be
    documented = {
        re.match(r"\w+", cell).group() for cell in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    }
    assert documented == {each.name for each in fields(faults()[name])}


@pytest.mark.parametrize("name", OWN)
def test_a_page_tells_what_an_operator_must_know(name):
    headings = re.findall(r"^## (.*)$", page(name), re.MULTILINE)
    assert headings == [
        "In the real world",
        "Example",
        "Parameters",
        "What a client sees",
        "Open connections",
        "What it does not do",
        "Where money moves",
    ]


@pytest.mark.parametrize("name", OWN)
def test_a_fault_says_what_the_world_experiences_and_what_each_parameter_means(name):
    kind = faults()[name]
    assert summary(kind)
    assert {each.name for each in parameters(kind) if each.doc} == {each.name for each in fields(kind)}
