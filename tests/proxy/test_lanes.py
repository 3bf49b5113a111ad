"""What ``plan`` says of decryption is what the proxy does: for every fault, and each place where it acts."""

import re
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from chaoskit import spec
from chaoskit.catalogue.diagnosis import diagnose
from chaoskit.cli import plan
from chaoskit.core import lanes
from chaoskit.proxy.fronts import Fronts
from chaoskit.proxy.routes import reverse_route
from chaoskit.proxy.ways import Ways
from chaoskit.report.doctor import render
from chaoskit.spec.registry import faults

PAGES = Path(__file__).parents[2] / "docs" / "faults"
TEXT = """\
version: 1
name: t
target: {url: "http://127.0.0.1:1"}
providers:
  stripe: {hosts: [api.stripe.com]}
  shop: {hosts: [other.example]}
  db: {hosts: [db.example], reverse: "127.0.0.1:5432", base: "tcp://db.example:443"}
  edge: {fronted_by: cloudflare, hosts: [img.example]}
load: {arrivals: 10/s, endpoints: [{name: checkout, request: POST /checkout}]}
phases: {baseline: 10s, fault: 60s, recovery: 10s}
"""
HOSTS = {"stripe": "api.stripe.com", "shop": "other.example", "edge": "img.example"}
PLACES = ("at", "before", "phase")
"""Parameters that choose the layer."""

BY_HAND = {
    "error": True,
    "truncate": True,
    "event_gap": True,
    "duplicate_event": True,
    "websocket_drop": True,
    "websocket_delay": True,
    "rate_limit": True,
    "certificate": True,
    "alpn": True,
    "tls_version": True,
    "tls_alert": False,
    "handshake_stall": False,
    "refuse": False,
    "reset": False,
    "slicer": False,
    "dns_error": False,
    "blackhole at=request": True,
    "blackhole at=connect": False,
    "disconnect at=handshake": False,
    "disconnect at=response": True,
    "delay before=connect": False,
    "delay before=first_byte": True,
}
"""Known from what the faults do; not asked of the code."""


def example(name):
    """The experiment of the first example on the fault's page."""
    yaml = re.search(r"^```yaml\n(.*?)^```", (PAGES / f"{name}.md").read_text(), re.DOTALL | re.MULTILINE)
    return spec.load(f"{name}.md", TEXT + yaml.group(1))


@cache
def forms():
    """Return, by name, an experiment with each fault of the registry, and with each place where it acts."""
    found = {}
    for name, kind in faults().items():
        if kind.__module__ != f"chaoskit.faults.{name}":
            continue  # a plugin's
        found[name] = example(name)
        hints = get_type_hints(kind)
        for field in fields(kind):
            if field.name in PLACES and get_origin(hints[field.name]) is Literal:
                for word in get_args(hints[field.name]):
                    found[f"{name} {field.name}={word}"] = placed(found[name], {field.name: word})
    return found


def placed(experiment, change):
    (first, *_) = experiment.injections
    kind = type(first.fault)
    try:
        fault = kind(**change)
    except TypeError:  # it has parameters that must be given
        fault = replace(first.fault, **change)
    return replace(experiment, injections=(replace(first, fault=fault),))


def read(experiment, folder):
    """Return the providers whose calls the proxy reads at port 443, by its own routes."""
    fronts = Fronts(experiment, folder, 0)
    ways = Ways(experiment, fronts)
    routes = {name: ways.route_to(host, 443, tls=True) for name, host in HOSTS.items()}
    assert {name: route.provider.name for name, route in routes.items()} == {n: n for n in HOSTS}
    routes["db"] = reverse_route(experiment.provider("db"))
    found = {name for name, route in routes.items() if ways.wants_calls(route)}
    fronts.close()
    return found


def said(experiment):
    """Return the providers that ``plan`` says are decrypted, and check that it says the others are not."""
    lines = lanes.explained(experiment)
    found = {line.split()[2] for line in lines if line.startswith("HTTPS to ")}
    rest = "".join(line.removeprefix("not decrypted: ") for line in lines if line.startswith("not decrypted"))
    assert found | set(rest.split(", ")) - {""} == {each.name for each in experiment.providers}
    return found


def of_injections(experiment):
    """Return whether each injection's own line says that something is decrypted."""
    lines = plan.injections(experiment).splitlines()
    found = [
        next(line for line in lines if line.startswith(f"{each.id}: ")) for each in experiment.injections
    ]
    assert all(("is decrypted)" in line) != ("(no decryption needed)" in line) for line in found)
    return {"is decrypted)" in line for line in found}


@pytest.mark.parametrize("edge", [False, True])
def test_plan_says_of_every_fault_what_the_proxy_does(tmp_path, edge):
    """Of a fault on an edge too, which reads every provider of the file, except one of plain TCP."""
    seen = {}
    for name, experiment in forms().items():
        if edge:
            aimed = tuple(replace(i, provider="edge") for i in experiment.injections)
            experiment = replace(experiment, injections=aimed)  # noqa: PLW2901 - the same, aimed elsewhere
        done = read(experiment, tmp_path)
        assert said(experiment) == done, name
        assert of_injections(experiment) == {bool(done)}, name
        assert done in (set(), {"stripe", "shop", "edge"} if edge else {"stripe"}), name
        seen[name] = bool(done)
    assert {name: seen[name] for name in BY_HAND} == BY_HAND
    assert len(seen) > len(faults())


def test_a_provider_that_something_else_reads_is_decrypted_for_a_fault_of_connections_too(tmp_path):
    text = TEXT + (
        "inject: [{id: off, provider: stripe, fault: refuse, during: fault}]\n"
        "slos: [{id: calm, in: fault, provider: stripe, amplification: '<= 3x'}]\n"
    )
    experiment = spec.load("t.yaml", text)
    assert said(experiment) == read(experiment, tmp_path) == {"stripe"}
    assert of_injections(experiment) == {True}
    assert lanes.explained(experiment) == [
        "HTTPS to stripe is decrypted for calm",
        "not decrypted: shop, db, edge",
    ]


EDGE = (
    "inject: [{id: off, provider: edge, fault: {error: {}}, during: fault},\n"
    "  {id: slow, provider: shop, fault: {latency: {time: 1s}}, during: fault}]\n"
)
BY_NAME = [
    "HTTPS to stripe is decrypted to learn from answers whether it is behind edge",
    "HTTPS to shop is decrypted to learn from answers whether it is behind edge",
    "HTTPS to edge is decrypted for off",
    "not decrypted: db",
]


def test_a_fault_on_calls_through_an_edge_names_every_provider_that_is_read_for_it(tmp_path):
    experiment = spec.load("t.yaml", TEXT + EDGE)
    assert lanes.explained(experiment) == BY_NAME
    assert read(experiment, tmp_path) == {"stripe", "shop", "edge"}
    told = plan.injections(experiment)
    assert "off: error on edge, 10s to 70s, 100% of requests (HTTPS to every provider is decrypted)" in told
    assert "slow: latency on shop, 10s to 70s, 100% of connections (its HTTPS is decrypted)" in told


def test_the_doctor_says_it_as_plan_does():
    found = diagnose(spec.load("t.yaml", TEXT + EDGE), None, ())
    assert render(found).splitlines()[1:5] == BY_NAME
