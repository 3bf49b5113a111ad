"""A record judged again: what is damaged is named, and no broken run is a pass."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chaoskit.cli.report import command
from chaoskit.core.diagnostic import RecordError
from chaoskit.core.samples import Flag, Sample
from chaoskit.core.verdict import Verdict
from chaoskit.report import html, markdown, result_json, text
from chaoskit.run.judgement import judge, masked
from recorded import double, halve, tell, thin, told

EXPERIMENT = """\
version: 1
name: small
target: {url: http://127.0.0.1:8080}
providers:
  stripe: {hosts: [api.stripe.com]}
load:
  arrivals: 20/s
  endpoints:
    - {name: pay, request: POST /pay, depends_on: [stripe]}
phases: {baseline: 10s, fault: 10s, recovery: 10s}
inject:
  - {id: down, provider: stripe, fault: {blackhole: {}}, during: fault}
slos:
  - {id: survive, in: fault, availability: ">= 90%"}
"""
T0 = 1000.0


def sample(number: int) -> bytes:
    return Sample(
        intended_us=round((T0 + number / 20) * 1e6),
        latency_us=20_000,
        delay_us=100,
        size=10,
        slot=number,
        name=0,
        status=200,
        flags=Flag.GOOD,
        cause=0,
        trace_id=number + 1,
    ).pack()


def call(t: float) -> dict[str, Any]:
    """The call of the sample that was due at ``t``: each has one."""
    is_hit = 10 <= t < 20
    return {
        "t": T0 + t,
        "provider": "stripe",
        "call": True,
        "id": f"{round(t * 20) + 1:016x}{0:016x} POST api.stripe.com/v1/charges 1",
        "by": "traceparent",
        "host": "api.stripe.com",
        "method": "POST",
        "path": "/v1/charges",
        "eligible": ["down"] if is_hit else [],
        "drawn": ["down"] if is_hit else [],
        "hits": [["down", "hold"]] if is_hit else [],
        "asked": 0,
        "waited": 0,
        "status": None if is_hit else 200,
    }


FACTS: dict[str, Any] = {
    "file": "small.yaml",
    "changes": [],
    "seed": 0,
    "started": "2026-11-24T10:00:00+00:00",
    "command": "chaoskit run small.yaml --seed 0",
    "versions": {},
    "outcome": "judged",
    "why": "all phases ran",
    "t0": T0,
    "events": [[None, "proxy is up"], [0.0, "phase `baseline` began"]],
    "problems": [],
    "proxy_lag": 0.0,
    "late": {},
    "workers": 1,
    "offered": {"baseline": 200, "fault": 200, "recovery": 200},
    "probes": [
        {
            "endpoint": "pay",
            "last": last,
            "trace": f"{n:032x}",
            "begun": at,
            "ended": at + 0.02,
            "answer": "answered 200",
        }
        for n, last, at in ((1001, False, T0 - 5), (1002, False, T0 - 4), (1003, True, T0 + 32))
    ],
}


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Write a record of a good run, changed as asked."""

    def write(**changes: Any) -> Path:
        facts = {**FACTS, **{k: v for k, v in changes.items() if k in FACTS}}
        calls = changes.get("calls", [call(n / 20) for n in range(600)])
        (tmp_path / "experiment.yaml").write_text(changes.get("text", EXPERIMENT))
        (tmp_path / "samples-1.bin").write_bytes(changes.get("samples", b"".join(map(sample, range(600)))))
        (tmp_path / "samples-1.json").write_text(json.dumps({"names": ["pay"], "process": 0}))
        (tmp_path / "calls-0.jsonl").write_text("".join(json.dumps(each) + "\n" for each in calls))
        (tmp_path / "run.json").write_text(json.dumps({"files": told(tmp_path), **facts}))
        return tmp_path

    return write


def test_a_good_record_passes_and_says_so_twice_alike(record: Callable[..., Path]) -> None:
    result = judge(record())

    assert (result.verdict, result.exit_code) == (Verdict.PASS, 0)
    assert result == judge(record())
    assert [each.label for each in result.phases] == ["baseline", "fault", "recovery"]
    assert result.injections[0].hits == 200


BROKEN: dict[str, dict[str, Any]] = {
    "no hits": {"calls": [{**call(n / 20), "hits": [], "eligible": [], "drawn": []} for n in range(600)]},
    "drawn but not applied": {"calls": [{**call(n / 20), "hits": []} for n in range(600)]},
    "no call at all": {"calls": []},
    "no samples": {"samples": b""},
    "no samples in the fault": {"samples": b"".join(map(sample, [*range(200), *range(400, 600)]))},
    "half of the load is missing": {"samples": b"".join(map(sample, range(0, 600, 2)))},
    "a problem of the run": {"problems": ["the lease expired"]},
    "the run crashed": {"outcome": "crashed", "why": "load-0: ended with status 1"},
    "the controller was killed": {"outcome": "running", "why": ""},
    "nothing began": {"t0": None, "outcome": "not started", "why": "target: not ready"},
    "no slo": {"text": EXPERIMENT[: EXPERIMENT.index("slos:")]},
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_evidence_is_inconclusive(record: Callable[..., Path], what: str) -> None:
    result = judge(record(**BROKEN[what]))

    assert (result.verdict, result.exit_code) == (Verdict.INCONCLUSIVE, 3)
    assert result.sentence


@pytest.mark.parametrize(("outcome", "code"), [("aborted", 4), ("interrupted", 130)])
def test_a_run_that_was_ended_has_no_verdict(record: Callable[..., Path], outcome: str, code: int) -> None:
    result = judge(record(outcome=outcome, why="because"))

    assert (result.verdict, result.exit_code) == (None, code)
    assert "because" in result.sentence


def test_a_fault_that_was_approximated_is_told_in_every_report(record: Callable[..., Path]) -> None:
    result = judge(record(text=EXPERIMENT.replace("{blackhole: {}}", "dns_timeout")))

    (note,) = [each for each in result.notes if "approximated as" in each]
    assert note.startswith(
        "down: dns_timeout is approximated as connections that are accepted and then silent"
    )
    for report in (
        text.render(result, color=False, width=200),
        markdown.render(result).replace("\\_", "_"),
        html.render(result),
        result_json.render(result),
    ):
        assert "dns_timeout is approximated as" in report


def test_a_target_that_dies_under_the_fault_did_not_survive(record: Callable[..., Path]) -> None:
    why = "target: ended with status 1"
    died = judge(record(outcome="crashed", why=why, events=[[12.0, why]]))
    never_hit = judge(record(outcome="crashed", why=why, events=[[5.0, why]]))

    assert (died.verdict, died.exit_code) == (Verdict.FAIL, 1)
    assert (never_hit.verdict, never_hit.exit_code) == (Verdict.INCONCLUSIVE, 3)


def test_a_file_that_a_crash_cut_short_is_read_to_its_last_whole_record(record: Callable[..., Path]) -> None:
    path = record()
    with (path / "samples-1.bin").open("ab") as file:
        file.write(sample(600)[:11])
    with (path / "calls-0.jsonl").open("a") as file:
        file.write('{"t": 10')
    tell(path)  # as a process that counts what it wrote before it ended

    assert judge(path).verdict is Verdict.PASS


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_folder_without_the_facts_of_a_run_is_none(record: Callable[..., Path], content: str) -> None:
    path = record()
    (path / "run.json").write_text(content)

    with pytest.raises(RecordError, match=r"run\.json: cannot be read"):
        judge(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("samples-1.json", "nonsense", "samples-1.json: cannot be read"),
        ("samples-1.json", "{}", "samples-1.json: cannot be read"),
        ("calls-0.jsonl", "nonsense\n", "calls-0.jsonl:1: not a record of a call"),
        ("calls-0.jsonl", "{}\n", "calls-0.jsonl:1: not a record of a call"),
        ("calls-0.jsonl", "7\n", "calls-0.jsonl:1: not a record of a call"),
    ],
)
def test_a_damaged_file_is_named(record: Callable[..., Path], name: str, content: str, said: str) -> None:
    path = record()
    (path / name).write_text(content)
    tell(path)  # it was written like this

    assert_is_inconclusive(path, said)


def change_run(path: Path, **changes: Any) -> None:
    facts = {**json.loads((path / "run.json").read_text()), **changes}
    (path / "run.json").write_text(json.dumps({k: v for k, v in facts.items() if v is not Ellipsis}))


def copy_samples(path: Path) -> None:
    for kind in ("bin", "json"):
        shutil.copy(path / f"samples-1.{kind}", path / f"samples-9.{kind}")


def swap_names(path: Path) -> None:
    (path / "samples-1.json").write_text(json.dumps({"names": ["yap"], "process": 0}))


LOSSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "most call lines dropped": (lambda p: thin(p / "calls-0.jsonl"), "calls-0.jsonl has "),
    "calls cut in half": (lambda p: halve(p / "calls-0.jsonl"), "calls-0.jsonl has "),
    "every line twice": (lambda p: double(p / "calls-0.jsonl"), "calls-0.jsonl has "),
    "calls gone": (lambda p: (p / "calls-0.jsonl").unlink(), "calls-0.jsonl is missing"),
    "another worker's calls": (
        lambda p: shutil.copy(p / "calls-0.jsonl", p / "calls-1.jsonl"),
        "calls-1.jsonl was not closed",
    ),
    "samples copied under another pid": (copy_samples, "samples-9.bin was not closed"),
    "samples cut in half": (
        lambda p: halve(p / "samples-1.bin"),
        "samples-1.bin has 12000 bytes, and 24000 ",
    ),
    "names swapped": (swap_names, "samples-1.json has other bytes"),
    "names gone": (lambda p: (p / "samples-1.json").unlink(), "samples-1.json is missing"),
    "deeds that nobody did": (lambda p: (p / "services.jsonl").touch(), "services.jsonl was not closed"),
    "an objective dropped": (lambda p: halve(p / "experiment.yaml"), ""),
    "an objective softened": (
        lambda p: (p / "experiment.yaml").write_text(EXPERIMENT.replace("90%", "11%")),
        "experiment.yaml has other bytes",
    ),
    "no arrivals offered": (lambda p: change_run(p, offered=...), "`offered` is missing"),
    "arrivals less than none": (
        lambda p: change_run(p, offered={"fault": -1}),
        "`offered` cannot be {'fault': -1}",
    ),
    "fewer arrivals offered": (
        lambda p: change_run(p, offered={"baseline": 200, "fault": 20, "recovery": 200}),
        "`offered` is {'baseline': 200, 'fault': 20, 'recovery': 200}, and the schedule of the file has",
    ),
    "arrivals of a phase gone": (lambda p: change_run(p, offered={"fault": 200}), "`offered` is"),
    "no number of workers": (lambda p: change_run(p, workers=...), "`workers` is missing"),
    "no workers": (lambda p: change_run(p, workers=0), "`workers` cannot be 0"),
    "workers as text": (lambda p: change_run(p, workers="2"), "`workers` cannot be '2'"),
    "a second worker without a file": (
        lambda p: change_run(p, workers=2),
        "`files` has 1 of 2 that are called calls-",
    ),
    "no problems": (lambda p: change_run(p, problems=...), "`problems` is missing"),
    "no lateness": (lambda p: change_run(p, proxy_lag=...), "`proxy_lag` is missing"),
    "no times of lateness": (lambda p: change_run(p, late=...), "`late` is missing"),
    "times of lateness that are none": (lambda p: change_run(p, late={"proxy-0": [1]}), "`late` cannot be"),
    "no start": (lambda p: change_run(p, t0=...), ""),
    "a start that is no time": (lambda p: change_run(p, t0="soon"), ""),
    "no events": (lambda p: change_run(p, events=...), "`events` is missing"),
    "no counts": (lambda p: change_run(p, files=...), "does not say what was written"),
    "counts of nothing": (lambda p: change_run(p, files={}), "does not say what was written"),
    "a count that is none": (
        lambda p: change_run(p, files={**told(p), "calls-0.jsonl": {"bytes": -1, "crc32": "0"}}),
        "`files` says nothing of calls-0.jsonl",
    ),
    "no count of the samples": (
        lambda p: change_run(p, files={k: v for k, v in told(p).items() if k != "samples-1.bin"}),
        "samples-1.bin was not closed",
    ),
    "samples and their count gone": (
        lambda p: (
            (p / "samples-1.bin").unlink(),
            change_run(p, files={k: v for k, v in told(p).items() if k != "samples-1.bin"}),
        ),
        "`files` has 0 of 1 that are called samples-*.bin",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LOSSES)
def test_a_record_that_lost_a_part_is_inconclusive_and_names_it(
    record: Callable[..., Path], what: str
) -> None:
    path = record()
    lose, said = LOSSES[what]
    lose(path)
    if what == "an objective dropped":
        with pytest.raises(RecordError, match=r"experiment\.yaml has "):
            judge(path)
    else:
        assert_is_inconclusive(path, said)


def assert_is_inconclusive(path: Path, said: str) -> None:
    result = judge(path)

    assert (result.verdict, result.exit_code) == (Verdict.INCONCLUSIVE, 3)
    (complete,) = [each for each in result.findings if each.check == "record/complete"] or [None]
    assert complete is None or complete.verdict is Verdict.INCONCLUSIVE
    assert said in (complete.reason if complete else result.sentence)
    assert not [each for each in result.findings if each.verdict is Verdict.PASS and not each.is_proof]


@pytest.mark.parametrize("name", ["result.json", "report.html"])
def test_a_verdict_that_cannot_be_kept_is_printed_with_the_path(
    record: Callable[..., Path], name: str
) -> None:
    path = record()
    (path / name).mkdir()  # as good as a full disk: nothing can be written there
    told = CliRunner().invoke(command, [str(path)])

    assert told.exit_code == 74
    assert told.stdout.startswith("PASS")
    assert f"the verdict could not be kept: {path / name}: " in told.stderr
    assert not list(path.glob(".*.new"))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("headers: {authorization: Bearer abc123}", "headers: {authorization: (masked)}"),
        ('  api_key: "s3cret"', "  api_key: (masked)"),
        ("environment: {DB_PASSWORD: hunter2, SHOP: a}", "environment: {DB_PASSWORD: (masked), SHOP: a}"),
        ("url: http://127.0.0.1:8080", "url: http://127.0.0.1:8080"),
        ('{"x-auth-token": "abc"}', '{"x-auth-token": (masked)}'),
    ],
)
def test_what_looks_like_a_secret_is_not_passed_around(line: str, shown: str) -> None:
    assert masked(line) == shown


EDGE = EXPERIMENT.replace("providers:", "providers:\n  edge: {fronted_by: cloudflare}").replace(
    "provider: stripe, fault", "provider: edge, fault"
)


def test_every_report_says_how_each_host_was_matched_to_an_edge(record: Callable[..., Path]) -> None:
    path = record(text=EDGE, calls=[{**call(n / 20), "groups": ["edge"]} for n in range(600)])
    lines = [
        {"host": "api.stripe.com", "clues": [["cloudflare", "headers", "cf-ray"]]},
        {"host": "img.shop.example", "clues": [["cloudflare", "address", "104.16.1.1"]]},
        {"host": "fast.example", "clues": [["fastly", "headers", "x-served-by"]]},
    ]
    (path / "edges-0.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines) + '{"cut')
    tell(path)
    result = judge(path)

    assert result.verdict is Verdict.PASS
    assert dict(result.provider_calls)["edge"] == dict(result.provider_calls)["stripe"]
    note = (
        "hosts behind Cloudflare (edge): api.stripe.com (response headers: cf-ray), "
        "img.shop.example (address 104.16.1.1)"
    )
    assert note in result.notes
    assert note in html.render(result)
    assert note in " ".join(text.render(result, color=False, width=200).split())
    assert note in result_json.render(result)
    assert "api.stripe.com (response headers: cf-ray)" in markdown.render(result)


def test_a_damaged_line_about_a_host_is_named(record: Callable[..., Path]) -> None:
    path = record(text=EDGE)
    (path / "edges-0.jsonl").write_text("{}\n")
    tell(path)

    assert_is_inconclusive(path, "edges-0.jsonl:1: not about a host")
