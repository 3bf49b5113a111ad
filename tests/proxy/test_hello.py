"""What is read of a TLS hello, and what faults make of the handshake that it begins."""

from types import SimpleNamespace

import pytest

from chaoskit.core.actions import Alert, Certify, Hold, Negotiate, Stall
from chaoskit.core.decide import Strike
from chaoskit.proxy.hello import Handshake, Silence, alert, is_whole

INJECTION = SimpleNamespace(id="i")
H1, H2 = b"http/1.1", b"h2"


class Switch:
    on = True

    def is_on(self, injection):
        return self.on


class Engine:
    """Counts hits."""

    def __init__(self):
        self.hits = []
        self.switch = Switch()

    def hit(self, live, strike):
        self.hits.append(type(strike.action).__name__)


class Live:
    is_lifted = False
    is_frozen = False
    held_by = None

    def freeze(self):
        self.is_frozen = True


@pytest.fixture
def engine():
    return Engine()


@pytest.fixture
def live():
    return Live()


@pytest.fixture
def handshake(engine, live):
    def make(*actions):
        made = Handshake(engine, live)
        assert all(made.keep(Strike(INJECTION, action)) for action in actions)
        return made

    return make


@pytest.mark.parametrize(
    ("early", "whole"),
    [
        (b"", False),
        (b"\x16", False),
        (b"\x16\x03\x01\x02\x00\x01", False),
        (b"\x16\x03\x01\x00\x00x", True),
        (b"G", True),
        (b"\x00", True),
    ],
)
def test_only_the_rest_of_a_hello_is_waited_for(early, whole):
    assert is_whole(early) is whole


def test_an_alert_is_a_record_of_its_own():
    assert alert(40) == b"\x15\x03\x03\x00\x02\x02\x28"


def test_the_lane_carries_out_only_what_it_can(handshake):
    assert not handshake().keep(Strike(INJECTION, Hold()))
    assert not handshake().keep(Strike(INJECTION, Alert(40)))


@pytest.mark.parametrize(
    ("only", "usual", "chosen"),
    [
        (("http/1.1",), H2, H1),
        (("http/1.1",), H1, H1),  # the client would have got that anyway
        (("h2", "http/1.1"), H1, H1),
        (("h2",), H1, H2),
    ],
)
def test_a_protocol_is_a_hit_only_where_another_would_have_been_spoken(
    only, usual, chosen, handshake, engine
):
    assert handshake(Negotiate(alpn=only)).choose([H1, H2], usual) == chosen
    assert len(engine.hits) == (usual != chosen)


def test_of_two_versions_the_older_counts(handshake):
    made = handshake(Negotiate(highest="1.2"), Negotiate(highest="1.1"), Negotiate(highest="1.2"))
    assert made.answer() == (None, "1.1")


def test_of_two_certificates_the_first_counts_and_is_the_only_hit(handshake, engine):
    assert handshake(Certify("expired"), Certify("weak_key")).answer() == ("expired", None)
    assert engine.hits == ["Certify"]


def test_once_faults_are_lifted_a_handshake_is_left_alone(handshake, engine, live):
    made = handshake(Certify("expired"), Negotiate(highest="1.2"), Negotiate(alpn=("h2",)), Stall(3))
    live.is_lifted = True
    assert made.answer() == (None, None)
    assert made.choose([H1], H1) == H1
    assert made.silence.take(b"whole flight") == b"whole flight"
    assert engine.hits == []


@pytest.mark.parametrize("pieces", [[b"abcdef"], [b"a", b"b", b"cdef"], [b"abc", b"d"]])
def test_a_silence_passes_so_many_bytes_and_holds_the_connection(pieces, engine, live):
    silence = Silence(engine, live, Strike(INJECTION, Stall(3)))
    assert b"".join(silence.take(each) for each in pieces) == b"abc"
    assert (live.is_frozen, live.held_by, engine.hits) == (True, "i", ["Stall"])


def test_an_answer_that_is_no_longer_is_not_a_hit(engine, live):
    silence = Silence(engine, live, Strike(INJECTION, Stall(3)))
    assert silence.take(b"abc") == b"abc"
    assert (live.is_frozen, engine.hits) == (False, [])


def test_a_silence_whose_injection_has_ended_lets_everything_pass(engine, live):
    engine.switch.on = False
    silence = Silence(engine, live, Strike(INJECTION, Stall(3)))
    assert [silence.take(b"abcdef"), silence.take(b"gh")] == [b"abcdef", b"gh"]
    assert (live.is_frozen, engine.hits) == (False, [])
