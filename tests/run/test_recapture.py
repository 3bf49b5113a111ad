"""A captured container that begins anew: who may end it, when it is captured again, and what was missed."""

import time
from types import SimpleNamespace

from chaoskit import spec
from chaoskit.run.recapture import Recapture

TEXT = """\
version: 1
name: x
target: {{url: http://127.0.0.1:8081, compose: c.yaml, service: web, capture: {capture}}}
providers: {{pay: {{hosts: [pay.test]}}}}
load: {{arrivals: 5/s, endpoints: [{{name: a, request: GET /}}]}}
phases: {{baseline: 20s, fault: 20s, recovery: 20s}}
inject:
  - {{id: restarts, service: web, fault: {{restart: {{}}}}, during: fault}}
  - {{id: hangs, service: web, fault: {{pause: {{}}}}, during: baseline}}
  - {{id: gone, service: db, fault: {{kill: {{}}}}, during: baseline}}
  - {{id: down, provider: pay, fault: {{error: {{status: 503}}}}, during: fault}}
slos: [{{id: s, in: fault, availability: ">= 90%"}}]
"""


class Proxies:
    again_called = 0

    def again(self):
        self.again_called += 1


def recapture(capture="sidecar"):
    experiment = spec.load("x.yaml", TEXT.format(capture=capture))
    stack = SimpleNamespace(compose=experiment.target.compose, restarts=0)
    return Recapture(experiment, stack, Proxies(), []), stack


def test_only_a_fault_that_ends_the_captured_service_may_end_it_and_only_around_its_time():
    subject, _ = recapture()
    assert [t for t in (None, 10.0, 18.9, 19.1, 30.0, 44.9, 45.1) if subject.may_end(t)] == [19.1, 30.0, 44.9]


def test_each_restart_is_captured_once():
    subject, stack = recapture()
    assert subject.follow() is None
    stack.restarts = 1
    assert subject.follow() == "web began again; capturing it again"
    assert subject.follow() is None
    assert subject.proxies.again_called == 1


def test_a_gateway_needs_no_new_capture():
    subject, stack = recapture("gateway")
    stack.restarts = 1
    assert subject.follow() is None
    assert subject.proxies.again_called == 0


def test_what_was_on_in_the_gap_is_a_problem_and_a_gap_in_the_baseline_is_none():
    for ago, problems in ((30.0, 1), (5.0, 0)):
        subject, stack = recapture()
        stack.restarts = 1
        subject.follow()
        told = subject.done(time.monotonic() - ago)
        assert told is not None
        assert told.startswith("captured again: web was not captured for 0.")
        assert len(subject.problems) == problems
        assert all("while down was on" in each for each in subject.problems)
        assert subject.done(0.0) is None


def test_a_worker_that_ends_before_it_is_up_is_tried_again_while_the_fault_may_have_ended_its_container():
    subject, stack = recapture()
    assert not subject.is_early(30.0)  # it was captured all along: that worker's end is a failure
    stack.restarts = 1
    subject.follow()
    assert [t for t in (None, 10.0, 45.1) if subject.is_early(t)] == []
    subject.try_again()
    assert subject.proxies.again_called == 1

    assert subject.is_early(44.9)
    assert subject.is_early(44.9)  # two workers of one process
    assert subject.proxies.again_called == 1  # not in the same moment
    subject.try_again()
    subject.try_again()
    assert subject.proxies.again_called == 2

    assert subject.is_early(30.0)
    stack.restarts = 2  # the container has begun once more, and is captured by that
    subject.follow()
    subject.try_again()
    assert subject.proxies.again_called == 3

    assert subject.done(time.monotonic()) is not None
    assert not subject.is_early(30.0)


def test_a_capture_that_never_came_back_spoils_what_was_on_since():
    for is_back, problems in ((False, 1), (True, 0)):
        subject, stack = recapture()
        stack.restarts = 1
        t0 = time.monotonic() - 30.0
        if is_back:
            subject.follow()
            subject.done(time.monotonic())
        else:
            subject.follow()
        subject.end(t0)
        assert len(subject.problems) == problems


def test_two_restarts_in_a_row_are_one_gap(monkeypatch):
    clock = iter((100.0, 104.5))  # of the first restart, and of the proxy that comes up after the second
    monkeypatch.setattr("chaoskit.run.recapture.time.monotonic", lambda: next(clock))
    subject, stack = recapture()
    for restarts in (1, 2):
        stack.restarts = restarts
        subject.follow()
    assert subject.done(None) == "captured again: web was not captured for 4.5s"
