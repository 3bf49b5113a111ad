"""What one worker learns about edges, and how the others come to know it."""

import pytest

from chaoskit import spec
from chaoskit.core.experiment import Address
from chaoskit.proxy.fronts import Fronts
from chaoskit.proxy.ways import Ways
from chaoskit.run import fronts

TEXT = """\
version: 1
name: t
target: {url: "http://127.0.0.1:1"}
providers:
  edge: {fronted_by: cloudflare, resolve: "127.0.0.1:9"}
  pay: {hosts: [api.pay.example]}
load: {users: 1, endpoints: [{name: a, request: GET /}]}
phases: {fault: 10s}
inject: [{id: i, provider: edge, fault: {error: {}}, during: fault}]
"""
EXPERIMENT = spec.load("t.yaml", TEXT)
RAY = (("cf-ray", "1"),)


@pytest.fixture
def first(tmp_path):
    made = Fronts(EXPERIMENT, tmp_path, 0)
    yield made
    made.close()


@pytest.fixture
def second(tmp_path):
    made = Fronts(EXPERIMENT, tmp_path, 1)
    yield made
    made.close()


def test_a_change_is_told_once_and_only_of_hosts_that_came_by(first):
    told = []
    first.on_change = lambda host, groups: told.append((host, groups))
    first.see_headers("never-asked.example", RAY)
    assert first.groups("API.pay.example.") == ()
    first.see_headers("api.pay.example", RAY)
    first.see_headers("api.pay.example", RAY)
    assert first.groups("api.pay.example") == ("edge",)
    assert told == [("api.pay.example", ("edge",))]


def test_workers_end_with_the_same(first, second, tmp_path):
    first.see_headers("api.pay.example", RAY)
    second.see_names("img.shop.example", ("104.16.1.1",))
    assert second.groups("api.pay.example") == ()
    for each in (first, second, first):
        each.exchange()
    for each in (first, second):
        assert each.groups("api.pay.example") == each.groups("img.shop.example") == ("edge",)
    first.groups("api.openai.com")
    first.exchange()
    (note,) = fronts.notes(EXPERIMENT, tmp_path)
    assert note == (
        "hosts behind Cloudflare (edge): api.openai.com (known to the catalogue), "
        "api.pay.example (response headers: cf-ray), img.shop.example (address 104.16.1.1)"
    )


def test_a_line_that_is_not_whole_yet_is_read_later(first, second, tmp_path):
    path = tmp_path / "edges-0.jsonl"
    path.write_bytes(b'{"host":"a.example","clues":[["cloudf')
    second.exchange()
    assert second.groups("a.example") == ()
    with path.open("ab") as file:
        file.write(b'lare","headers","cf-ray"]]}\n')
    second.exchange()
    assert second.groups("a.example") == ("edge",)


def test_a_route_keeps_its_provider_and_one_of_nobody_is_the_edges(first):
    ways = Ways(EXPERIMENT, first)
    assert ways.route_to("api.openai.com", 443).provider.name == "edge"
    assert ways.route_to("api.openai.com", 443).dial == Address("127.0.0.1", 9)
    assert ways.route_to("www.example", 443).provider is None
    assert ways.route_to("104.16.1.1", 5432).provider.name == "edge"
    by_address = ways.route_to_address(Address("104.17.1.1", 443), "img.shop.example")
    assert (by_address.provider.name, by_address.host) == ("edge", "img.shop.example")
    first.see_headers("api.pay.example", RAY)
    route = ways.route_to("api.pay.example", 443)
    assert (route.provider.name, ways.groups(route)) == ("pay", ("edge",))


def test_providers_that_may_be_behind_it_are_decrypted_on_the_ports_of_the_web(first):
    ways = Ways(EXPERIMENT, first)
    assert ways.wants_calls(ways.route_to("api.pay.example", 443))
    assert not ways.wants_calls(ways.route_to("api.pay.example", 5432))
    assert not ways.wants_calls(ways.route_to("www.example", 443))
    first.see_headers("api.pay.example", RAY)
    assert ways.wants_calls(ways.route_to("api.pay.example", 5432))
