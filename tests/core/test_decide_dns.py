"""A fault on DNS acts on questions, or on the connections in their place, and never on both."""

from chaoskit.core import decide
from chaoskit.core.actions import Refuse, Resolve
from chaoskit.core.call import Connection, Query
from chaoskit.core.experiment import Injection
from chaoskit.core.timeline import Active
from chaoskit.faults.dns_error import DnsError

QUERY = Query(identity="x A 0 1", provider="p", host="x", kind="A", client="c")
CONN = Connection(identity="p 0 1", provider="p", host="x", port=443, client="c")


class NoMemory:
    """Nothing here counts."""


def told(approximated_as):
    injection = Injection(
        id="i",
        provider="p",
        fault=DnsError(),
        fault_name="dns_error",
        start=0.0,
        stop=1.0,
        approximated_as=approximated_as,
    )
    active = (Active(injection, 1.0),)
    asked = decide.on_query(active, QUERY, 7, NoMemory())
    connected = decide.on_connect(active, CONN, 7, NoMemory())
    assert bool(asked[1]) != bool(connected[1])
    return [strike.action for strike in (*asked[0], *connected[0])]


def test_where_the_proxy_answers_questions_connections_are_left_alone():
    assert told(None) == [Resolve(code="NXDOMAIN")]


def test_where_it_answers_none_connections_stand_for_them():
    assert told("refused connections") == [Refuse()]
