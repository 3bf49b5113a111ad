"""A TLS handshake that never comes to an end."""

from chaoskit.core.actions import Hold, Stall
from chaoskit.core.fault import acts_on_calls
from chaoskit.faults.handshake_stall import HandshakeStall

# a ServerHello with a session id and no extension:
# record, header, version, random, id, cipher suite, compression
SMALLEST = 5 + 4 + 2 + 32 + 33 + 2 + 1


def test_by_default_not_a_byte_comes(told, answer):
    assert told(HandshakeStall(), answer(b"x")) == {"hello": Hold()}


def test_in_the_middle_means_within_any_first_message_of_a_server(told, answer):
    asked = told(HandshakeStall(at="middle"), answer(b"x"))["hello"]
    assert isinstance(asked, Stall)
    assert 0 < asked.after < SMALLEST


def test_it_needs_no_decryption():
    assert not HandshakeStall.terminates_tls
    assert not acts_on_calls(HandshakeStall(at="middle"))
