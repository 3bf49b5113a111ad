"""A fault on new connections, and a service that keeps its old ones: what is said of it."""

from dataclasses import replace

import pytest

from chaoskit.core.match import Match
from chaoskit.core.verdict import Verdict
from chaoskit.faults.blackhole import Blackhole
from chaoskit.faults.certificate import Certificate
from chaoskit.faults.connect_delay import ConnectDelay
from chaoskit.faults.disconnect import Disconnect
from chaoskit.faults.dns_error import DnsError
from chaoskit.faults.error import Error
from chaoskit.faults.handshake_stall import HandshakeStall
from chaoskit.faults.latency import Latency
from chaoskit.faults.refuse import Refuse
from chaoskit.faults.reset import Reset
from chaoskit.faults.tls_alert import TlsAlert
from chaoskit.slos.evidence import Attempt, Carried
from chaoskit.slos.open_connections import strikes_new_only
from chaoskit.slos.proof_hits import hits

CUT = (
    "to cut open ones too, use `disconnect: {at: connect}` in its place, or add a `reset` for a moment when "
    "it begins"
)


@pytest.fixture
def off(make):
    """Aimed at stripe, from 20 s to 50 s."""
    return replace(make.BLACKHOLE, id="off", fault=Refuse(), fault_name="refuse", unit="connections")


def connection(t, last, **more):
    return Attempt(t=t, provider="stripe", is_call=False, turns=1, last=last, **more)


POOL = tuple(connection(-2.0 + t, 79.9) for t in range(4))
"""Four connections that are open all the time."""


def stretches(turns, start=0, stop=80, **more):
    return tuple(
        Carried(t=n / 4, until=(n + 1) / 4, provider="stripe", turns=turns, connections=2, **more)
        for n in range(start * 4, stop * 4)
    )


def judged(make, injection, attempts, carried=()):
    evidence = make.World(injections=(injection,), calls=lambda t: t * 0).evidence()
    (finding,) = hits(replace(evidence, attempts=tuple(attempts), carried=carried))
    return finding


def test_it_is_said_how_much_went_over_which_connections_and_what_would_cut_them(make, off):
    found = judged(make, off, POOL, stretches(2))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == (
        "off struck nothing: about 240 requests went over 4 connections that were open before it began, and "
        f"refuse strikes new connections only; {CUT}"
    )


def test_what_ended_before_it_began_or_went_on_elsewhere_is_not_counted(make, off):
    ended = connection(1.0, 19.0)
    elsewhere = replace(POOL[0], provider="shop")
    other = replace(stretches(9)[0], provider="shop", t=30.0, until=30.25)
    found = judged(make, off, [*POOL[:1], ended, elsewhere], (*stretches(1, 20, 21), other))
    assert "about 4 requests went over 2 connections" in found.reason  # two at once, as a stretch says
    quiet = judged(make, off, [*POOL, ended], stretches(2, 0, 20))
    assert quiet.reason == (
        "off struck nothing: no call to stripe came while it was on, and 5 at other times; let the load call "
        "it then, or make the phase longer"
    )


def test_connections_are_not_called_calls(make, off):
    about = {"eligible": ("off",), "drawn": ("off",)}
    new = [Attempt(t=25.0 + n / 10, provider="stripe", is_call=False, **about) for n in range(5)]
    found = judged(make, off, new)
    assert "5 connections were drawn, and the fault changed none of them" in found.reason
    missed = [replace(new[0], t=40.0, drawn=()), *(replace(one, hits=("off",)) for one in new)]
    assert "5 of 6 connections were drawn, where" in judged(make, off, missed).reason


def test_calls_that_are_seen_are_counted_as_calls(make, off):
    calls = [Attempt(t=float(t), provider="stripe", is_call=True) for t in range(10, 40)]
    found = judged(make, replace(off, approximated_as="x", fault=DnsError(), fault_name="dns_error"), calls)
    assert found.reason == (
        "off struck nothing: 20 calls went over connections that were open before it began, and dns_error "
        f"strikes new connections only; {CUT}"
    )


def test_of_handshakes_the_remedy_adds_a_cut_and_keeps_the_fault(make, off):
    shown = replace(off, fault=Certificate(problem="expired"), fault_name="certificate")
    found = judged(make, shown, [Attempt(t=30.0, provider="stripe", is_call=True)])
    assert "1 call went over connections that were open" in found.reason
    assert found.reason.endswith("add one of them for a moment when it begins")


def test_a_fault_that_hit_a_few_says_what_passed_it_by(make, off):
    about = {"eligible": ("off",), "drawn": ("off",), "hits": ("off",)}
    struck = Attempt(t=25.0, provider="stripe", is_call=False, **about)
    found = judged(make, off, [*POOL, struck], (*stretches(2), *stretches(50, 25, 26, eligible=("off",))))
    assert found.measured == (
        "1 hit, 1 drawn of 1 eligible; "
        "about 240 requests went over 4 connections that were open before it began"
    )


def test_calls_after_the_first_on_a_connection_that_was_struck_were_not_open_before(make, off):
    late = replace(off, fault=ConnectDelay(time=1.0), fault_name="connect_delay")
    about = {"eligible": ("off",), "drawn": ("off",), "hits": ("off",)}
    first = Attempt(t=25.0, provider="stripe", is_call=True, **about)
    later = Attempt(t=26.0, provider="stripe", is_call=True)
    assert judged(make, late, [first, later]).measured == "1 hit, 1 drawn of 1 eligible"


def test_names_that_are_asked_for_at_other_times_only(make, off):
    dns = replace(off, fault=DnsError(), fault_name="dns_error", unit="queries")
    question = Attempt(t=1.0, provider="stripe", is_call=False, is_question=True)
    found = judged(make, dns, [*POOL, question], stretches(2))
    assert "about 240 requests went over 4 connections" in found.reason
    assert "dns_error strikes DNS questions only; to cut" in found.reason
    # where a new connection was made to a name that was remembered, or nobody ever asks, it cannot be said
    new = connection(30.0, 79.9)
    assert "answers may be kept longer" in judged(make, dns, [*POOL, question, new], stretches(2)).reason
    assert "is proxy.dns the resolver" in judged(make, dns, POOL, stretches(2)).reason


def test_what_a_matcher_leaves_out_may_be_new(make, off):
    some = replace(off, match=Match(host=("a.example",)))
    assert "open before" not in judged(make, some, POOL, stretches(2)).reason


def test_which_faults_leave_open_connections_alone(off):
    leave = [
        Refuse(),
        ConnectDelay(time=1.0),
        Disconnect(at="handshake"),
        Certificate(problem="expired"),
        TlsAlert(),
        HandshakeStall(),
        DnsError(),
    ]
    strike = [
        Reset(),
        Disconnect(at="connect"),
        Blackhole(at="connect"),
        Latency(time=1.0),
        Error(),
        Blackhole(),
    ]
    assert all(strikes_new_only(replace(off, fault=fault)) for fault in leave)
    assert not any(strikes_new_only(replace(off, fault=fault)) for fault in strike)
