"""Which of the calls and connections that come one after the other are struck."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core import decide
from chaoskit.core.actions import Hold
from chaoskit.core.call import Call, Connection, Hello, Query
from chaoskit.core.fault import Fault
from chaoskit.core.injection import Injection
from chaoskit.core.match import Key, Match
from chaoskit.core.timeline import Active


class OnAll(Fault):
    """Strikes wherever it can: on each layer that is not above a connection, and calls."""

    def on_call(self, call, dice):
        return Hold()

    def on_connect(self, conn, dice):
        return Hold()

    def on_hello(self, hello, dice):
        return Hold()

    def on_query(self, query, dice):
        return Hold()


class Memory:
    def __init__(self):
        self.counts = Counter()

    def count(self, injection):
        self.counts[injection] += 1
        return self.counts[injection]


def injection(**changes):
    fields = {"id": "i", "provider": "p", "fault": OnAll(), "fault_name": "f", "start": 0.0, "stop": 9.0}
    return Injection(**(fields | changes))


def a_call(identity, token="t"):
    return Call(
        identity=identity,
        identified_by="order",
        provider="p",
        host="h",
        method="GET",
        path="/",
        headers=(("authorization", token),),
        client="10.0.0.1",
        connection="p 1",
    )


def numbers(which, count=60):
    memory = Memory()
    active = [Active(which, 1.0)]
    return [
        n
        for n in range(1, count + 1)
        if decide.on_call(active, a_call(f"c{n}"), 7, memory).strikes  # type: ignore[arg-type]
    ]


@given(
    st.none() | st.integers(1, 40),
    st.none() | st.integers(1, 40),
    st.none() | st.integers(1, 10),
    st.none() | st.tuples(st.integers(1, 20), st.integers(0, 20)).map(lambda p: (p[0], p[0] + p[1])),
)
def test_the_numbers_that_are_struck_are_those_that_every_part_names(first, after, nth, between):
    expected = [
        n
        for n in range(1, 61)
        if (first is None or n <= first)
        and (after is None or n > after)
        and (nth is None or n % nth == 0)
        and (between is None or between[0] <= n <= between[1])
    ]
    assert numbers(injection(first_n=first, after_n=after, every_nth=nth, between=between)) == expected


CONN = Connection(identity="p 1", provider="p", host="a.eu.example", port=443, client="10.0.0.1")
HELLO = Hello(identity="p 1", provider="p", host="a.eu.example", client="10.0.0.1")
QUERY = Query(identity="q", provider="p", host="a.eu.example", kind="A", client="10.0.0.1")


@pytest.mark.parametrize(
    ("ask", "subject"),
    [(decide.on_connect, CONN), (decide.on_hello, HELLO), (decide.on_query, QUERY)],
    ids=["connect", "hello", "query"],
)
def test_below_calls_host_client_and_numbers_select_too(ask, subject):
    # on connections only where they stand for the DNS questions that it is about too
    stands_in = "connections" if ask is decide.on_connect else None

    def struck(which, times=1):
        memory = Memory()
        which = replace(which, approximated_as=stands_in)
        return [bool(ask([Active(which, 1.0)], subject, 7, memory)[0]) for _ in range(times)]

    assert struck(injection(match=Match(host="*.eu.*", client="10.0.0.0/8"))) == [True]
    assert struck(injection(match=Match(host="*.us.*"))) == [False]
    assert struck(injection(match=Match(client="10.9.0.0/16"))) == [False]
    # nothing is known about the calls that are to come, so none of them can be meant
    assert struck(injection(match=Match(method=("GET",)))) == [False]
    assert struck(injection(between=(2, 3)), 4) == [False, True, True, False]
    assert struck(injection(match=Match(host="*.us.*"), first_n=1), 2) == [False, False]


def test_a_share_of_keys_strikes_all_calls_of_a_key_or_none():
    which = injection(unit="keys", key=Key(header="authorization"))
    active = [Active(which, 0.3)]
    by_key = {
        token: {
            bool(decide.on_call(active, a_call(f"{token} {n}", token), 7, Memory()).strikes)  # type: ignore[arg-type]
            for n in range(5)
        }
        for token in map(str, range(1000))
    }
    assert all(len(seen) == 1 for seen in by_key.values())
    assert sum(True in seen for seen in by_key.values()) == pytest.approx(300, abs=60)


def test_a_body_is_read_only_for_what_looks_into_it():
    call = a_call("1")
    assert injection(match=Match(json=(("model", "*"),))).reads_request(call)
    assert not injection(match=Match(json=(("model", "*"),), host="other.example")).reads_request(call)
    assert not injection(match=Match(path="/v1/*")).reads_request(call)


def test_an_injection_overlaps_what_one_of_its_windows_does():
    gapped = replace(injection(), gaps=((2.0, 5.0),))
    spans = ((0, 1), (2, 5), (4, 6), (9, 10))
    assert [gapped.overlaps(*span) for span in spans] == [True, False, True, False]
