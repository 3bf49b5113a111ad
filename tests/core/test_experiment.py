"""The parts of an experiment that decide something."""

from dataclasses import replace

import pytest

from chaoskit.core.actions import Hold
from chaoskit.core.call import Call
from chaoskit.core.experiment import (
    Address,
    Experiment,
    Injection,
    Load,
    Phase,
    Provider,
    Target,
)
from chaoskit.core.fault import Fault
from chaoskit.core.match import Match
from chaoskit.core.objective import Slo


class AtConnect(Fault):
    def on_connect(self, conn, dice):
        return Hold()


class AtCall(Fault):
    def on_call(self, call, dice):
        return Hold()


class AtStep(Fault):
    def step(self, state, call, now):
        return state, Hold()


def a_call(method="POST", path="/v1/charges?expand=1", headers=(("X-Tier", "gold-1"),)):
    return Call(
        identity="c",
        identified_by="order",
        provider="p",
        host="p.example",
        method=method,
        path=path,
        headers=headers,
        client="10.0.0.1",
        connection="p 1",
    )


def an_experiment(*injections, slos=()):
    return Experiment(
        name="x",
        target=Target(url="http://127.0.0.1:1"),
        load=Load(arrivals=1.0),
        phases=(Phase("baseline", 0, 10), Phase("fault", 10, 30)),
        providers=(Provider(name="p", hosts=("p.example",)), Provider(name="q", hosts=("q.example",))),
        injections=tuple(
            Injection(id=f"i{n}", provider=provider, fault=fault, fault_name="f", start=0, stop=1)
            for n, (provider, fault) in enumerate(injections)
        ),
        slos=tuple(slos),
    )


@pytest.mark.parametrize(
    ("host", "owned"),
    [
        ("api.stripe.com", True),
        ("API.Stripe.com.", True),
        ("files.stripe.com", True),
        ("a.b.stripe.com", True),
        ("stripe.com", False),
        ("notstripe.com", False),
        ("stripe.com.evil.example", False),
    ],
)
def test_a_star_covers_every_name_below_and_not_the_name_itself(host, owned):
    assert Provider(name="p", hosts=("api.stripe.com", "*.stripe.com")).owns(host) is owned


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        (Match(), True),
        (Match(method=("GET", "POST")), True),
        (Match(method=("GET",)), False),
        (Match(path="/v1/*"), True),
        (Match(path="/v1/charges"), True),  # the query does not count
        (Match(path="/V1/*"), False),
        (Match(header=(("x-tier", "gold*"),)), True),
        (Match(header=(("x-tier", "silver*"),)), False),
        (Match(header=(("x-other", "*"),)), False),
        (Match(method=("POST",), path="/v1/*", header=(("x-tier", "gold*"),)), True),
        (Match(method=("POST",), path="/v2/*", header=(("x-tier", "gold*"),)), False),
    ],
)
def test_every_part_of_a_match_must_hold(match, taken):
    assert match.takes(a_call()) is taken
    assert match.is_everything is (match == Match())


def test_a_method_matches_in_any_case_on_the_wire():
    assert Match(method=("POST",)).takes(a_call(method="post"))


def test_calls_are_decrypted_only_where_a_fault_or_an_slo_needs_them():
    experiment = an_experiment(("p", AtCall()), ("q", AtConnect()))
    assert experiment.needs_calls("p")
    assert not experiment.needs_calls("q")


def test_a_fault_with_a_memory_needs_calls():
    assert an_experiment(("p", AtStep())).needs_calls("p")


def test_an_slo_about_a_provider_needs_its_calls():
    experiment = an_experiment(("q", AtConnect()), slos=[Slo(id="s", in_="fault", provider="q")])
    assert experiment.needs_calls("q")
    assert not experiment.needs_calls("p")


def test_parts_are_found_by_name_and_a_wrong_name_is_a_key_error():
    experiment = an_experiment()
    assert experiment.length == 30
    assert experiment.phase("fault").length == 20
    assert experiment.provider("q").hosts == ("q.example",)
    for wrong in (experiment.phase, experiment.provider):
        with pytest.raises(KeyError):
            wrong("nobody")


def test_an_address_writes_ipv6_in_brackets():
    assert str(Address("::1", 80)) == "[::1]:80"
    assert str(Address("127.0.0.1", 80)) == "127.0.0.1:80"


def test_the_users_of_an_open_model_are_enough_for_the_deadline_and_a_fifth_more() -> None:
    load = Load(arrivals=50.0, deadline=5.0)

    assert load.users_of(0) == 300
    assert replace(load, arrivals=10_000.0, processes=2).users_of(1) == 5000
    assert replace(load, arrivals=0.1).users_of(0) == 2


def test_the_users_of_a_closed_model_are_shared_out_to_the_last() -> None:
    load = Load(users=7, processes=3)

    assert [load.users_of(process) for process in range(3)] == [3, 2, 2]
