"""The main job: real HTTP, real TLS, a real proxy, real load, judged from raw samples."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from recorded import told

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(120)]


def test_a_resilient_shop_passes_a_naive_one_fails_and_both_can_be_judged_again(
    make_story: Callable[..., Any],
) -> None:
    resilient, naive = make_story("resilient"), make_story("naive")
    running = [resilient.start(), naive.start("--set", "target.environment.SHOP_BUILD=naive")]
    outputs = [each.communicate(timeout=60) for each in running]

    assert [each.returncode for each in running] == [0, 1], outputs
    assert outputs[0][0].startswith("PASS"), outputs[0]
    assert outputs[1][0].startswith("FAIL"), outputs[1]
    for story, verdict in ((resilient, "pass"), (naive, "fail")):
        assert story.result()["verdict"] == verdict
        assert {"report.html", "junit.xml", "summary.md", "run.json", "experiment.yaml"} <= {
            each.name for each in (story.folder / "out").iterdir()
        }
        assert json.loads((story.folder / "out" / "run.json").read_text())["files"] == told(
            story.folder / "out"
        )
        assert story.nothing_is_left()

        before = story.result()
        again = subprocess.run(
            [sys.executable, "-m", "chaoskit", "report", "out", "--format", "json"],
            cwd=story.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert again.returncode == before["exit_code"]
        assert json.loads(again.stdout) == before


def test_a_provider_that_nobody_calls_is_inconclusive_and_says_that_nothing_was_hit(story: Any) -> None:
    code, out, err = story.run("--set", "providers.stripe.hosts=[nobody.example]")

    assert code == 3, (out, err)
    assert out.startswith("INCONCLUSIVE")
    assert "nothing would be hit" in " ".join(out.split())
    assert story.nothing_is_left()


def test_a_dead_target_is_inconclusive_before_any_fault(story: Any) -> None:
    code, out, err = story.run("--set", "target.command=[python, -c, 'raise SystemExit(9)']")

    assert code == 3, (out, err)
    assert "target: ended with status 9" in out
    assert all(each["hits"] == [] for each in story.calls())
    assert story.result()["findings"] == [] or story.result()["verdict"] == "inconclusive"


def test_a_target_that_is_never_ready_is_inconclusive(story: Any) -> None:
    code, out, _ = story.run("--set", "target.ready={get: /nowhere, within: 3s}")

    assert code == 3
    sentence = "GET /nowhere was not answered well within 3s: the last answer was 404"
    assert sentence in " ".join(out.split())


def test_a_second_run_on_the_same_ports_says_so(make_story: Callable[..., Any], wait_for: Any) -> None:
    first = make_story("first")
    second = make_story("second")
    (second.folder / "story.yaml").write_text((first.folder / "story.yaml").read_text())
    running = first.start()
    wait_for(running, "target is up")

    code, out, _ = second.run()

    assert code == 3
    assert f"http://127.0.0.1:{first.shop} already answers: is another run" in " ".join(out.split())
    running.terminate()
    running.communicate(timeout=30)


def test_equal_seeds_hit_equal_calls_where_their_identities_are_equal(
    make_story: Callable[..., Any],
) -> None:
    stories = [make_story(name) for name in ("one", "two")]
    change = [
        "--set",
        "phases={baseline: 1s, fault: 4s, recovery: 1s}",
        "--set",
        "inject.0.share=40% of requests",
        "--set",
        "inject.0.fault={error: {status: 500}}",
    ]
    running = [each.start(*change) for each in stories]
    for each in running:
        each.communicate(timeout=60)

    drawn, eligible = [], []
    for story in stories:
        calls = [each for each in story.calls() if each["eligible"]]
        assert {each["by"] for each in calls} == {"traceparent"}
        eligible.append({each["id"] for each in calls})
        drawn.append({each["id"] for each in calls if each["drawn"]})
    both = eligible[0] & eligible[1]
    assert len(both) > 40
    assert drawn[0] & both == drawn[1] & both
    assert 0 < len(drawn[0] & both) < len(both)
