"""JUnit XML, read back by junitparser as a CI server would."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from chaoskit.core.result import Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import junit


def suite(result: Result) -> TestSuite:
    (only,) = JUnitXml.fromstring(junit.render(result).encode())
    return only


def red(case: TestCase) -> str:
    match case.result:
        case [Failure()]:
            return "failure"
        case [Error()]:
            return "error"
        case []:
            return ""
    raise AssertionError(case.result)


def test_a_report_reads_as_in_the_file(
    examples: dict[str, Result], matches: Callable[[str, str], bool]
) -> None:
    assert matches("fail.xml", junit.render(examples["fail"]))


def test_it_is_green_if_and_only_if_the_run_passed(example: Result) -> None:
    is_green = all(red(case) == "" for case in suite(example))

    assert is_green == (example.exit_code == 0)


def test_a_fail_is_a_failure_and_an_inconclusive_check_is_an_error(examples: dict[str, Result]) -> None:
    kinds = {name: sorted({red(case) for case in suite(each)} - {""}) for name, each in examples.items()}

    assert kinds == {"pass": [], "fail": ["failure"], "inconclusive": ["error"], "aborted": ["error"]}


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INCONCLUSIVE])
def test_a_run_that_no_check_is_to_blame_for_is_red_itself(
    verdict: Verdict, examples: dict[str, Result]
) -> None:
    result = replace(examples["pass"], verdict=verdict, findings=(), exit_code=1)
    (case,) = suite(result)

    assert case.name == "judged"
    assert red(case) == {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error"}[verdict]


def test_the_counts_are_those_of_the_cases(example: Result) -> None:
    given = suite(example)
    kinds = [red(case) for case in given]

    assert (given.tests, given.failures, given.errors, given.skipped) == (
        len(example.findings) + 1,
        kinds.count("failure"),
        kinds.count("error"),
        0,
    )


def test_names_stay_the_same_from_run_to_run_and_none_is_there_twice(examples: dict[str, Result]) -> None:
    result = examples["fail"]
    other = replace(
        result, findings=tuple(replace(each, measured="1%", value=0.01) for each in result.findings)
    )
    names = [(case.classname, case.name) for case in suite(result)]

    assert names == [(case.classname, case.name) for case in suite(other)]
    assert len(set(names)) == len(names)
    assert names[3] == ("checkout-without-a-timeout.fault", "survive/checkout/fault/availability")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_text_makes_a_document_that_parses(text: str) -> None:
    finding = Finding(
        check=text,
        kind=text,
        phase=text,
        subject=text,
        verdict=Verdict.FAIL,
        objective=text,
        measured=text,
        reason=text,
    )
    result = Result(
        name=text,
        run=text,
        verdict=Verdict.FAIL,
        outcome="judged",
        sentence=text,
        exit_code=1,
        seed=0,
        command=text,
        file=text,
        started=text,
        findings=(finding,),
    )

    first, _ = suite(result)

    assert red(first) == "failure"
