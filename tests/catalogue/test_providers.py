"""The package's own providers and edges: each is valid, complete, and refers only to what exists."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from chaoskit.catalogue.describe import described, listed
from chaoskit.core.actions import Reply
from chaoskit.core.call import Call, header
from chaoskit.core.dice import Dice
from chaoskit.spec import known_provider, shelf

NAMES = shelf.provider_names()
PROVIDERS = {name: shelf.provider(name) for name in NAMES}
DIALECTS = [(name, each) for name, provider in PROVIDERS.items() for each in provider.errors]
CALL = Call(
    identity="c",
    identified_by="order",
    provider="p",
    host="h",
    method="POST",
    path="/",
    headers=(),
    client="127.0.0.1",
    connection="p 1",
)


def test_there_are_enough_of_every_kind():
    assert len(NAMES) >= 60
    kinds = Counter(each.category for each in PROVIDERS.values())
    assert set(kinds) == {
        *("cdn", "cloud", "dns", "payments", "identity", "ai", "messaging", "observability"),
        *("saas", "storage", "maps", "search"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_provider_is_named_after_its_file_and_stands_behind_a_known_edge(name):
    provider = PROVIDERS[name]
    assert provider.name == name
    assert provider.patterns()
    assert provider.fronted_by is None or provider.fronted_by in shelf.edge_names()
    assert len({each.name for each in provider.errors}) == len(provider.errors)


@pytest.mark.parametrize(("name", "dialect"), DIALECTS, ids=[f"{n}/{d.name}" for n, d in DIALECTS])
def test_an_error_is_an_answer_that_can_be_sent_and_parsed(name, dialect):
    assert dialect.basis != "sourced" or dialect.sources
    if dialect.fault_name != "error":
        assert dialect.fault.layers()
        return
    reply = dialect.fault.on_call(CALL, Dice(7, "i", "c"))
    assert isinstance(reply, Reply)
    text = reply.body.decode()
    assert "${" not in text.replace("${epoch", "").replace("${iso}", "").replace("${date}", "")
    if "json" in (header(reply.headers, "content-type") or ""):
        assert isinstance(json.loads(text), dict | list)


def test_a_region_keeps_only_the_hosts_of_that_region():
    hosts = PROVIDERS["aws-s3"].patterns("eu-west-1")
    assert "s3.eu-west-1.amazonaws.com" in hosts
    assert "s3.amazonaws.com" not in hosts
    assert PROVIDERS["stripe"].patterns("eu-west-1") == PROVIDERS["stripe"].patterns()
    assert "s3.*.amazonaws.com" in PROVIDERS["aws-s3"].patterns()


def test_every_provider_can_be_listed_and_explained():
    lines = listed(PROVIDERS.values()).splitlines()
    assert len(lines) == len(NAMES)
    told = described(PROVIDERS["stripe"])
    assert "stripe/rate-limit: status 429 (sourced)" in told
    assert "raises RateLimitError in stripe" in told


def test_an_edge_is_known_by_its_headers_its_addresses_its_names_and_its_seed():
    edge = shelf.edge("cloudflare")
    assert edge.sign_in((("CF-Ray", "8f"),)) == "cf-ray"
    assert edge.sign_in((("server", "nginx"),)) is None
    assert edge.fronts_by_address("104.16.132.229")
    assert not edge.fronts_by_address("127.0.0.1")
    assert not edge.fronts_by_address("not an address")
    assert edge.fronts_by_cname("x.cdn.cloudflare.net.")
    assert edge.fronts_by_seed("api.openai.com")
    assert not edge.fronts_by_seed("api.stripe.com")


@pytest.mark.parametrize("name", shelf.edge_names())
def test_an_edge_has_a_sign_and_a_source(name):
    edge = shelf.edge(name)
    assert (edge.name, bool(edge.signs), bool(edge.sources)) == (name, True, True)


def test_the_pages_example_of_a_provider_of_ones_own_is_valid():
    page = (Path(__file__).parents[2] / "docs" / "providers.md").read_text()
    (example,) = re.findall(r"```yaml\n(version: 1\n.*?)```", page, re.DOTALL)
    found = known_provider("ledger.yaml", example)
    assert [each.fault_name for each in found.errors] == ["error", "error", "blackhole"]
    assert found.patterns("eu") == ("ledger.eu.corp.example",)
