"""How shares, windows and draws in a file become injections."""

import pytest

from chaoskit import spec
from chaoskit.core.curve import Curve
from chaoskit.core.rhythm import Pulse, Reroll
from chaoskit.slos.words import selector_text, share_text, windows_text


@pytest.fixture
def one(small):
    """Return the injection that a line describes."""

    def load(text, seed=None):
        line = f"inject: [{{id: i, provider: stripe, fault: {{error: {{}}}}, {text}}}]"
        return spec.load("x", small(line), seed=seed).injections[0]

    return load


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("0% -> 80% over 20s", ((0, 0), (20, 0.8))),
        ("0% -> 80% at 10s", ((0, 0), (10, 0), (10, 0.8))),
        ("0% -> 80% over 10s -> hold for 5s -> 0% over 5s", ((0, 0), (10, 0.8), (15, 0.8), (20, 0))),
        ("10% -> 20% at 5s -> 30% at 9s", ((0, 0.1), (5, 0.1), (5, 0.2), (9, 0.2), (9, 0.3))),
        ("50% -> 0% over 5s -> 100% at 5s", ((0, 0.5), (5, 0), (5, 0), (5, 1))),
    ],
)
def test_a_share_may_ramp_step_and_hold(one, text, points):
    assert one(f"during: fault, share: {text}").share == Curve(points)


@pytest.mark.parametrize(
    "text",
    [
        "30% of requests",
        "0% -> 80% over 20s of requests",
        "0% -> 80% at 10s of requests",
        "10% -> 20% over 2s -> 20% over 3s -> 0% at 9s of hosts",
        "50% for 5s every 20s of clients",
    ],
)
def test_a_share_is_told_as_it_was_written(one, text):
    assert share_text(one(f"during: fault, share: {text}")) == text


def test_a_pulse_is_on_at_the_beginning_of_each_period(one):
    found = one("during: {from: fault + 1s, for: 25s}, share: 50% for 5s every 10s of requests")
    assert found.windows == ((21, 26), (31, 36), (41, 46))
    assert found.pulse == Pulse(5, 10)
    assert found.share == Curve.flat(0.5)
    assert windows_text(found) == "21s to 26s, 31s to 36s, 41s to 46s"


def test_several_windows_are_one_injection_with_gaps(one):
    found = one("during: [fault, {from: recovery + 2s, for: 3s}]")
    assert (found.start, found.stop, found.gaps) == (20, 55, ((50, 52),))
    assert one("during: [baseline, fault]").windows == ((0, 50),)


def test_a_reroll_is_drawn_by_the_seed_and_told(one):
    text = "during: fault, reroll: {every: 5s, p: 50%}"
    assert one(text, 1).windows == one(text, 1).windows
    assert len({one(text, seed).windows for seed in range(1, 12)}) > 5
    found = one(text, 1)
    assert found.reroll == Reroll(every=5, p=0.5)
    assert share_text(found) == "100% of requests, re-rolled every 5s at 50%"
    latched = one("during: fault, reroll: {every: 5s, p: 50%, latch: true}", 1)
    assert latched.stop == 50
    assert latched.gaps == ()


def test_a_late_first_draw_does_not_move_what_the_share_is_at_a_time(one):
    text = "during: fault, share: 0% -> 100% over 30s, reroll: {every: 5s, p: 40%}"
    late = next(each for each in (one(text, seed) for seed in range(1, 20)) if each.start > 20)
    assert late.share.at(35 - late.start) == pytest.approx(0.5)


def test_what_selects_is_told(one):
    found = one(
        "during: fault, match: {method: [GET, POST], path: /v1/*, json: {model: big-*}}, "
        "after_n: 2, between: [3, 9], every_nth: 3"
    )
    assert selector_text(found) == (
        "GET/POST, path /v1/*, json model = big-*, after the first 2, number 3 to 9, one in 3"
    )


def test_operations_and_models_are_one_or_a_list(one):
    found = one("during: fault, match: {operation: [PutObject, Copy*], model: gpt-4*}")
    assert (found.match.operation, found.match.model) == (("PutObject", "Copy*"), ("gpt-4*",))
    assert selector_text(found) == "operation PutObject/Copy*, model gpt-4*"


def test_a_fault_on_connections_takes_hosts_clients_and_numbers(small):
    line = (
        "inject: [{id: i, provider: stripe, fault: {blackhole: {at: connect}}, during: fault, "
        "match: {host: '*.eu.*', client: 10.0.0.1}, between: [2, 3]}]"
    )
    (found,) = spec.load("x", small(line)).injections
    assert (found.match.host, found.between, found.unit) == ("*.eu.*", (2, 3), "connections")
