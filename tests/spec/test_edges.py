"""A provider that is an edge."""

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import SpecError

TEXT = """\
version: 1
name: t
target: {{url: "http://127.0.0.1:1"}}
providers:
  openai: {{hosts: [api.openai.com]}}
  edge: {{fronted_by: cloudflare{more}}}
load: {{users: 1, endpoints: [{{name: a, request: GET /}}]}}
phases: {{fault: 10s}}
inject: [{{id: i, provider: edge, fault: {fault}, during: fault}}]
"""


def load(tmp_path, more="", fault="blackhole"):
    return spec.load(str(tmp_path / "t.yaml"), TEXT.format(more=more, fault=fault))


def test_an_edge_owns_no_host_and_fronts_those_of_the_catalogue_and_of_the_file(tmp_path):
    experiment = load(tmp_path, ", hosts: [api.openai.com, '*.shop.example']")
    edge = experiment.provider("edge")
    assert not edge.owns("img.shop.example")
    assert str(edge.fronts("img.shop.example")) == "named in the file"
    assert str(edge.fronts("api.anthropic.com")) == "known to the catalogue"
    assert edge.fronts("api.stripe.com") is None
    assert edge.where == "hosts behind cloudflare: api.openai.com, *.shop.example"
    assert {"cloudflare", "fastly"} <= {each.name for each in experiment.edges}


def test_without_an_edge_none_is_known():
    text = TEXT.format(more="", fault="blackhole").replace("fronted_by: cloudflare", "hosts: [e.example]")
    assert spec.load("t.yaml", text).edges == ()


def test_ranges_of_the_user_are_in_the_place_of_the_catalogues(tmp_path):
    (tmp_path / "ips.txt").write_text("# today\n10.1.0.0/16\n\n2001:db8::/32  # the new one\n")
    experiment = load(tmp_path, ", ranges: ips.txt")
    edge = experiment.provider("edge").edge
    assert edge.fronts_by_address("10.1.2.3")
    assert edge.fronts_by_address("2001:db8::1")
    assert not edge.fronts_by_address("104.16.0.1")
    assert edge in experiment.edges


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("10.1.0.0/16\n10.1.0.1/16\n", "ips.txt:2: expected a range of addresses such as 104.16.0.0/13"),
        ("\n\nnonsense\n", "ips.txt:3: expected a range"),
        ("# nothing\n", "expected ranges in 'ips.txt', one a line, got none"),
    ],
)
def test_a_file_of_ranges_that_is_wrong_is_said_with_its_line(tmp_path, content, said):
    (tmp_path / "ips.txt").write_text(content)
    with pytest.raises(SpecError) as caught:
        load(tmp_path, ", ranges: ips.txt")
    (diagnostic,) = caught.value.diagnostics
    assert said in diagnostic.message
    assert diagnostic.span.line == 6


def test_answers_of_all_are_read_only_where_calls_through_the_edge_must_be_seen(tmp_path):
    assert load(tmp_path, fault="{error: {}}").reads_edges
    assert not load(tmp_path, fault="refuse").reads_edges


def test_providers_that_the_catalogue_knows_to_be_behind_it_are_known_beforehand(tmp_path):
    text = TEXT.format(more="", fault="blackhole")
    behind, beside = (
        spec.load("t.yaml", text.replace("openai: {hosts: [api.openai.com]}", each)).provider("edge")
        for each in ("anthropic: {}\n  docker-hub: {}", "docker-hub: {hosts: [hub.corp.example]}")
    )
    assert str(behind.fronts("api.anthropic.com")) == "known to the catalogue"
    assert str(behind.fronts("registry-1.docker.io")) == "known to the catalogue"
    assert beside.fronts("hub.corp.example") is None
