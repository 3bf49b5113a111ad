"""Which hosts are behind an edge, and that an injection on it strikes them all."""

from collections import Counter
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import permutations

import pytest

from chaoskit.core import decide
from chaoskit.core.actions import Alert, Hold, Refuse
from chaoskit.core.call import Call, Connection, Hello, Query
from chaoskit.core.edge import Clue, Edge, Sign, clues_in_headers, clues_in_names, learn, matched
from chaoskit.core.fault import Fault
from chaoskit.core.injection import Injection
from chaoskit.core.timeline import Active

CLOUD = Edge(
    name="cloud",
    title="Cloud",
    signs=(Sign("server", "^cloud$"), Sign("ray")),
    cnames=(".cdn.cloud.example",),
    ranges=(ip_network("10.0.0.0/8"),),
    seed=("known.example", "*.seeded.example"),
)
FAST = Edge(name="fast", title="Fast", signs=(Sign("via", "fast"),), ranges=(ip_network("10.9.0.0/16"),))
BOTH = (CLOUD, FAST)

RAY = clues_in_headers(BOTH, (("Ray", "1"),))
VIA = clues_in_headers(BOTH, (("via", "1.1 fast"),))
INSIDE = clues_in_names(BOTH, ["192.0.2.1", "10.1.1.1"], None)
NAMED = clues_in_names(BOTH, [], "X.cdn.cloud.example.")


def is_behind(host, *clues):
    return matched(CLOUD, ("own.example",), host, learn((), [c for each in clues for c in each]))


@pytest.mark.parametrize(
    ("host", "clues", "said"),
    [
        ("x.example", [RAY], "response headers: ray"),
        ("x.example", [INSIDE], "address 10.1.1.1"),
        ("x.example", [NAMED], "canonical name x.cdn.cloud.example"),
        ("known.example", [], "known to the catalogue"),
        ("a.b.seeded.example", [], "known to the catalogue"),
        ("own.example", [], "named in the file"),
        ("x.example", [NAMED, INSIDE, RAY], "response headers: ray"),
        ("x.example", [NAMED, INSIDE], "address 10.1.1.1"),
        ("known.example", [NAMED], "canonical name x.cdn.cloud.example"),
    ],
)
def test_the_most_trusted_says_that_a_host_is_behind_it(host, clues, said):
    assert str(is_behind(host, *clues)) == said


@pytest.mark.parametrize("host", ["x.example", "known.example"])
@pytest.mark.parametrize("weaker", [(), INSIDE, NAMED])
def test_a_header_of_another_edge_outweighs_addresses_names_and_the_seed(host, weaker):
    assert is_behind(host, VIA, weaker) is None


def test_a_host_that_the_user_names_is_behind_it_whatever_was_seen_and_one_with_both_signs_too():
    assert is_behind("own.example", VIA) == Clue("cloud", "hosts")
    assert is_behind("x.example", VIA, RAY) == Clue("cloud", "headers", "ray")
    assert is_behind("x.example") is None


def test_what_is_learnt_does_not_hang_on_the_order():
    clues = [*RAY, *VIA, *INSIDE, *NAMED]
    ways = {learn(learn((), order[:2]), order[2:]) for order in permutations(clues)}
    assert len(ways) == 1
    once = ways.pop()
    assert learn(once, clues) == once


def test_the_first_address_is_kept_so_that_a_host_does_not_grow():
    known = learn((), INSIDE)
    assert learn(known, clues_in_names(BOTH, ["10.2.2.2"], None)) == known


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere(Fault):
    def on_connect(self, conn, dice):
        return Refuse()

    def on_hello(self, hello, dice):
        return Alert(40)

    def on_call(self, call, dice):
        return Hold()


class Memory:
    def __init__(self):
        self.counts = Counter()

    def count(self, injection):
        self.counts[injection] += 1
        return self.counts[injection]


def aimed_at(provider):
    return Active(
        Injection(id=provider, provider=provider, fault=Everywhere(), fault_name="f", start=0, stop=9), 1.0
    )


ACTIVE = (aimed_at("edge"), aimed_at("openai"))
CONN = Connection(identity="1", provider="openai", host="h", port=443, client="c", groups=("edge",))
HELLO = Hello(identity="1", provider="openai", host="h", client="c", groups=("edge",))
QUERY = Query(identity="1", provider="openai", host="h", kind="A", client="c", groups=("edge",))
CALL = Call(
    identity="1",
    identified_by="order",
    provider="openai",
    host="h",
    method="GET",
    path="/",
    headers=(),
    client="c",
    connection="1",
    groups=("edge",),
)


@pytest.mark.parametrize(
    ("subject", "ask"), [(CONN, decide.on_connect), (HELLO, decide.on_hello), (CALL, decide.on_call)]
)
def test_what_is_behind_an_edge_is_struck_by_what_is_aimed_at_either(subject, ask):
    def struck(active, subject):
        found = ask(active, subject, 1, Memory())
        strikes = found.strikes if isinstance(found, decide.Decision) else found[0]
        return [each.injection.id for each in strikes]

    assert struck(ACTIVE, subject) == ["edge"]  # the first ends it
    assert struck(ACTIVE[::-1], subject) == ["openai"]
    assert struck(ACTIVE[:1], replace(subject, groups=())) == []
    assert struck(ACTIVE[:1], replace(subject, provider="edge", groups=())) == ["edge"]
    assert struck(ACTIVE[1:], replace(subject, provider="edge", groups=())) == []


def test_questions_too():
    injection = replace(ACTIVE[0].injection, fault=OnQuery())
    strikes, eligible, drawn = decide.on_query((Active(injection, 1.0),), QUERY, 1, Memory())
    assert ([each.action for each in strikes], eligible, drawn) == ([Hold()], ("edge",), ("edge",))


@dataclass(frozen=True, slots=True, kw_only=True)
class OnQuery(Fault):
    def on_query(self, query, dice):
        return Hold()
