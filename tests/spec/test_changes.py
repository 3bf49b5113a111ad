"""``--set``: one value changed before anything is checked."""

import pytest

from chaoskit import spec
from chaoskit.core.curve import Curve

INJECT = ("inject:", "  - {id: down, provider: stripe, fault: blackhole, during: fault}")


def test_a_change_replaces_a_value(small) -> None:
    assert spec.load("x", small(), ["phases.fault=10s"]).phase("fault").length == 10


def test_a_change_reaches_into_a_list_by_number(small) -> None:
    found = spec.load("x", small(*INJECT), ['inject.0.share="50% of requests"']).injections[0]

    assert found.share == Curve.flat(0.5)


def test_a_change_adds_what_is_missing_on_the_way(small) -> None:
    found = spec.load("x", small(*INJECT), ["proxy.workers=2", "inject.0.match.method=[POST, PUT]"])

    assert found.proxy.workers == 2
    assert found.injections[0].match.method == ("POST", "PUT")


def test_the_value_of_a_change_may_hold_an_equals_sign_and_any_yaml(small) -> None:
    found = spec.load(
        "x", small(), ["target.environment={A: b=c}", "load.endpoints=[{name: a, request: 'GET /?x=1'}]"]
    )

    assert found.target.environment == (("A", "b=c"),)
    assert found.load.endpoints[0].path == "/?x=1"


def test_later_changes_see_earlier_ones(small) -> None:
    assert spec.load("x", small(), ["seed=1", "seed=2"]).seed == 2


def test_what_a_change_brought_has_no_line(small) -> None:
    change = "inject=[{id: a, provider: stripe, fault: blackhole, during: fault}]"

    assert spec.load("x", small(), [change]).injections[0].line is None


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ("seed", "expected key=value", "for example --set phases.fault=10s"),
        ("a..b=1", "expected key=value", "for example --set phases.fault=10s"),
        (
            "load.arrivals=50",
            "expected a rate such as 50/s, got '50'",
            "units are required: did you mean 50/s?",
        ),
        ("phses.fault=3s", "unknown key 'phses'", "did you mean `phases`?"),
        (
            "inject.down.share=30%",
            "`inject` is a list of 1: expected a number from 0 to 0, got 'down'",
            "did you mean inject.0?",
        ),
        ("name.first=x", "`name` is 'small', which has no `first`", "did you mean name=...?"),
        (
            "name=[x",
            "not valid YAML: expected ',' or ']', but got '<stream end>'",
            "close each `{` and `[`, put commas between, and quote a value that has `?` or `,`",
        ),
        ("seed=", "expected a whole number, got nothing", "give a value"),
        ("inject.0.provider=strip", "unknown provider 'strip'", "did you mean `stripe`?"),
    ],
)
def test_a_wrong_change_is_named_with_one_thing_to_try(small, refusal, change, message, hint) -> None:
    assert refusal(small(*INJECT), (change,)) == f"shop.yaml: --set {change}: {message}\nhint: {hint}"


def test_a_wrong_seed_is_named(small, refusal) -> None:
    assert refusal(small(), seed=-1) == "shop.yaml: --seed: expected 0 or more, got -1"
