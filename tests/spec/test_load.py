"""What a file that is right comes to."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from chaoskit import spec
from chaoskit.core.curve import Curve
from chaoskit.core.distribution import Fixed, Lognormal
from chaoskit.core.experiment import Address, Endpoint, Phase
from chaoskit.faults.blackhole import Blackhole
from chaoskit.faults.delay import Delay

ROOT = Path(__file__).parents[2]


def injection(small, entry: str):
    return spec.load(
        "x", small("inject:", f"  - {{id: a, provider: stripe, during: fault, {entry}}}")
    ).injections[0]


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.name)
def test_every_experiment_that_is_shipped_loads(path: Path) -> None:
    experiment, text = spec.read(path)

    assert experiment.name
    assert text == path.read_text(encoding="utf-8")


def test_the_example_of_the_page_loads_with_everything_that_it_says(example: str) -> None:
    experiment = spec.load("page", example)

    named = {each.id: each for each in experiment.injections}
    assert list(named) == [
        "stripe-down",
        "some-errors",
        "big-model-in-europe",
        "pulse",
        "comes-and-goes",
        "ramp",
        "limited",
        *(f"openai-2025-06-10.{phase}" for phase in ("growing", "steady", "slow", "returning")),
    ]
    assert named["stripe-down"].windows == ((20, 50),)
    assert named["some-errors"].windows == ((25, 35),)
    assert named["big-model-in-europe"].windows == ((20, 25), (55, 60))
    assert named["pulse"].windows == ((20, 22), (30, 32), (40, 42))
    assert experiment.phases == (
        Phase("baseline", 0, 20),
        Phase("fault", 20, 50),
        Phase("recovery", 50, 80),
    )
    assert named["ramp"].share == Curve(((0.0, 0.0), (20.0, 0.8)))
    assert experiment.provider("tax").base == "https://api.tax.example"
    assert experiment.provider("stripe").resolve == Address("127.0.0.1", 9443)
    assert experiment.load.endpoints[0].body == b'{"sku": "A1"}'
    assert dict(experiment.load.endpoints[0].headers) == {"content-type": "application/json"}
    assert [(each.id, each.in_, each.of) for each in experiment.slos][:2] == [
        ("base", "baseline", ()),
        ("survive", "fault", ("checkout",)),
    ]
    lines = example.splitlines()
    for each in (*experiment.injections, *experiment.slos):
        assert each.line is not None
        said = f"outage: {each.id.partition('.')[0]}" if "." in each.id else f"id: {each.id}"
        assert said in lines[each.line - 1]


def test_scalars_are_read_as_written(small) -> None:
    experiment = spec.load("x", small("seed: 010").replace("name: small", "name: NO"))

    assert experiment.name == "NO"
    assert experiment.seed == 10


def test_quotes_make_no_difference(example: str) -> None:
    quoted = re.sub(
        r"(?<=: )(\d[\w/%]*|fault|reuse|constant)(?=[,}]| *(#|$))", r'"\1"', example, flags=re.MULTILINE
    )

    assert quoted != example
    assert spec.load("page", quoted) == spec.load("page", example)


def test_line_endings_and_a_byte_order_mark_make_no_difference(example: str) -> None:
    assert spec.load("page", "\ufeff" + example.replace("\n", "\r\n")) == spec.load("page", example)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("250ms", 0.25), ("2s", 2), ("1.5m", 90), ("1h", 3600), ("300us", 0.0003), ("2 s", 2), ("0.1s", 0.1)],
)
def test_a_duration_is_worth_what_its_unit_says(small, written: str, seconds: float) -> None:
    assert injection(small, f"fault: {{delay: {{time: {written}}}}}").fault == Delay(time=Fixed(seconds))


@pytest.mark.parametrize(
    "fault",
    ["blackhole", "{blackhole: {}}", "{blackhole: {at: request}}", "{'blackhole': {'at': 'request'}}"],
)
def test_a_fault_without_parameters_may_be_written_in_each_of_these_ways(small, fault: str) -> None:
    found = injection(small, f"fault: {fault}")

    assert (found.fault, found.fault_name) == (Blackhole(), "blackhole")


def test_a_distribution_is_named_after_its_class(small) -> None:
    found = injection(small, "fault: {delay: {time: {lognormal: {median: 200ms, p99: 2s}}}}")

    assert found.fault == Delay(time=Lognormal(median=0.2, p99=2.0))


@pytest.mark.parametrize(
    ("at", "unit"), [("connect", "connections"), ("request", "requests"), ("response", "requests")]
)
def test_a_share_is_of_what_the_fault_acts_on(small, at: str, unit: str) -> None:
    for share in ("", ", share: 30%", f", share: 30% of {unit}"):
        assert injection(small, f"fault: {{blackhole: {{at: {at}}}}}{share}").unit == unit


def test_a_share_may_rise_and_fall(small) -> None:
    found = injection(small, "fault: blackhole, share: 0% -> 80% over 20s -> 10% over 5s of clients")

    assert found.share.points == ((0.0, 0.0), (20.0, 0.8), (25.0, 0.1))
    assert found.unit == "clients"


@pytest.mark.parametrize(
    ("during", "window"),
    [
        ("fault", (20, 50)),
        ("{from: fault, for: 10s}", (20, 30)),
        ("{from: fault + 5s, to: recovery + 2s}", (25, 52)),
        ("{from: fault - 2s, to: fault}", (18, 20)),
        ("{from: baseline, to: recovery}", (0, 50)),
        ("{from: fault+500ms, for: 100ms}", (20.5, 20.6)),
    ],
)
def test_a_window_is_told_from_phases(small, during: str, window: tuple[float, float]) -> None:
    text = small("inject:", f"  - {{id: a, provider: stripe, fault: blackhole, during: {during}}}")
    found = spec.load("x", text).injections[0]

    assert (found.start, found.stop) == window


def test_the_body_of_a_request_is_json_as_it_is_written(small) -> None:
    entry = (
        "{name: checkout, request: POST /checkout, json: {a: 1, b: '1', c: NO, d: true, e: [1.50, ~], f: 1٣}}"
    )
    text = small().replace("{name: checkout, request: POST /checkout}", entry)

    assert spec.load("x", text).load.endpoints[0].body == (
        b'{"a": 1, "b": "1", "c": "NO", "d": true, "e": [1.5, null], "f": "1\xd9\xa3"}'
    )


def test_patterns_over_endpoints_become_names_in_the_order_of_the_file(small) -> None:
    entries = (
        "{name: pay-card, request: GET /a}, {name: items, request: GET /b}, {name: pay-bank, request: GET /c}"
    )
    text = small('slos: [{id: a, of: ["pay-*", items, pay-card], availability: ">= 99%"}]')

    found = spec.load("x", text.replace("{name: checkout, request: POST /checkout}", entries))

    assert found.slos[0].of == ("pay-card", "pay-bank", "items")


def test_endpoints_of_a_locustfile_are_taken_as_they_are_written(small) -> None:
    text = small('slos: [{id: a, of: ["/pay/*"], availability: ">= 99%"}]')

    found = spec.load("x", re.sub("endpoints: .*", "locustfile: users.py}", text))

    assert found.slos[0].of == ("/pay/*",)


def test_names_of_a_locustfile_say_what_they_depend_on(small) -> None:
    names = "[{name: POST /pay, depends_on: [stripe], calls: sometimes}, {name: b}]"
    text = small('slos: [{id: a, of: ["POST /pay", "/x/*"], availability: ">= 99%"}]')
    found = spec.load("x", re.sub("endpoints: .*", f"locustfile: users.py, endpoints: {names}}}", text))

    assert found.load.endpoints == (
        Endpoint(name="POST /pay", method="", path="", depends_on=("stripe",), calls="sometimes"),
        Endpoint(name="b", method="", path=""),
    )
    assert not any(each.may_be_probed for each in found.load.endpoints)
    assert found.slos[0].of == ("POST /pay", "/x/*")


def test_names_that_are_left_out_are_no_endpoints_to_ask_about(small, refusal) -> None:
    entries = "{name: pay, request: GET /a}, {name: missing, request: GET /b}], leave_out: [miss*"
    text = small('slos: [{id: a, of: ["*"], availability: ">= 99%"}]')
    text = text.replace("{name: checkout, request: POST /checkout}", entries)

    found = spec.load("x", text)
    assert found.load.leave_out == ("miss*",)
    assert found.slos[0].of == ("pay",)
    assert "'missing' is left out of judgement" in refusal(text.replace('"*"', "missing"))
    assert "unknown endpoint 'mist'" in refusal(text.replace("miss*", "mist"))


def test_a_request_may_be_probed_unless_the_file_says_that_it_is_not_safe_to_repeat(small) -> None:
    entries = "{name: pay, request: POST /a, safe_to_repeat: false}, {name: items, request: GET /b}"
    found = spec.load("x", small().replace("{name: checkout, request: POST /checkout}", entries))

    assert [each.may_be_probed for each in found.load.endpoints] == [False, True]


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080", "http://127.8.9.10", "http://[::1]:80/shop/", "https://LOCALHOST"],
)
def test_load_may_go_to_this_machine(small, url: str) -> None:
    assert spec.load("x", small().replace("http://127.0.0.1:8080", url)).target.url == url.rstrip("/")


def test_load_may_go_to_a_host_that_the_file_allows(small) -> None:
    text = small().replace("'http://127.0.0.1:8080'", "'https://Staging.example', allow: [staging.example]")

    assert spec.load("x", text).target.url == "https://Staging.example"


def test_the_seed_of_the_command_line_wins(small) -> None:
    assert spec.load("x", small("seed: 7")).seed == 7
    assert spec.load("x", small("seed: 7"), seed=8).seed == 8
    assert spec.load("x", small()).seed == 0


def test_a_problem_is_shown_with_its_line_and_carets(small, refusal) -> None:
    text = small("inject: [{id: a, provider: stripe, fault: {latncy: {}}, during: fault}]").replace(
        "blackhole", "x"
    )

    assert refusal(text.replace("latncy", "dealy")) == dedent("""\
        shop.yaml:7:44: unknown fault 'dealy'
          |
        7 | inject: [{id: a, provider: stripe, fault: {dealy: {}}, during: fault}]
          |                                            ^^^^^
        hint: did you mean `delay`?""")
