"""A provider's own file, right and wrong: each mistake is shown at its place."""

from textwrap import dedent

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import SpecError
from chaoskit.faults.error import Error

OWN = """\
version: 1
name: ledger
title: Our ledger
category: payments
hosts:
  - {host: ledger.corp.example, basis: general}
errors:
  busy: {when: it is month's end, basis: general, status: 503, json: {error: busy}}
"""


def wrong(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        spec.known_provider("own.yaml", text)
    return str(caught.value)


def test_a_provider_of_ones_own_is_used_by_an_experiment(tmp_path):
    (tmp_path / "own.yaml").write_text(OWN)
    text = dedent("""\
        version: 1
        name: t
        catalogue: own.yaml
        target: {url: http://127.0.0.1:1}
        providers: {ledger: {}}
        load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}
        phases: {fault: 10s}
        inject:
          - {id: i, provider: ledger, fault: {error: {like: ledger/busy, phase: after}}, during: fault}
        """)
    experiment = spec.load(str(tmp_path / "t.yaml"), text)
    assert experiment.provider("ledger").hosts == ("ledger.corp.example",)
    injection = experiment.injections[0]
    assert injection.fault == Error(status=503, body='{"error":"busy"}', phase="after", fill=True)
    assert injection.fault_name == "error like ledger/busy"


def test_every_mistake_in_it_is_shown_at_its_place():
    bad = OWN.replace("category: payments", "category: payment").replace("status: 503", "status: 99x")
    kinds = "ai, cdn, cloud, dns, identity, maps, messaging, observability, payments, saas, search or storage"
    assert wrong(bad) == dedent(f"""\
        own.yaml:4:11: expected {kinds}, got 'payment'
          |
        4 | category: payment
          |           ^^^^^^^
        hint: did you mean `payments`?

        own.yaml:8:59: expected a status, 100 to 599, got '99x'
          |
        8 |   busy: {{when: it is month's end, basis: general, status: 99x, json: {{error: busy}}}}
          |                                                           ^^^""")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("status: 503, ", ""), "`busy` needs a `status` or a `fault`, got neither"),
        (("basis: general, status", "basis: sourced, status"), "`busy` is `sourced` and names no source"),
        (("status: 503", "status: 503, fault: {blackhole: {}}"), "`busy` has a `fault` and status"),
        (("json: {error: busy}", "json: {a: b}, body: x"), "expected `json` or `body`, got both"),
        (
            ("host: ledger.corp.example", "host: 'https://x'"),
            "expected a host such as s3.{region}.amazonaws.com",
        ),
        (("version: 1", "version: 2"), "expected 1, got '2'"),
        (("status: 503, json: {error: busy}", "status: 204, body: x"), "body must be empty with status 204"),
        (("hosts:\n  - {host: ledger.corp.example, basis: general}", "hosts: []"), "at least one host"),
        (("title: Our ledger\n", ""), "`title` is missing"),
    ],
)
def test_what_nonsense_gets(change, says):
    assert says in wrong(OWN.replace(*change))


@pytest.mark.parametrize("text", ["", "- a", "just text", "a: [", "\x00"])
def test_what_is_no_provider_at_all(text):
    assert "own.yaml" in wrong(text)


@pytest.mark.parametrize(
    ("like", "says"),
    [
        ("stripe/rate-limits", "stripe has no error 'rate-limits'"),
        ("strip/rate-limit", "the catalogue has no provider 'strip'"),
        ("stripe", "expected a provider's error such as stripe/rate-limit, got 'stripe'"),
    ],
)
def test_an_error_that_the_catalogue_does_not_have(like, says):
    text = dedent(f"""\
        version: 1
        name: t
        target: {{url: http://127.0.0.1:1}}
        providers: {{stripe: {{}}}}
        load: {{arrivals: 1/s, endpoints: [{{name: e, request: GET /}}]}}
        phases: {{fault: 10s}}
        inject: [{{id: i, provider: stripe, fault: {{error: {{like: {like}}}}}, during: fault}}]
        """)
    with pytest.raises(SpecError) as caught:
        spec.load("t.yaml", text)
    assert says in str(caught.value)
    assert "t.yaml:7:" in str(caught.value)
