"""DNS messages of our own, read back by mitmproxy's reader and given any bytes."""

import ipaddress
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mitmproxy.dns import DNSMessage, Question
from mitmproxy.net.dns import types

from chaoskit.core.actions import Resolve
from chaoskit.proxy import dns_message
from chaoskit.proxy.dns_message import Malformed

LABEL = st.text("abcXYZ019-", min_size=1, max_size=20).filter(
    lambda each: not each.lower().startswith("xn--")
)
NAMES = st.lists(LABEL, min_size=1, max_size=6).map(".".join)
ADDRESSES = st.lists(st.ip_addresses().map(str), max_size=60).map(tuple)


def packet(name="api.pay.example", kind=types.A, number=7, edns=None) -> bytes:
    count = 0 if edns is None else 1
    head = struct.pack("!HHHHHH", number, 0x0110, 1, 0, 0, count)
    raw = b"".join(bytes([len(each)]) + each.encode() for each in name.split(".")) + b"\0"
    opt = b"" if edns is None else b"\0" + struct.pack("!HHIH", 41, edns, 0, 0)
    return head + raw + struct.pack("!HH", kind, 1) + opt


@given(st.binary(max_size=600) | st.binary(max_size=60).map(lambda each: packet()[:12] + each))
@example(packet()[:12] + b"\xc0\x0c\0\1\0\1")
@example(packet(edns=0)[:-1])
def test_any_bytes_are_a_question_or_malformed_or_none_of_our_business(raw):
    try:
        asked = dns_message.read(raw)
    except Malformed:
        assert dns_message.is_query(raw)
        told = DNSMessage.unpack(dns_message.malformed(raw))
        assert (told.id, told.query, told.response_code) == (int.from_bytes(raw[:2]), False, 1)
        return
    if asked is not None:
        for action in (Resolve(addresses=("192.0.2.1", "::1")), Resolve(code="NXDOMAIN", negative_ttl=60)):
            assert dns_message.answer(asked, action).startswith(raw[:2])


@given(
    NAMES, st.sampled_from([types.A, types.AAAA, types.HTTPS, types.MX]), ADDRESSES, st.integers(0, 2**31 - 1)
)
def test_an_answer_says_what_was_wanted_and_repeats_the_question_as_it_came(name, kind, addresses, ttl):
    raw = packet(name, kind)
    asked = dns_message.read(raw)
    assert (asked.host, asked.kind) == (name.lower(), types.to_str(kind))
    told = DNSMessage.unpack(dns_message.answer(asked, Resolve(addresses=addresses, ttl=ttl)))
    assert (told.id, told.query, told.truncation, told.response_code) == (7, False, False, 0)
    assert told.questions == [Question(name, kind, 1)]
    version = {types.A: 4, types.AAAA: 6}.get(kind)
    wanted = [ipaddress.ip_address(each) for each in addresses]
    wanted = [each for each in wanted if each.version == version]
    assert [(each.name, each.ttl, each.data) for each in told.answers] == [
        (name, ttl, each.packed) for each in wanted
    ]


@given(st.integers(0, 65535), ADDRESSES)
def test_what_does_not_fit_is_marked_and_whatever_fits_is_whole(size, addresses):
    asked = dns_message.read(packet(edns=size))
    assert asked.size == max(512, size)
    action = Resolve(addresses=addresses)
    told = dns_message.answer(asked, action, asked.size)
    assert len(told) <= asked.size
    read = DNSMessage.unpack(told)
    assert read.truncation == (len(dns_message.answer(asked, action)) > asked.size)
    assert [each.type for each in read.additionals] == [41]  # whoever speaks EDNS is answered with it


@pytest.mark.parametrize(("name", "parent"), [("a.b.example", "b.example"), ("example", "")])
def test_a_negative_answer_that_may_be_kept_has_the_soa_of_the_parent(name, parent):
    asked = dns_message.read(packet(name))
    told = DNSMessage.unpack(dns_message.answer(asked, Resolve(code="NXDOMAIN", negative_ttl=600)))
    (soa,) = told.authorities
    assert (soa.name, soa.type, soa.ttl, soa.data[-4:]) == (parent, types.SOA, 600, struct.pack("!I", 600))
    assert not DNSMessage.unpack(dns_message.answer(asked, Resolve(code="NXDOMAIN"))).authorities


def test_the_port_in_a_service_question_is_not_part_of_the_host():
    assert dns_message.read(packet("_8443._https.api.pay.example", types.HTTPS)).host == "api.pay.example"
    assert dns_message.read(packet("_8443._https.api.pay.example", types.TXT)).host.startswith("_8443.")


def test_a_dot_within_a_label_makes_no_other_host():
    raw = packet()[:12] + b"\x0fapi.pay.example\0\0\1\0\1"
    assert dns_message.read(raw).host != "api.pay.example"
