"""What the process in a container's network namespace hands to nft, and when it ends."""

import json
import os
import threading
import time
from textwrap import dedent

import pytest

from chaoskit.target import agent


def test_a_table_gets_the_set_that_every_rule_asks_and_a_counter():
    chains = "chain output {\n  type filter hook output priority 0\n}\n"
    assert agent.install("t", chains, 5.0) == dedent("""\
        table inet t
        delete table inet t
        table inet t {
        set alive {
          type inet_proto
          flags timeout
          elements = { ALL }
        }
        counter hits {
        }
        chain output {
          type filter hook output priority 0
        }
        }
        """).replace("ALL", agent.elements(5.0))


def test_every_protocol_is_alive_for_the_lease():
    assert agent.elements(2.0).startswith("6 timeout 2000ms, 17 timeout 2000ms, 1 timeout 2000ms, 58 ")


def test_renewing_is_one_transaction_for_all_tables():
    assert agent.renew(["a", "b"], 1.0) == "".join(
        f"flush set inet {each} alive\nadd element inet {each} alive {{ {agent.elements(1.0)} }}\n"
        for each in "ab"
    )


class Recorder(agent.Agent):
    """Notes what it is asked for instead of doing it."""

    def __init__(self, lease):
        super().__init__(lease)
        self.done = []

    def obey(self, said):
        self.done.append(said.get("do"))
        if said.get("do") == "queue":
            raise RuntimeError("this kernel has no netem")
        return {"packets": 3}

    def beat(self):
        self.done.append("renewed")


@pytest.fixture
def served():
    """Serve a pipe in a thread."""
    read, write = os.pipe()
    answers, sink = os.pipe()
    made = Recorder(0.6)
    thread = threading.Thread(target=agent.serve, args=(made, read, sink))
    thread.start()
    yield made, write, answers, thread
    for each in (read, answers, sink):
        os.close(each)


def test_it_answers_each_order_and_ends_when_its_input_does(served):
    _, write, answers, thread = served
    os.write(write, b'{"do":"hits","id":1}\n{"do":"queue","wor')
    os.write(write, b'ds":[],"id":2}\n')
    os.close(write)
    thread.join(5)
    assert not thread.is_alive()
    said = [json.loads(each) for each in os.read(answers, 65536).splitlines()]
    assert said == [
        {"ready": True},
        {"id": 1, "packets": 3},
        {"id": 2, "error": "this kernel has no netem"},
    ]


def test_it_renews_while_it_hears_something_and_ends_when_it_does_not(served):
    made, write, _, thread = served
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        os.write(write, b'{"beat":true}\n')
        time.sleep(0.1)
    assert thread.is_alive()
    assert made.done.count("renewed") >= 2
    began = time.monotonic()
    thread.join(5)
    os.close(write)
    assert 0.3 < time.monotonic() - began < 2.0
