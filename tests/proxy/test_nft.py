import pytest

from chaoskit.proxy.nft import Rules, packets, table_name

RULES = Rules(table="chaoskit_x", ports=(443, 80), port=4001, lease=5.0)
WHOLE = """\
table inet chaoskit_x
delete table inet chaoskit_x
table inet chaoskit_x {
  set alive {
    type inet_proto
    flags timeout
    elements = { tcp timeout 5000ms, udp timeout 5000ms }
  }
  chain redirect_tcp {
    type nat hook output priority -100
    policy accept
    meta mark 0x63686173 return
    ip daddr 127.0.0.0/8 return
    ip6 daddr ::1 return
    meta nfproto ipv4 meta l4proto @alive tcp dport { 80, 443 } redirect to :4001
    meta nfproto ipv6 meta l4proto @alive tcp dport { 80, 443 } redirect to :4001
  }
  chain refuse_quic {
    type filter hook output priority 0
    policy accept
    meta mark 0x63686173 return
    ip daddr 127.0.0.0/8 return
    ip6 daddr ::1 return
    meta nfproto ipv4 meta l4proto @alive udp dport 443 reject with icmpx type port-unreachable
    meta nfproto ipv6 meta l4proto @alive udp dport 443 reject with icmpx type port-unreachable
  }
  counter around {
  }
  chain around {
    type filter hook output priority 10
    policy accept
    meta mark 0x63686173 return
    ip daddr 127.0.0.0/8 return
    ip6 daddr ::1 return
    meta nfproto ipv4 meta l4proto @alive tcp dport { 80, 443 } counter name around accept
    meta nfproto ipv6 meta l4proto @alive tcp dport { 80, 443 } counter name around accept
  }
}
"""


def test_the_whole_table():
    assert RULES.install() == WHOLE


def test_it_is_renewed_in_one_transaction_and_removed_as_a_whole():
    assert RULES.renew() == (
        "flush set inet chaoskit_x alive\n"
        "add element inet chaoskit_x alive { tcp timeout 5000ms, udp timeout 5000ms }\n"
    )
    assert RULES.remove() == "delete table inet chaoskit_x\n"


@pytest.mark.parametrize("to", [None, ("198.51.100.7", "2001:db8::7")])
def test_whatever_catches_anything_asks_whether_somebody_is_alive(to):
    lines = Rules(table="t", ports=(443,), port=1, lease=2.0, to=to).install().splitlines()
    catching = [each for each in lines if "redirect to" in each or "reject" in each]

    assert len(catching) == 4
    assert all("meta l4proto @alive" in each for each in catching)


def test_only_some_addresses():
    text = Rules(table="t", ports=(443,), port=1, lease=2.0, to=("2001:db8::7",)).install()

    assert "ip daddr @to_ipv4 meta nfproto ipv4" in text
    assert "ip6 daddr @to_ipv6 meta nfproto ipv6" in text
    assert "elements = { 2001:db8::7 }" in text
    assert "set to_ipv4 {\n    type ipv4_addr\n    \n  }" in text  # none: nothing is caught


def test_quic_is_left_alone_where_nobody_asks_for_its_port():
    assert "udp dport" not in Rules(table="t", ports=(80,), port=1, lease=2.0).install()
    assert "udp dport" not in Rules(table="t", ports=(443,), port=1, lease=2.0, blocks_quic=False).install()
    assert (
        "nfproto ipv6 meta l4proto @alive tcp"
        not in Rules(table="t", ports=(443,), port=1, lease=2.0, has_ipv6=False).install()
    )


def test_a_table_is_named_after_its_run():
    assert table_name("2026-11-24 shop/é") == "chaoskit_2026_11_24_shop__"


def test_what_goes_around_the_proxy_is_reset_where_nobody_else_uses_the_namespace():
    text = Rules(table="t", ports=(443,), port=1, lease=2.0, cuts=True).install()
    assert "counter name around reject with tcp reset" in text
    assert "counter name around accept" not in text


def test_a_counter_is_read():
    assert packets("table inet t {\n counter around {\n  packets 17 bytes 1020\n }\n}\n") == 17
    assert packets("") == 0
