"""Which resolver is asked: never ourselves."""

import pytest

from chaoskit.core.experiment import Address
from chaoskit.proxy.dns_upstream import find

OWN = Address("127.0.0.1", 53)


@pytest.fixture
def system(tmp_path):
    def write(*lines):
        path = tmp_path / "resolv.conf"
        path.write_text("\n".join(lines))
        return path

    return write


def test_the_machines_first_resolver_that_is_not_this_one(system):
    path = system(
        "# nameserver 192.0.2.1", "search x", "nameserver", "nameserver 127.0.0.1", "nameserver 192.0.2.7"
    )
    assert find(None, OWN, path) == Address("192.0.2.7", 53)
    assert find(None, Address("127.0.0.1", 5353), path) == Address("127.0.0.1", 53)


def test_without_any_other_there_is_none(system, tmp_path):
    assert find(None, OWN, system("nameserver 127.0.0.1")) is None
    assert find(None, OWN, tmp_path / "missing") is None


def test_the_one_that_the_file_names_wins(system):
    path = system("nameserver 192.0.2.7")
    assert find(Address("192.0.2.9", 5300), OWN, path) == Address("192.0.2.9", 5300)


@pytest.mark.parametrize(
    ("wanted", "own"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")],
)
def test_this_one_is_refused_by_whatever_name(wanted, own, system):
    with pytest.raises(ValueError, match=r"is proxy\.dns itself"):
        find(Address(wanted, 5353), Address(own, 5353), system())


def test_everywhere_on_this_machine_is_not_everywhere():
    assert find(Address("192.0.2.1", 5353), Address("0.0.0.0", 5353)) == Address("192.0.2.1", 5353)
