import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.proxy.sniff import LARGEST, MORE, Connect, Garbage, Plain, Tls, sniff, split_authority

BOTH = ("1.3", "1.2")


def client_hello(name: str | None, alpn: tuple[str, ...] = (), newest=ssl.TLSVersion.TLSv1_3) -> bytes:
    """What Python's own TLS sends first."""
    context = ssl.create_default_context()
    context.maximum_version = newest
    if alpn:
        context.set_alpn_protocols(alpn)
    context.check_hostname = name is not None
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def in_records(hello: bytes, size: int) -> bytes:
    """The same handshake, split over records of ``size`` bytes."""
    body = hello[5:]
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2) + part for part in parts)


HELLO = client_hello("api.pay.example")


def test_connect_names_its_host_and_keeps_what_came_after_it():
    assert sniff(b"CONNECT Api.X.example:443 HTTP/1.1\r\nHost: y\r\n\r\n\x16\x03") == Connect(
        "api.x.example", 443, b"\x16\x03"
    )
    assert sniff(b"CONNECT [::1]:8443 HTTP/1.1\r\n\r\n") == Connect("::1", 8443, b"")


def test_an_absolute_request_outranks_its_host_header():
    assert sniff(b"GET http://a.example/x HTTP/1.1\r\nHost: b\r\n\r\n") == Plain("a.example", 80)
    assert sniff(b"GET http://u:p@a.example:81/x HTTP/1.1\r\n\r\n") == Plain("a.example", 81)
    assert sniff(b"GET /x HTTP/1.1\r\naccept: x\r\nhOST: B.example:82\r\n\r\n") == Plain("b.example", 82)


def test_the_name_in_a_client_hello_is_found():
    assert sniff(client_hello("api.pay.example")) == Tls("api.pay.example", (), BOTH)
    assert sniff(client_hello(None)) == Tls(None, (), BOTH)


def test_the_protocols_that_a_client_hello_offers_are_found_in_its_order():
    assert sniff(client_hello("a.example", ("h2", "http/1.1"))).alpn == ("h2", "http/1.1")
    assert sniff(client_hello("a.example", ("x" * 255, "h2"))).alpn == ("x" * 255, "h2")


def test_the_versions_of_tls_that_a_client_hello_offers_are_found():
    assert sniff(client_hello("a.example")).versions == BOTH
    # without a list of versions it may take any up to that of its head
    old = sniff(client_hello("a.example", newest=ssl.TLSVersion.TLSv1_2)).versions
    assert old == ("1.2", "1.1", "1.0")


@given(st.integers(1, 400))
def test_a_client_hello_in_small_records_is_still_one(size):
    assert sniff(in_records(HELLO, size)) == Tls("api.pay.example", (), BOTH)


@given(st.data())
def test_part_of_a_first_message_is_too_little_and_never_garbage(data):
    whole = data.draw(
        st.sampled_from([HELLO, b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"GET http://a/ HTTP/1.1\r\n\r\n"])
    )
    assert sniff(whole[: data.draw(st.integers(0, len(whole) - 1))]) == MORE


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(data):
    for start in (b"", b"\x16\x03\x01", b"GET ", b"CONNECT "):
        sniff(start + data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00hello",
        b"SSH-2.0-x\r\n\r\n",
        b"GET /x HTTP/1.1\r\n\r\n",
        b"CONNECT nowhere:x HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"A" * (LARGEST + 1),
    ],
)
def test_what_the_proxy_does_not_speak_is_garbage(data):
    assert isinstance(sniff(data), Garbage)


def test_an_authority_without_a_port_has_the_default_one():
    assert split_authority("X.example", 443) == ("x.example", 443)
    assert split_authority("[::1]", 443) == ("::1", 443)
    assert split_authority("x:0", 443) is None
    assert split_authority("", 443) is None


def test_an_upload_that_comes_with_its_head_is_no_garbage():
    head = b"POST http://api.pay.example/ HTTP/1.1\r\nHost: api.pay.example\r\nContent-Length: 500000\r\n\r\n"
    assert sniff(head + bytes(LARGEST)) == Plain("api.pay.example", 80)
