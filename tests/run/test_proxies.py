"""What workers say, and what it means for the run: no process is started."""

import queue
from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.core.machine import Armed, Failed, Up
from chaoskit.run.child import Ended, Line
from chaoskit.run.folder import Folder
from chaoskit.run.proxies import Proxies
from chaoskit.run.setup import Setup

TEXT = """\
version: 1
name: x
target: {url: http://127.0.0.1:8081}
providers: {pay: {hosts: [pay.test]}}
load: {arrivals: 5/s, endpoints: [{name: a, request: GET /}]}
phases: {baseline: 20s, fault: 20s}
inject: [{id: down, provider: pay, fault: {error: {status: 503}}, during: fault}]
slos: [{id: s, in: fault, availability: ">= 90%"}]
"""


class Process:
    """What the first worker would be told."""

    def __init__(self, name, command, *, log, mailbox):
        self.name, self.log = name, log
        self.told, self.is_closed = [], False

    def tell(self, message):
        self.told.append(message)

    def close(self):
        self.is_closed = True


@pytest.fixture
def proxies(tmp_path, monkeypatch):
    monkeypatch.setattr("chaoskit.run.proxies.Child", Process)
    setup = Setup(
        experiment=spec.load("x.yaml", TEXT),
        path=Path("x.yaml"),
        text=TEXT,
        changes=(),
        folder=Folder(tmp_path),
        ca=tmp_path,
        workers=2,
    )
    found = Proxies(setup, queue.SimpleQueue())
    found.start()
    return found


def said(proxies, name, line):
    return list(proxies.hear(Line(name, line)))


def ready(proxies, *names):
    return [event for name in names for event in said(proxies, name, {"ready": {"listen": "127.0.0.1:9"}})]


def test_the_first_is_told_whom_to_fork_and_all_must_be_ready_and_armed(proxies):
    (process,) = proxies.processes
    first = process.told[0]
    assert (first["worker"], first["workers"], first["others"], first["leads"]) == (0, 2, [1], True)
    assert ready(proxies, "proxy-0") == []
    assert ready(proxies, "proxy-1") == [Up("proxy")]
    proxies.arm(100.0)
    assert process.told[1:] == [{"arm": 100.0}]
    assert said(proxies, "proxy-1", {"ack": "arm", "t": 99.7}) == []
    assert said(proxies, "proxy-0", {"ack": "arm", "t": 99.8}) == [Armed()]
    assert proxies.armed == {"proxy-1": 99.7, "proxy-0": 99.8}


def test_who_is_armed_when_a_fault_is_due_already_has_let_calls_pass(proxies):
    proxies.arm(100.0)
    assert said(proxies, "proxy-0", {"ack": "arm", "t": 119.9}) == []
    late = Failed("proxy-1", "had the start instant only when a fault was due already")
    assert said(proxies, "proxy-1", {"ack": "arm", "t": 120.1}) == [late, Armed()]


@pytest.mark.parametrize("is_armed", [True, False])
def test_those_in_a_new_namespace_take_over_and_the_words_of_the_old_count_no_more(proxies, is_armed):
    ready(proxies, "proxy-0", "proxy-1")
    if is_armed:
        proxies.arm(100.0)
    proxies.again()
    old, new = proxies.processes
    assert old.is_closed
    assert (new.told[0]["worker"], new.told[0]["others"], new.told[0]["leads"]) == (2, [3], True)

    assert ready(proxies, "proxy-1", "proxy-2") == []
    assert said(proxies, "proxy-0", {"lease": "expired"}) == []
    assert list(proxies.hear(Ended("proxy-1", 0))) == []
    assert ready(proxies, "proxy-3") == [Up("proxy")]
    if not is_armed:
        proxies.arm(100.0)
    assert new.told[1:] == [{"arm": 100.0}]
    assert said(proxies, "proxy-2", {"ack": "arm", "t": 101.0}) == []
    assert said(proxies, "proxy-3", {"ack": "arm", "t": 101.0}) == [Armed()]
    assert list(proxies.hear(Ended("proxy-3", 137))) == [Failed("proxy-3", "ended with status 137")]


def test_a_question_is_answered_when_every_worker_that_serves_has_told(proxies):
    ready(proxies, "proxy-0", "proxy-1")
    said(proxies, "proxy-0", {"seen": {}, "carried": {"pay": 4}})
    number = proxies.tell()
    assert proxies.processes[0].told[-1] == {"tell": number}
    said(proxies, "proxy-0", {"seen": {}, "carried": {"pay": 5}, "told": number})
    assert not proxies.has_told(number)
    said(proxies, "proxy-1", {"seen": {}, "carried": {"pay": 2, "edge": 2}, "told": number})
    assert proxies.has_told(number)
    said(proxies, "proxy-1", {"seen": {}, "carried": {"pay": 3, "edge": 3}, "told": number})
    assert (proxies.carried("pay"), proxies.carried("edge"), proxies.carried("shop")) == (8, 3, 0)
    later = proxies.tell()
    assert not proxies.has_told(later)
