"""The rows keep their own rules: every fault has one, and the committed page shows what exists."""

import re

import page
from chaoskit.spec.registry import faults
from matrix import CLIENTS
from rows import ELSEWHERE, ROWS

OWN = {name for name, kind in faults().items() if kind.__module__ == f"chaoskit.faults.{name}"}


def named(text: str) -> str:
    return re.match(r"\{?\s*(\w+)", text).group(1)


def test_every_fault_that_a_proxied_client_can_meet_has_a_row():
    assert {named(row.fault) for row in ROWS if row.fault} | set(ELSEWHERE) == OWN


def test_a_fault_has_rows_or_a_reason_and_not_both():
    assert {named(row.fault) for row in ROWS if row.fault} & set(ELSEWHERE) == set()


def test_the_page_shows_the_rows_that_exist_and_no_others():
    found = re.findall(r"^\| ([\w-]+) \| (`.*?`|none) \| \*\*", page.PAGE.read_text(), re.MULTILINE)
    assert found == [(row.name, page.fault(row)) for row in ROWS]


def test_an_exception_is_for_a_client_that_exists_and_has_a_reason():
    for row in ROWS:
        assert set(row.but) <= set(CLIENTS), row.name
        assert bool(row.but) == bool(row.because), row.name


def test_a_name_is_a_label_of_a_host_name():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in names)
