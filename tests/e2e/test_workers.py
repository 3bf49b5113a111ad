"""Three workers on one port, forked from one process: together they are as exact as one."""

import contextlib
import json
import signal
import time

import psutil
import pytest

from chaoskit.core.machine import Failed
from chaoskit.run.child import Ended, Line
from chaoskit.run.last_words import last_words
from crew_kit import Several
from recorded import told

pytestmark = pytest.mark.socket
NAMES = ["proxy-0", "proxy-1", "proxy-2"]
CALLS = 60  # that one of three gets none of so many connections: about one in 10^10
TEN = "{id: i, provider: pay, fault: {error: {status: 503}}, during: fault, first_n: 10}"


@pytest.fixture
def several(kit):
    """Return what starts workers with an injection on a provider that answers 200."""
    with contextlib.ExitStack() as stack:

        def start(inject: str, count: int = 3, listen: str = "127.0.0.1:0") -> Several:
            port = kit.origin(tls=False).port
            proxy = f", lease: 60s, listen: '{listen}'"
            text = kit.config(port, f"[{inject}]", proxy=proxy)["text"]
            found = Several(kit.folder, text, count)
            stack.callback(found.stop)
            return found.up()

        yield start


@pytest.mark.parametrize(
    ("inject", "expected"),
    [
        (TEN, {503: 10, 200: 50}),
        pytest.param(
            "{id: i, provider: pay, during: fault, fault: {rate_limit: {limit: 23, window: 9h}}}",
            {200: 23, 429: 37},
            marks=pytest.mark.broad,
        ),
        pytest.param(
            "{id: i, provider: pay, during: fault, fault: {capacity: {rate: 1/h, burst: 17h}}}",
            {200: 17, 503: 43},
            marks=pytest.mark.broad,
        ),
    ],
    ids=["first n", "rate limit", "capacity"],
)
def test_three_workers_count_as_one_and_tell_and_keep_what_clients_saw(several, inject, expected):
    crew = several(inject).arm()

    assert crew.call(CALLS) == expected
    struck = CALLS - expected[200]
    crew.until(lambda: sum(crew.seen().values()) == CALLS and crew.proxies.hits() == {"i": struck})
    crew.stop()

    assert crew.proxies.hits() == {"i": struck}
    files = [crew.folder / f"calls-{number}.jsonl" for number in range(3)]
    lines = [[json.loads(line) for line in each.read_text().splitlines()] for each in files]
    assert {name: len(each) for name, each in zip(NAMES, lines, strict=True)} == crew.seen()
    assert min(crew.seen().values()) > 0
    assert sum(bool(line["hits"]) for each in lines for line in each) == struck
    closed: dict = {}
    last_words(crew.left, closed, [crew.proxies])
    assert closed == told(crew.folder)
    assert len(closed) == 3


@pytest.mark.broad
def test_each_worker_says_by_its_own_clock_when_it_was_armed_and_each_lets_go(several):
    crew = several("{id: i, provider: pay, fault: {error: {status: 503}}, during: fault}")
    assert crew.call(CALLS) == {200: CALLS}
    before = time.monotonic()
    crew.arm()
    after = time.monotonic()

    assert sorted(crew.proxies.armed) == NAMES
    assert all(before <= t <= after for t in crew.proxies.armed.values())
    assert len(set(crew.proxies.armed.values())) == 3
    assert crew.call(CALLS) == {503: CALLS}

    def lifted() -> list[str]:
        lines = [each for each in crew.heard if isinstance(each, Line)]
        return sorted(each.name for each in lines if each.said.get("ack") == "lift")

    crew.proxies.lift()
    crew.until(lambda: lifted() == NAMES)
    assert crew.call(CALLS) == {200: CALLS}
    crew.stop()
    assert min(crew.seen().values()) > 0


@pytest.mark.broad
def test_they_share_what_is_loaded_once_and_each_has_a_log(several):
    crew = several(TEN)
    first, *others = crew.processes()
    assert [each.ppid() for each in others] == [first.pid] * 2
    whole = first.memory_info().rss
    assert all(each.memory_full_info().uss < whole / 2 for each in others)  # measured: 11 of 69 MB
    logs = sorted(each.name for each in crew.folder.glob("proxy-*.log"))
    assert logs == [f"{name}.log" for name in NAMES]


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.broad) for n in (1, 2))])
def test_a_worker_that_is_killed_is_a_failure_and_the_others_end_too(several, number):
    crew = several(TEN).arm()
    processes = crew.processes()
    processes[number].send_signal(signal.SIGKILL)

    assert crew.event(Failed) == Failed(NAMES[number], "ended with status 137")
    crew.stop()
    assert psutil.wait_procs(processes, timeout=30)[1] == []
    closed: dict = {}
    last_words(crew.left, closed, [crew.proxies])
    assert f"calls-{number}.jsonl" not in closed
    assert (crew.folder / f"calls-{number}.jsonl").exists()


@pytest.mark.broad
def test_a_worker_that_hangs_does_not_outlive_the_run(several):
    crew = several(TEN).arm()
    processes = crew.processes()
    processes[2].send_signal(signal.SIGSTOP)
    crew.stop()

    assert psutil.wait_procs(processes, timeout=30)[1] == []
    ends = {each.name: each.status for each in crew.heard if isinstance(each, Ended)}
    assert ends == {"proxy-0": 0, "proxy-1": 0, "proxy-2": 137}


@pytest.mark.broad
def test_those_that_take_the_place_of_others_go_on_counting(several):
    crew = several(TEN, 2).arm()
    assert crew.call(4) == {503: 4}
    crew.proxies.again()
    crew.up()
    crew.until(lambda: {"proxy-2", "proxy-3"} <= crew.proxies.armed.keys())

    assert crew.call(CALLS) == {503: 6, 200: CALLS - 6}
    crew.until(lambda: sum(crew.seen().values()) == 4 + CALLS)
    crew.stop()
    assert crew.proxies.hits() == {"i": 10}
    assert min(crew.seen()[name] for name in ("proxy-2", "proxy-3")) > 0


@pytest.mark.broad
def test_a_port_of_another_run_is_not_shared_with_it(several):
    taken = several(TEN).proxies.listen
    with pytest.raises(AssertionError) as caught:
        several(TEN, listen=taken)
    assert f"{taken} is in use by another process" in str(caught.value)
