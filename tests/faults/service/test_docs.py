"""Each fault on a service has a section in docs/services, which says what the code says."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from chaoskit.spec.experiment import load
from chaoskit.spec.registry import service_faults
from chaoskit.spec.shapes import parameters, summary

PAGE = (Path(__file__).parents[3] / "docs" / "services" / "README.md").read_text(encoding="utf-8")
AROUND = """\
version: 1
name: an example
target: {url: "http://127.0.0.1:8080"}
load: {arrivals: 10/s, endpoints: [{name: checkout, request: POST /checkout}]}
phases: {baseline: 10s, fault: 60s, recovery: 10s}
"""
FAULTS = sorted(service_faults())


def section(name):
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_there_are_faults():
    assert len(FAULTS) == 14


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_a_test_of_its_own(name):
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_in_the_list_and_its_example_is_valid(name):
    assert f"| [{name}](#{name}) |" in PAGE
    (example,) = re.findall(r"^```yaml\n(.*?)^```", section(name), re.DOTALL | re.MULTILINE)
    experiment = load("README.md", AROUND + example)
    assert [each.fault_name for each in experiment.service_injections] == [name]


@pytest.mark.parametrize("name", FAULTS)
def test_exactly_the_parameters_that_exist_are_documented(name):
    kind = service_faults()[name]
    documented = re.findall(r"^\| `(\w+)` \|", section(name), re.MULTILINE)
    assert documented == [each.name for each in parameters(kind)]
    assert all(each.doc for each in parameters(kind))
    assert len(documented) == len(fields(kind))


@pytest.mark.parametrize("name", FAULTS)
def test_what_connections_suffer_and_what_is_left_is_said_as_in_the_code(name):
    kind = service_faults()[name]
    assert summary(kind) in section(name)
    assert f"- **Open connections**: {kind.on_open_connections}.\n" in section(name)
    assert f"- **Leaves**: {kind.leaves}.\n" in section(name) + "\n"
    assert (
        f"| {'yes' if kind.interrupts else 'no'} |"
        in PAGE.partition(f"[{name}](#{name})")[2].partition("\n")[0] + "\n"
    )
