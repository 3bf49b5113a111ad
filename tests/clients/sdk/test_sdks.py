"""Each vendor's own SDK raises its own error for each fault that its provider can produce.

``CHAOSKIT_WRITE_CLIENTS=1 pytest tests/clients/sdk`` writes docs/faults/sdks.md from it.
"""

import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

import sdk_page
from fakes import HOSTS, Fakes
from sdk_rows import LONG, ROWS, SdkRow
from sdks import GOOD, SDKS, Told, call, match, provider, versions

pytestmark = [pytest.mark.socket, pytest.mark.broad]
DEFAULT_CALLS = {"stripe": 3, "openai": 3, "anthropic": 3, "s3": 3, "dynamodb": 4}
"""Calls that one call becomes where the provider answers 500, with each SDK's own defaults. (Stripe's of
 ``stripe.PaymentIntent.create``: a ``StripeClient`` does not retry unless it is told to.)"""


def experiment(kit, fakes: Fakes, rows: list[SdkRow]) -> dict:
    providers = "".join(
        f"  {name}: {{hosts: [{host}], resolve: '127.0.0.1:{fakes.port}'}}\n" for name, host in HOSTS.items()
    )
    inject = "".join(
        f"  - {{id: {row.name}-{name}, provider: {name}, fault: {fault}, during: fault"
        + ("}\n" if row.own else f", match: {match(name, row.name)}}}\n")
        for row in rows
        for name in HOSTS
        if (fault := row.fault_for(name))
    )
    text = (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: '{fakes.ca}'}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{inject}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )
    return kit.config(fakes.port, text=text)


@pytest.fixture
def fakes(tmp_path):
    with Fakes(tmp_path / "fakes") as fakes:
        yield fakes


@pytest.fixture
def arm(kit, fakes, monkeypatch):
    """Return a function that starts a worker for some rows and sets what a program under it is given."""

    def arm(rows: list[SdkRow]):
        kit.provider_ca = fakes.ca
        folder = kit.folder / f"run-{rows[0].name}"
        folder.mkdir()
        config = experiment(kit, fakes, rows) | {"folder": str(folder), "memory": str(folder / "memory")}
        proxy = kit.start(config).ready()
        proxy.arm()
        environment = kit.environment(proxy)
        # the whole bundle is parsed for each call by some of them, which would be most of this test's time
        bundle = environment["SSL_CERT_FILE"]
        environment |= {name: str(kit.own_ca) for name, value in environment.items() if value == bundle}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        # stripe brings its roots along and reads no variable for them
        monkeypatch.setattr(stripe, "ca_bundle_path", environment["SSL_CERT_FILE"])
        assert environment["SSL_CERT_FILE"] != bundle
        return proxy

    return arm


def is_right(row: SdkRow, sdk: str, told: Told) -> bool:
    return told.judged(GOOD[sdk]) in row.expect[sdk].split(" or ")


def ask(rows: list[SdkRow]) -> dict[str, dict[str, Told]]:
    cells = sorted(((row, sdk) for row in rows for sdk in row.expect), key=lambda cell: cell[0].timeout)

    def one_cell(cell: tuple[SdkRow, str]) -> Told:
        row, sdk = cell
        told = call(sdk, row.name, row.timeout)
        # on a busy machine a short timeout may end another part of the call than it is to end
        if row.is_silent and not is_right(row, sdk, told):
            told = call(sdk, row.name, row.timeout * 4)
        return told

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(one_cell, cells))
    table: dict[str, dict[str, Told]] = {row.name: {} for row in rows}
    for (row, sdk), one in zip(cells, told, strict=True):
        table[row.name][sdk] = one
    return table


def test_each_sdk_raises_its_own_error_for_each_fault(arm, fakes):
    on_calls = [row for row in ROWS if not row.own]
    proxy = arm(on_calls)
    table = ask(on_calls)
    record = proxy.lines()
    for row in ROWS:
        if row.own:
            proxy = arm([row])
            table |= ask([row])
            assert all(any(line["hits"]) for line in proxy.lines()), row.name
    wrong = {
        (row.name, sdk): (wanted, told.judged(GOOD[sdk]), told)
        for row in ROWS
        for sdk, wanted in row.expect.items()
        if not is_right(row, sdk, told := table[row.name][sdk])
    }
    assert wrong == {}, "\n".join(f"{key}: {value}"[:400] for key, value in wrong.items())
    check_record(record, on_calls)
    for sdk, told in table["rate-limited"].items():
        assert told.retry_after == "7", sdk
    for sdk in ("openai-stream", "anthropic-stream"):
        pieces = table["none"][sdk].pieces
        assert len(pieces) > 10, sdk
        assert pieces[-1] - pieces[0] > 0.1, sdk  # of 0.3 s: they were not held back to come all at once
    for row in ROWS:
        if row.contacted is not None:
            names = {provider(sdk) for sdk in row.expect}
            got = {name for name in names if (HOSTS[name], row.name) in fakes.calls}
            assert got == (names if row.contacted else set()), row.name
    for row in ROWS:
        if row.status is not None:
            for sdk, told in table[row.name].items():
                assert told.status in (row.status, None) or provider(sdk) in ("s3", "dynamodb"), (
                    row.name,
                    sdk,
                )
    if os.environ.get("CHAOSKIT_WRITE_CLIENTS"):
        sdk_page.PAGE.write_text(sdk_page.text(ROWS, table, versions(), DEFAULT_CALLS), encoding="utf-8")


def test_the_sdks_own_retries_multiply_the_calls_and_the_record_shows_it(arm):
    row = next(row for row in ROWS if row.name == "internal")
    proxy = arm([row])
    sdks = [sdk for sdk in row.expect if sdk == provider(sdk)]

    def again(sdk: str) -> Told:
        return call(sdk, row.name, LONG, stripe.max_network_retries if sdk == "stripe" else None)

    with ThreadPoolExecutor(len(sdks)) as pool:
        told = dict(zip(sdks, pool.map(again, sdks), strict=True))
    assert {sdk: one.judged(GOOD[sdk]) for sdk, one in told.items()} == {s: row.expect[s] for s in sdks}
    lines = proxy.lines()
    made = {sdk: sum(line["provider"] == sdk for line in lines) for sdk in sdks}
    assert made == DEFAULT_CALLS


def test_dynamodb_asks_again_after_a_cut_answer_and_then_takes_what_it_has(arm):
    row = next(row for row in ROWS if row.name == "cut")
    proxy = arm([row])
    assert call("dynamodb", row.name, LONG, 1).judged(GOOD["dynamodb"]) == "taken"
    assert [line["hits"] for line in proxy.lines()] == [[["cut-dynamodb", "cut"]]] * 2


def test_the_page_shows_the_rows_that_exist_and_no_others():
    rows = re.findall(r"^\| ([\w-]+) \| (`.*?`|none|an error.*?) \|", sdk_page.PAGE.read_text(), re.MULTILINE)
    assert rows == [(row.name, sdk_page.fault(row)) for row in ROWS]


def test_a_row_names_only_sdks_that_exist():
    assert all(set(row.expect) <= set(SDKS) for row in ROWS)


def check_record(lines: list[dict], rows: list[SdkRow]) -> None:
    """Every call that was to be struck was, by its own row; a call without a fault is there, unstruck."""
    struck = {}
    for line in lines:
        for each, _ in line["hits"]:
            struck.setdefault(each, []).append(line)
    for row in rows:
        for name in HOSTS:
            if row.fault_for(name):
                asked = [sdk for sdk in row.expect if provider(sdk) == name]
                assert len(struck.get(f"{row.name}-{name}", [])) >= bool(asked), (row.name, name)
    assert any(not line["hits"] for line in lines)
