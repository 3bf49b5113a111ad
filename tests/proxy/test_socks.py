import pytest

from chaoskit.core.experiment import Address
from chaoskit.proxy.socks import Asked, Declined, Greeted, read_greeting, read_request


def test_a_client_that_needs_no_authentication_is_welcome():
    assert read_greeting(b"\x05\x02\x02\x00rest") == Greeted(4, b"\x05\x00")
    assert read_greeting(b"\x05\x01\x02") == Declined(b"\x05\xff")
    assert read_greeting(b"\x04\x01\x00") == Declined()


@pytest.mark.parametrize(
    ("address", "where", "is_name"),
    [
        (b"\x01\xc0\x00\x02\x07", "192.0.2.7", False),
        (b"\x04" + bytes.fromhex("20010db8" + "0" * 23 + "1"), "2001:db8::1", False),
        (b"\x03\x0bAPI.example", "api.example", True),
        (b"\x03\x09192.0.2.7", "192.0.2.7", False),
    ],
)
def test_a_request_names_its_destination_and_nothing_is_taken_before_it_is_whole(address, where, is_name):
    data = b"\x05\x01\x00" + address + b"\x01\xbb"

    assert read_request(data + b"\x16") == Asked(len(data), Address(where, 443), is_name)
    for size in range(len(data)):
        assert read_request(data[:size]) is None


@pytest.mark.parametrize("command", [2, 3, 9])
def test_bind_and_udp_are_not_supported(command):
    assert read_request(bytes([5, command, 0, 1, 1, 2, 3, 4, 0, 80])) == Declined(
        b"\x05\x07\x00\x01" + bytes(6)
    )


@pytest.mark.parametrize("address", [b"\x02abcde", b"\x03\x00\x00", b"\x03\x01\xff", b"\x03\x01a"])
def test_an_address_that_is_none_is_said_so(address):
    assert read_request(b"\x05\x01\x00" + address + bytes(2)) == Declined(b"\x05\x08\x00\x01" + bytes(6))
