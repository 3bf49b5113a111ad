from chaoskit.core.experiment import Address, Experiment, Load, Phase, Provider, Target
from chaoskit.proxy.routes import reverse_route, route_to

PAY = Provider(name="pay", hosts=("api.pay.example", "*.pay.example"), resolve=Address("127.0.0.1", 9443))
TAX = Provider(name="tax", hosts=("api.tax.example",))
EXPERIMENT = Experiment(
    name="t", target=Target(url="http://x"), load=Load(), phases=(Phase("a", 0, 1),), providers=(PAY, TAX)
)


def test_a_provider_is_dialled_where_it_resolves_and_keeps_its_name():
    route = route_to(EXPERIMENT, "eu.pay.example", 443)
    assert (route.provider, route.host, route.dial) == (PAY, "eu.pay.example", Address("127.0.0.1", 9443))
    assert route_to(EXPERIMENT, "api.tax.example", 8443).dial == Address("api.tax.example", 8443)


def test_other_hosts_have_no_provider():
    route = route_to(EXPERIMENT, "pay.example", 443)
    assert (route.provider, route.dial) == (None, Address("pay.example", 443))


def test_a_reverse_listener_stands_for_the_base_or_the_first_host():
    assert reverse_route(TAX).dial == Address("api.tax.example", 443)
    based = Provider(name="x", hosts=("h.example",), base="http://Other.example:8080/v1/")
    route = reverse_route(based)
    assert (route.tls, route.dial, route.host) == (False, Address("other.example", 8080), "other.example")
    assert (route.authority, route.prefix) == ("Other.example:8080", "/v1")


def test_a_tcp_base_is_dialled_as_it_stands_and_nothing_is_assumed_about_what_is_spoken():
    plain = Provider(name="db", hosts=("db.example",), base="tcp://db.example:5432")
    route = reverse_route(plain)
    assert (route.is_plain_tcp, route.tls, route.host, route.port) == (True, False, "db.example", 5432)
    assert route.dial == Address("db.example", 5432)
    elsewhere = Provider(name="db", hosts=("h",), base="tcp://[::1]:1", resolve=Address("127.0.0.1", 2))
    assert reverse_route(elsewhere).dial == Address("127.0.0.1", 2)
