"""Every error of every provider in the catalogue, as a client gets it through the real proxy.

Where the provider's own SDK is at hand, that SDK must parse it into the exception that the catalogue names.
``CHAOSKIT_WRITE_PROVIDERS=1 pytest tests/clients/catalogue`` writes the table of docs/providers.md from it.
"""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import pytest
import requests

import providers_page
from chaoskit.catalogue.provider import Dialect
from chaoskit.core.call import header
from chaoskit.core.hosts import covers
from chaoskit.faults.delay import Delay
from chaoskit.faults.error import Error
from chaoskit.faults.error_event import ErrorEvent
from chaoskit.spec import shelf
from fakes import HOSTS, Fakes
from raised import headers_of, name_of, status_of, words_of
from streams import GEMINI
from vendors import TIMEOUT, VENDORS

pytestmark = [pytest.mark.socket, pytest.mark.broad]
NO_ERROR = {
    "openai/stalled": "the SDK waits for its first byte, and gets it",
    "entra-id/lost-signing-key": "a key set is an answer; who verifies a token with it finds no key",
}
"""Dialects that the SDK rightly does not raise for."""


@dataclass(frozen=True)
class Row:
    provider: str
    dialect: Dialect

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.dialect.name}"

    @property
    def id(self) -> str:
        return self.name.replace("/", "--")

    @property
    def is_answer(self) -> bool:
        return isinstance(self.dialect.fault, Error)

    @property
    def has_sdk(self) -> bool:
        return self.provider in VENDORS and self.name not in NO_ERROR


ROWS = [Row(name, each) for name in shelf.provider_names() for each in shelf.provider(name).errors]
WITH_SDK = [row for row in ROWS if row.has_sdk]
PLAIN = [row for row in ROWS if row.is_answer and not row.has_sdk]


def host_of(row: Row) -> str:
    return VENDORS[row.provider].host if row.has_sdk else f"{row.provider}.of-the-catalogue.example"


def injection(row: Row) -> str:
    fault = row.dialect.fault
    given = {"like": row.name}
    if isinstance(fault, Error) and fault.wait:  # an edge that gives up after a minute: without the minute
        given = {
            "status": fault.status,
            "headers": dict(fault.headers),
            "body": fault.body,
            "fill": fault.fill,
        }
    match = VENDORS[row.provider].match(row.id) if row.has_sdk else f"{{header: {{x-row: {row.id}}}}}"
    provider = row.provider if row.has_sdk else f"plain-{row.provider}"
    return (
        f"  - {{id: {row.id}, provider: {provider}, fault: {{error: {json.dumps(given)}}},"
        f" during: fault, match: {match}}}\n"
    )


def experiment(fakes: Fakes, rows: list[Row]) -> str:
    hosts = {row.provider if row.has_sdk else f"plain-{row.provider}": host_of(row) for row in rows}
    providers = "".join(
        f"  {name}: {{hosts: [{host}], resolve: '127.0.0.1:{fakes.port}'}}\n" for name, host in hosts.items()
    )
    return (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: '{fakes.ca}'}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{''.join(map(injection, rows))}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )


def ask(row: Row) -> Exception | None:
    vendor, pieces = VENDORS[row.provider], []
    is_stream = isinstance(row.dialect.fault, ErrorEvent)
    try:
        if is_stream:
            assert vendor.stream is not None, f"{row.name} breaks off a stream: its SDK must stream here"
            vendor.stream(row.id, pieces)
        else:
            vendor.call(row.id)
    except Exception as problem:  # noqa: BLE001 - which one it is is what this is about
        if is_stream and not pieces:
            return AssertionError(f"{row.name} gave nothing before it broke off: {problem!r}")
        return problem
    return None


def test_every_sdk_raises_what_the_catalogue_says(arm, fakes):
    proxy = arm(experiment(fakes, WITH_SDK))
    with ThreadPoolExecutor(8) as pool:
        problems = dict(zip(WITH_SDK, pool.map(ask, WITH_SDK), strict=True))
    wrong = [line for row, problem in problems.items() for line in mistakes(row, problem)]
    assert not wrong, "\n".join(wrong)
    struck = [name for line in proxy.lines() for name, _ in line["hits"]]
    assert sorted(struck) == sorted(row.id for row in WITH_SDK)  # one call each: no retries, none missed
    if os.environ.get("CHAOSKIT_WRITE_PROVIDERS"):
        providers_page.write(ROWS)


def mistakes(row: Row, problem: Exception | None) -> list[str]:
    """Return what is wrong with what an SDK made of a dialect."""
    if problem is None:
        return [f"{row.name}: no exception"]
    sdk, fault = VENDORS[row.provider].sdk, row.dialect.fault
    said = dict(row.dialect.raises).get(sdk)
    found = []
    if name_of(problem) != said:
        found.append(f"{row.name}: {sdk} raises {name_of(problem)}, not {said}: {problem!r:.300}")
    if not isinstance(fault, Error):
        return found
    if status_of(problem) not in (fault.status, None):
        found.append(f"{row.name}: status {status_of(problem)}, not {fault.status}")
    told = headers_of(problem)
    if told and header(fault.headers, "retry-after") and "retry-after" not in told:
        found.append(f"{row.name}: the SDK sees no retry-after in {told}")
    if (message := message_of(fault.body)) and message not in words_of(problem):
        found.append(f"{row.name}: {message!r} is not in {words_of(problem)!r:.300}")
    return found


def message_of(body: str) -> str | None:
    """Return the words for a human, of JSON or XML, up to the first placeholder."""
    if (found := re.search(r"<Message>([^$<\n]+)", body)) is not None:
        return found[1].strip()
    found = re.search(r'"(?:message|error_description)":"([^"$]+)"', body)
    return found[1].strip() if found else None


def test_every_other_error_comes_through_as_it_is_written(arm, fakes):
    proxy = arm(experiment(fakes, PLAIN))

    def get(row: Row) -> requests.Response:
        return requests.get(f"https://{host_of(row)}/", headers={"x-row": row.id}, timeout=TIMEOUT)

    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(PLAIN, pool.map(get, PLAIN), strict=True))
    for row, answer in answers.items():
        fault = row.dialect.fault
        assert answer.status_code == fault.status, row.name
        for name, value in fault.headers:
            assert name in answer.headers, (row.name, name)
            assert "${" in value or answer.headers[name] == value, (row.name, name)
        assert "${" not in answer.text + str(answer.headers), row.name
        parse(answer)
    struck = [name for line in proxy.lines() for name, _ in line["hits"]]
    assert sorted(struck) == sorted(row.id for row in PLAIN)
    assert fakes.calls == []


def parse(answer: requests.Response) -> None:
    kind = answer.headers.get("content-type", "")
    if "json" in kind:
        assert isinstance(answer.json(), dict | list)
    elif "xml" in kind and answer.text:
        ET.fromstring(answer.text)
    elif "html" in kind:
        assert re.search(r"<(html|h2)\b", answer.text, re.IGNORECASE), answer.text


def test_every_provider_is_walked_and_every_error_that_an_sdk_can_parse_has_its_exception():
    assert {row.provider for row in WITH_SDK} == set(VENDORS)
    assert set(NO_ERROR) <= {row.name for row in ROWS}
    for row in ROWS:
        named = dict(row.dialect.raises)
        assert set(named) == ({VENDORS[row.provider].sdk} if row.has_sdk else set()), row.name
    unsent = [row.dialect.fault for row in ROWS if not row.is_answer and not row.has_sdk]
    assert {type(fault).__name__ for fault in unsent} <= {"Blackhole", Delay.__name__}  # tested as faults


@pytest.mark.parametrize("name", VENDORS)
def test_the_host_that_an_sdk_calls_is_one_of_its_provider(name):
    assert any(covers(pattern, VENDORS[name].host) for pattern in shelf.provider(name).patterns())


def test_the_page_shows_the_errors_that_exist_and_no_others():
    assert providers_page.table(ROWS) == providers_page.committed()


def test_the_fakes_stand_where_streams_break_off():
    broken = {row.provider for row in ROWS if isinstance(row.dialect.fault, ErrorEvent)}
    assert {VENDORS[name].host for name in broken} <= {*HOSTS.values(), GEMINI}
