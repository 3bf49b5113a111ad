"""DNS questions prove a fault on DNS, and count as calls nowhere."""

from dataclasses import replace

import pytest

from chaoskit.core.verdict import Verdict
from chaoskit.faults.dns_error import DnsError
from chaoskit.slos.evidence import Attempt
from chaoskit.slos.proof_hits import approximation, hits
from chaoskit.slos.summary import provider_calls


@pytest.fixture
def dns(make):
    return replace(make.BLACKHOLE, id="dns", fault=DnsError(), fault_name="dns_error", unit="queries")


def questions(injection, times):
    about = {"eligible": ("dns",), "drawn": ("dns",), "hits": ("dns",)}
    return tuple(
        Attempt(
            t=t,
            provider="stripe",
            is_call=False,
            is_question=True,
            **(about if injection.start <= t < injection.stop else {}),
        )
        for t in times
    )


def found(make, dns, times):
    evidence = make.World(injections=(dns,), calls=lambda t: t * 0).evidence()
    (finding,) = hits(replace(evidence, attempts=questions(dns, times)))
    return finding


def test_a_question_that_was_answered_with_the_fault_is_a_hit(make, dns):
    finding = found(make, dns, [1.0, 30.0, 31.0])
    assert finding.verdict is Verdict.PASS
    assert finding.measured == "2 hits, 2 drawn of 2 eligible"


def test_calls_without_a_question_prove_nothing_and_it_is_said_what_to_look_at(make, dns):
    finding = found(make, dns, [])
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "is proxy.dns the resolver of the target?" in finding.reason


def test_a_client_that_kept_its_answer_was_not_struck(make, dns):
    finding = found(make, dns, [1.0, 2.0])
    assert "reached the proxy while it was on, and 2 at other times" in finding.reason


def test_questions_are_no_calls(make, dns):
    evidence = make.World(injections=(dns,), calls=lambda t: t * 0).evidence()
    evidence = replace(evidence, attempts=questions(dns, [1.0, 30.0]))
    assert evidence.calls_to("stripe") == []
    ((_, counted),) = provider_calls(evidence)
    assert sum(counted) == 0


def test_what_was_done_in_a_faults_place_is_said(dns):
    assert approximation(dns) is None
    assert approximation(replace(dns, approximated_as="refused connections")) == (
        "dns: dns_error is approximated as refused connections: there is no `proxy.dns`, "
        "so no DNS question reaches the proxy"
    )
