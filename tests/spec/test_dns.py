"""How the proxy answers DNS, and what a fault on DNS is where it does not."""

import pytest

from chaoskit import spec
from chaoskit.core.experiment import Address, DnsSettings

HERE = Address("127.0.0.1", 5353)


def load(small, proxy: str | None, fault: str = "dns_error", share: str = ""):
    inject = f"inject: [{{id: a, provider: stripe, during: fault, fault: {fault}{share}}}]"
    return spec.load("x", small(*([] if proxy is None else [f"proxy: {proxy}"]), inject))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("127.0.0.1:5353", DnsSettings(listen=HERE)),
        ("{listen: 127.0.0.1:5353}", DnsSettings(listen=HERE)),
        (
            "{listen: 127.0.0.1:5353, upstream: 192.0.2.5:53, answer: 192.0.2.1}",
            DnsSettings(listen=HERE, upstream=Address("192.0.2.5", 53), answer=("192.0.2.1",)),
        ),
        (
            "{listen: 127.0.0.1:5353, answer: [192.0.2.1, '2001:db8::1']}",
            DnsSettings(listen=HERE, answer=("192.0.2.1", "2001:db8::1")),
        ),
    ],
)
def test_the_proxy_answers_where_the_file_says(small, written, expected):
    assert load(small, f"{{dns: {written}}}").proxy.dns == expected


@pytest.mark.parametrize("share", ["", ", share: 100% of queries"])
def test_with_a_resolver_a_fault_acts_on_questions_and_without_one_on_connections(small, share):
    asked = load(small, "{dns: 127.0.0.1:5353}", share=share).injections[0]
    assert (asked.unit, asked.layers, asked.approximated_as) == ("queries", {"query"}, None)
    instead = load(small, None, share=share).injections[0]
    assert (instead.unit, instead.layers) == ("connections", {"connect"})
    assert instead.approximated_as == "refused connections"


@pytest.mark.parametrize("unit", ["clients", "hosts"])
def test_clients_and_hosts_may_be_chosen_once_for_all(small, unit):
    assert load(small, "{dns: 127.0.0.1:5353}", share=f", share: 30% of {unit}").injections[0].unit == unit


def test_questions_alone_prove_the_way_only_where_nothing_else_is_asked_of_it(small):
    dns = "{dns: 127.0.0.1:5353}"
    assert load(small, dns).needs_only_questions("stripe")
    assert not load(small, dns).needs_only_questions("other")
    assert not load(small, dns, "blackhole").needs_only_questions("stripe")
    assert not load(small, None).needs_only_questions("stripe")
    captured = "{dns: {listen: 127.0.0.1:5353, answer: 127.0.0.1}}"
    assert not load(small, captured).needs_only_questions("stripe")
