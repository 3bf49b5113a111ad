"""However a run ends, faults go off first and nothing is left behind."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaoskit.run.cores import cores

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(300)]  # fourteen runs


def find(story: Any, module: str, which: int = 0) -> int:
    """Return the pid of the story's process that runs ``module``; of several, of those in their order."""
    found = []
    for pid in story.descendants():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if module.encode() in words and b"chaoskit.target.ward" not in words:
            found.append(pid)
    return sorted(found)[which]


@dataclass
class Ending:
    """How one story ended."""

    story: Any
    code: int
    out: str
    err: str
    is_clean: bool  # no process was left


SIGNALS = {"Ctrl-C": signal.SIGINT, "SIGTERM": signal.SIGTERM}
PARTS = {
    "load-0": ("chaoskit.load", 0),
    "proxy-0": ("chaoskit.proxy", 0),
    "proxy-1": ("chaoskit.proxy", 1),
    "target": ("chaoskit_shop", 0),
}
MOMENTS = ("proxy is up", "target is up", "phase `baseline` began", "phase `fault` began")


@pytest.fixture(scope="module")
def endings(make_story: Callable[..., Any], wait_for: Callable[..., str]) -> dict[str, Ending]:
    """End fourteen runs in as many ways, four at once: more would spoil the baseline."""

    def signalled(story: Any, name: str) -> Ending:
        process = story.start()
        wait_for(process, "phase `fault` began")
        process.send_signal(SIGNALS[name])
        return ended(story, process)

    def bereft(story: Any, part: str) -> Ending:
        process = story.start("--set", "proxy.workers=2")
        wait_for(process, "phase `fault` began")
        os.kill(find(story, *PARTS[part]), signal.SIGKILL)
        return ended(story, process)

    def killed(story: Any, moment: str) -> Ending:
        process = story.start()
        wait_for(process, moment)
        os.kill(process.pid, signal.SIGKILL)
        return ended(story, process)

    def stopped(story: Any, _: str) -> Ending:
        process = story.start("--set", "proxy.lease=2s", "--set", "phases.fault=40s")
        wait_for(process, "phase `fault` began")
        since = time.monotonic()
        process.send_signal(signal.SIGSTOP)
        try:
            story.saw_stripe_again = story.stripe_answers(after=since + 2.0, within=20.0)
        finally:
            process.send_signal(signal.SIGCONT)
        return ended(story, process)

    def hung(story: Any, _: str) -> Ending:
        process = story.start("--set", "phases.fault=40s")
        wait_for(process, "phase `fault` began")
        os.kill(find(story, "chaoskit.proxy"), signal.SIGSTOP)
        return ended(story, process)

    def stalled(story: Any, _: str) -> Ending:
        process = story.start()
        wait_for(process, "phase `fault` began")
        load = find(story, "chaoskit.load")
        os.kill(load, signal.SIGSTOP)
        time.sleep(2.5)  # longer than the deadline
        os.kill(load, signal.SIGCONT)
        return ended(story, process)

    def aborted(story: Any, _: str) -> Ending:
        return ended(
            story,
            story.start(
                "--set", "target.environment.SHOP_BUILD=naive",
                "--set", "proxy.workers=auto",
                "--set", 'abort={availability: "< 90%", of: checkout, for: 1s}',
                "--set", "phases.fault=40s",
            ),
        )  # fmt: skip

    def ended(story: Any, process: subprocess.Popen[str]) -> Ending:
        out, err = process.communicate(timeout=200)
        return Ending(story, process.returncode, out, err, story.nothing_is_left(30))

    with ThreadPoolExecutor(4) as pool:
        futures = {
            name: pool.submit(how, make_story(f"e{number}"), name)
            for number, (name, how) in enumerate(
                [
                    *((name, signalled) for name in SIGNALS),
                    *((part, bereft) for part in PARTS),
                    *((moment, killed) for moment in MOMENTS),
                    ("SIGSTOP", stopped),
                    ("abort", aborted),
                    ("stalled load", stalled),
                    ("hung proxy", hung),
                ]
            )
        }
        return {name: future.result() for name, future in futures.items()}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_ends_the_run_with_130_and_keeps_the_record(endings: dict[str, Ending], name: str) -> None:
    ending = endings[name]

    assert ending.code == 130, ending.err
    assert f"{name}: faults are off, stopping" in ending.err
    assert "interrupted" in ending.out.lower()
    assert ending.story.result()["outcome"] == "interrupted"
    assert any((ending.story.folder / "out").glob("samples-*.bin"))
    assert ending.is_clean


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_of_the_controller_leaves_no_process(endings: dict[str, Ending], moment: str) -> None:
    assert endings[moment].code == -signal.SIGKILL
    assert endings[moment].is_clean


@pytest.mark.parametrize(("part", "code"), [("load-0", 3), ("proxy-0", 3), ("proxy-1", 3), ("target", 1)])
def test_a_part_that_dies_ends_the_run_with_a_clear_line(
    endings: dict[str, Ending], part: str, code: int
) -> None:
    ending = endings[part]

    assert ending.code == code, (ending.out, ending.err)
    assert f"{part}: ended with status 137" in ending.err
    assert ending.story.result()["outcome"] == "crashed"
    assert ending.is_clean
    complete = next(f for f in ending.story.result()["findings"] if f["check"] == "record/complete")["reason"]
    files = {"load-0": "samples-", "proxy-0": "calls-", "proxy-1": "calls-1.jsonl was not closed"}
    assert part not in files or f"{files[part]}" in complete
    assert ("was not closed" in complete) == (part in files)


def test_a_run_that_was_killed_is_never_a_pass_when_it_is_judged(endings: dict[str, Ending]) -> None:
    story = endings["phase `fault` began"].story
    again = subprocess.run(
        [sys.executable, "-m", "chaoskit", "report", "out"],
        cwd=story.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert again.returncode == 3, (again.stdout, again.stderr)
    assert again.stdout.startswith("INCONCLUSIVE")


def test_a_controller_that_is_stopped_loses_its_faults_within_the_lease(endings: dict[str, Ending]) -> None:
    ending = endings["SIGSTOP"]

    assert ending.story.saw_stripe_again
    assert ending.code == 3, (ending.out, ending.err)
    assert "longer than the lease" in ending.err
    assert ending.is_clean


def test_a_proxy_that_hangs_is_not_the_services_fault(endings: dict[str, Ending]) -> None:
    ending = endings["hung proxy"]

    assert ending.code == 3, (ending.out, ending.err)
    assert "proxy-0: said nothing for 5s" in ending.err
    assert ending.is_clean


def test_a_load_that_was_stopped_for_a_while_settles_nothing(endings: dict[str, Ending]) -> None:
    ending = endings["stalled load"]
    proof = next(each for each in ending.story.result()["findings"] if each["check"] == "load/delivered")

    assert ending.code == 3, (ending.out, ending.err)
    assert proof["verdict"] == "inconclusive"


def test_a_proxy_that_was_stopped_for_a_while_settles_nothing(
    make_story: Callable[..., Any], wait_for: Callable[..., str]
) -> None:
    """Without the faults that it would have put, a shop that dies of them looks as if it did not."""
    naive = (
        "--set",
        "target.environment.SHOP_BUILD=naive",
        "--set",
        "inject.0.fault={error: {status: 503}}",
    )
    fault, recovery = make_story("stalled-fault"), make_story("stalled-recovery")
    running = {
        "fault": fault.start(*naive),
        "recovery": recovery.start("--set", "slos.0.in=recovery"),
    }

    def stall(story: Any, phase: str) -> None:
        wait_for(running[phase], f"phase `{phase}` began")
        proxy = find(story, "chaoskit.proxy")
        os.kill(proxy, signal.SIGSTOP)
        time.sleep(2.0)
        os.kill(proxy, signal.SIGCONT)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(stall, (fault, recovery), running))
    for phase, story in (("fault", fault), ("recovery", recovery)):
        out, err = running[phase].communicate(timeout=100)
        found = {each["check"]: each for each in story.result()["findings"]}
        assert running[phase].returncode == 3, (out, err)
        assert "proxy-0 was stopped, or had no processor, for" in found[f"late/{phase}"]["reason"]
        assert found[f"survive/checkout/{phase}/availability"]["verdict"] == "inconclusive"


def test_an_abort_condition_ends_the_run_with_4(endings: dict[str, Ending]) -> None:
    ending = endings["abort"]

    assert ending.code == 4, (ending.out, ending.err)
    assert "abort condition: availability of checkout was" in ending.err
    assert ending.story.result()["outcome"] == "aborted"
    assert ending.is_clean
    folder = ending.story.folder / "out"
    told = json.loads((folder / "run.json").read_text())["workers"]
    assert told == cores() == len(list(folder.glob("calls-*.jsonl")))


def test_what_cannot_be_written_down_ends_with_74_and_the_path(
    make_story: Callable[..., Any], wait_for: Callable[..., str]
) -> None:
    def removed(story: Any) -> None:
        shutil.rmtree(story.folder / "out")

    def full(story: Any) -> None:
        pid = find(story, "chaoskit.load")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))

    def unwritable(story: Any) -> None:
        (story.folder / "out" / "result.json").mkdir()

    ways: dict[str, tuple[Callable[[Any], None], str]] = {
        "removed": (removed, "out/"),
        "full": (full, "samples-"),
        "unwritable": (unwritable, "the verdict could not be kept: out/result.json: "),
    }

    def one(name: str) -> tuple[str, int, str, str, bool]:
        story = make_story(f"unkept-{name}")
        process = story.start()
        wait_for(process, "phase `baseline` began")
        ways[name][0](story)
        out, err = process.communicate(timeout=100)
        return name, process.returncode, out, err, story.nothing_is_left(30)

    with ThreadPoolExecutor(3) as pool:
        for name, code, out, err, is_clean in pool.map(one, ways):
            assert code == 74, (name, out, err)
            last = [line for line in err.splitlines() if line.startswith("error: ")][-1]
            assert ways[name][1] in last
            assert "Traceback" not in out + err
            assert bool(out) == (name == "unwritable"), out
            assert is_clean


def test_an_out_folder_that_holds_something_is_refused(story: Any) -> None:
    (story.folder / "out").mkdir()
    (story.folder / "out" / "mine.txt").write_text("keep me")
    code, _, err = story.run()

    assert (code, err) == (2, "error: out: expected a new or empty folder, got one with files in it\n")
    assert (story.folder / "out" / "mine.txt").read_text() == "keep me"


def test_a_missing_file_is_named(story: Any) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "chaoskit", "run", "nowhere.yaml"],
        cwd=story.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 2
    assert process.stderr.startswith("nowhere.yaml: ")
    assert "Traceback" not in process.stderr
