"""The commands as a person types them: whole outputs, and exit codes with a meaning."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from chaoskit import spec
from chaoskit.cli.main import main

ROOT = Path(__file__).parents[2]

GOOD = """\
version: 1
name: small
seed: 3
target: {url: http://127.0.0.1:8080}
providers:
  stripe: {hosts: [api.stripe.com]}
load:
  arrivals: 10/s
  endpoints:
    - {name: pay, request: POST /pay, depends_on: [stripe]}
phases: {baseline: 10s, fault: 10s, recovery: 10s}
inject:
  - {id: down, provider: stripe, fault: {blackhole: {}}, during: fault}
slos:
  - {id: survive, in: fault, availability: ">= 99.9%"}
"""


def chaoskit(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in words])


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


def test_validate_says_which_files_are_valid(good: Path) -> None:
    result = chaoskit("validate", good)

    assert (result.exit_code, result.stdout) == (0, f"{good}: valid: small\n")


def test_validate_shows_every_problem_of_every_file(tmp_path: Path, good: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("blackhole", "blakchole").replace("10/s", "10"))
    result = chaoskit("validate", bad, good)

    assert result.exit_code == 2
    assert result.stdout == f"{good}: valid: small\n"
    assert f"{bad}:13:" in result.stderr
    assert "did you mean `blackhole`?" in result.stderr
    assert f"{bad}:8:" in result.stderr
    assert result.stderr.endswith("2 problems found\n")


def test_a_change_is_checked_like_the_file(good: Path) -> None:
    result = chaoskit("validate", good, "--set", "phases.fault=soon")

    assert result.exit_code == 2
    assert "--set phases.fault=soon" in result.stderr


def test_plan_draws_the_timeline_and_warns_where_an_slo_cannot_be_decided(good: Path) -> None:
    result = chaoskit("plan", good)

    assert result.exit_code == 0
    assert result.stdout == dedent("""\
        small: 30s, seed 3

              0s                      10s                     20s
        phase |baseline               |fault                  |recovery
        down  ........................########################........................

        down: blackhole on stripe, 10s to 20s, 100% of requests (its HTTPS is decrypted)

        HTTPS to stripe is decrypted for down

        check                           expected  needed   lasts  needed
        survive/pay/fault/availability       100    2995     10s  599.2s
        """)
    warning = "warning: survive/pay/fault/availability cannot be decided: 100 samples expected, at least 2995"
    assert result.stderr.startswith(warning)


def test_plan_says_how_long_a_phase_must_be_for_bursts_of_failures(good: Path) -> None:
    """200 arrivals are more than 59, but 10 s hold only 50 bursts of 200 ms; what is stated counts."""
    asks = ("plan", good, "--set", "load.arrivals=20/s", "--set", 'slos.0.availability=">= 95%"')

    warned, stated = chaoskit(*asks), chaoskit(*asks, "--set", "bursts=100ms")

    assert "availability cannot be decided: its phase lasts 10s, at least 12s needed" in warned.stderr
    assert "make fault 12s long" in warned.stderr
    assert not stated.stderr


def test_plan_says_which_hosts_are_known_to_be_behind_an_edge(good: Path) -> None:
    good.write_text(
        GOOD.replace("providers:", "providers:\n  edge: {fronted_by: cloudflare, hosts: [img.example]}")
    )
    plain = chaoskit("plan", good).stdout
    assert "edge: every host behind Cloudflare; known beforehand: img.example, api.openai.com, " in plain
    assert "published at https://api.cloudflare.com/client/v4/ips" in plain


def test_plan_says_what_a_fault_is_approximated_as(good: Path) -> None:
    good.write_text(GOOD.replace("{blackhole: {}}", "dns_error"))
    plain = chaoskit("plan", good)
    assert "down: dns_error on stripe, 10s to 20s, 100% of connections (no decryption needed)" in plain.stdout
    assert "down: dns_error is approximated as refused connections: there is no `proxy.dns`" in plain.stdout

    good.write_text(good.read_text() + "proxy: {dns: 127.0.0.1:5353}\n")
    real = chaoskit("plan", good)
    assert "100% of queries" in real.stdout
    assert "approximated" not in real.stdout


def test_faults_are_listed_and_explained() -> None:
    listed = chaoskit("faults")

    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        *sorted(spec.faults()),
        *(f"service.{each}" for each in sorted(spec.service_faults())),
    ]
    explained = chaoskit("faults", "blackhole")
    assert explained.exit_code == 0
    assert "request" in explained.stdout
    assert "connect" in explained.stdout


def test_a_fault_on_a_service_is_explained_by_both_of_its_names() -> None:
    explained = chaoskit("faults", "service.kill")

    assert explained.exit_code == 0
    assert explained.stdout.splitlines()[:5] == [
        "on a service of your own (`service: NAME`)",
        "",
        "kill: {}",
        "",
        "The container's first process gets a signal; if it ends, it stays down until the fault is over.",
    ]
    assert "\nopen connections: the kernel closes them (FIN, or RST" in explained.stdout
    assert "\nleaves: a container that was started again" in explained.stdout
    assert chaoskit("faults", "kill").stdout == explained.stdout


@pytest.mark.parametrize("name", ["disconnect", "bandwidth"])
def test_a_name_that_both_kinds_of_fault_have_explains_both(name: str) -> None:
    both = chaoskit("faults", name).stdout

    assert spec.describe_fault(name) in both
    assert spec.describe_service_fault(name) in both
    assert "on calls to a provider (`provider: NAME`)\n" in both
    assert spec.describe_fault(name) not in chaoskit("faults", f"service.{name}").stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("blakhole", "blackhole"), ("service.puase", "service.pause"), ("puase", "pause")]
)
def test_an_unknown_fault_gets_a_suggestion(typed: str, meant: str) -> None:
    result = chaoskit("faults", typed)

    assert result.exit_code == 2
    assert result.stderr == f"error: unknown fault `{typed}`\nhint: did you mean `{meant}`?\n"


def test_schema_is_json_that_accepts_the_example(good: Path) -> None:
    import jsonschema
    import yaml

    schema = json.loads(chaoskit("schema").stdout)

    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(good.read_text()))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"version": 1, "nonsense": True})


def test_ca_prints_what_a_shell_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = chaoskit("ca", "--proxy", "http://127.0.0.1:9999")
    shell = subprocess.run(
        ["sh", "-c", f"{result.stdout}\nprintf '%s' \"$HTTPS_PROXY $NODE_EXTRA_CA_CERTS\""],
        capture_output=True,
        text=True,
        check=True,
    )

    proxy, bundle = shell.stdout.split(" ", 1)
    assert proxy == "http://127.0.0.1:9999"
    assert "BEGIN CERTIFICATE" in Path(bundle).read_text()
    assert (tmp_path / ".chaoskit" / "ca").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "missing.yaml"], "missing.yaml"),
        (["run", "."], "."),
        (["plan", "missing.yaml"], "missing.yaml"),
        (["report", "missing"], "missing: expected a run's folder"),
        (["report", "."], ".: expected a run's folder, but there is no run.json in it"),
        (["run", "x.yaml", "--seed", "-1"], "--seed"),
        (["run", "x.yaml", "--junit", "/dev/null/junit.xml"], "/dev/null"),
        (["run"], "Missing argument 'FILE'"),
        (["report", ".", "--format", "pdf"], "'pdf' is not one of"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_ends_with_2_and_a_sentence(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = chaoskit(*words)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_a_bug_ends_with_70_and_keeps_its_traceback(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chaoskit import spec

    def broken(*_: object) -> None:
        raise RuntimeError("who would have thought")

    monkeypatch.setattr(spec, "read", broken)
    result = chaoskit("validate", good)

    assert result.exit_code == 70
    first, hint = result.stderr.splitlines()
    assert first == "internal error: RuntimeError: who would have thought"
    kept = Path(hint.rpartition(" ")[2])
    assert "in broken" in kept.read_text()
    kept.unlink()


@pytest.mark.socket
def test_validate_imports_nothing_heavy(good: Path) -> None:
    program = (
        "import sys; from chaoskit.cli.main import main; main(standalone_mode=False); "
        "heavy = ('mitmproxy', 'locust', 'gevent', 'matplotlib', 'rich', 'docker'); "
        "print([each for each in heavy if each in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, "validate", str(good)], capture_output=True, text=True, check=True
    )

    assert result.stdout.splitlines()[-1] == "[]"


def test_providers_are_listed_explained_and_checked(tmp_path: Path) -> None:
    listed = chaoskit("providers")
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) >= 60
    assert "stripe/rate-limit: status 429" in chaoskit("providers", "stripe").stdout
    unknown = chaoskit("providers", "strip")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "did you mean `stripe`?" in unknown.stderr
    own = tmp_path / "own.yaml"
    own.write_text("version: 1\nname: own\ntitle: Own\ncategory: saas\nhosts: [{host: a.example}]\n")
    assert chaoskit("providers", "--check", own).stdout == f"{own}: valid: own, 0 errors\n"
    own.write_text("version: 1\nname: own\ntitel: Own\n")
    wrong = chaoskit("providers", "--check", own)
    assert wrong.exit_code == 2
    assert f"{own}:3:1: unknown key 'titel'" in wrong.stderr
    assert chaoskit("providers", "--check", tmp_path / "none.yaml").exit_code == 2


def test_outages_are_listed_told_and_replayed(tmp_path: Path) -> None:
    listed = chaoskit("outages")
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) >= 24
    assert "source: https://stripe.com/rcas/2019-07-10" in chaoskit("outages", "stripe-2019-07-10").stdout
    assert "did you mean `stripe-2019-07-10`?" in chaoskit("outages", "stripe-2019-07-11").stderr
    printed = chaoskit("replay", "stripe-2019-07-10", "--target", "http://127.0.0.1:1", "--print")
    assert printed.exit_code == 0
    file = tmp_path / "replay.yaml"
    file.write_text(printed.stdout)
    assert chaoskit("validate", file).exit_code == 0
    planned = chaoskit("plan", file)
    assert "estimated severity" in planned.stdout
    assert (
        "note: stripe-2019-07-10: first-slow keeps its time of 8s, which is longer than it lasts"
        in planned.stdout
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-such-outage", "--target", "http://127.0.0.1:1"], "unknown outage"),
        (["stripe-2019-07-10"], "Missing option '--target'"),
        (["stripe-2019-07-10", "--target", "x", "--within", "9s", "--compress", "2x"], "exclude each other"),
        (["stripe-2019-07-10", "--target", "x", "--within", "9"], "expected a duration"),
        (["stripe-2019-07-10", "--target", "http://elsewhere.example", "--print"], ""),
    ],
)
def test_what_a_replay_cannot_do_is_said(words: list[str], says: str) -> None:
    result = chaoskit("replay", *words)
    assert result.exit_code == (0 if not says else 2)
    assert says in result.stderr


def test_a_dry_run_shows_the_plan_and_what_would_be_started_and_leaves_nothing(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dry = chaoskit("run", good, "--dry-run", "--seed", "9", "--out", "out", "--junit", "junit.xml")

    assert dry.exit_code == 0
    plan = chaoskit("plan", good, "--seed", "9")
    assert dry.stdout.startswith(plan.stdout)
    assert dry.stderr == plan.stderr
    assert dry.stdout.removeprefix(plan.stdout).splitlines()[:4] == [
        "",
        "a run would, in this order",
        "  1. start 1 proxy at a free port of 127.0.0.1",
        "  2. wait until http://127.0.0.1:8080 answers GET /, 30s at most",
    ]
    assert [each.name for each in tmp_path.iterdir()] == ["good.yaml"]


def test_a_dry_run_of_a_wrong_file_is_two(good: Path) -> None:
    result = chaoskit("run", good, "--dry-run", "--set", "phases.fault=soon")

    assert result.exit_code == 2
    assert "--set phases.fault=soon" in result.stderr
