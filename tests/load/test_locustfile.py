"""A locustfile that knows nothing of chaoskit runs as it is, under the same promises."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chaoskit.core.samples import NO_SLOT, Flag

pytestmark = pytest.mark.socket

BOTH = """
from locust import FastHttpUser, HttpUser, between, events, task

seen = []

@events.test_start.add_listener
def begun(environment, **_):
    print("test_start", environment.parsed_options.headless, environment.host)

class Slow(HttpUser):
    wait_time = between(5, 9)

    def on_start(self):
        self.client.get("/ok/login", name="login")

    @task(3)
    def shop(self):
        self.client.get("/ok/first", name="http first")
        self.client.post("/ok/second?x=1", json={"a": 1})

    @task
    def checked(self):
        with self.client.get("/ok/c", name="http checked", catch_response=True) as answer:
            answer.failure("no item") if answer.text == "ok" else answer.success()

class Fast(FastHttpUser):
    host = "http://elsewhere.invalid"

    @task(3)
    def shop(self):
        self.client.get("/ok/f", name="fast first")

    @task
    def mine(self):
        with self.client.get("/binary503", name="fast accepted", catch_response=True) as answer:
            answer.success()
"""

BAD = """
from itertools import cycle

from locust import FastHttpUser, HttpUser, TaskSet

PATHS = ("hang", "drip", "reset", "close", "binary503", "badzip", "redirect")

def asks(path):
    def ask(tasks):
        tasks.client.get("/" + path, name=tasks.user.kind + " " + path)
    return ask

def away(tasks):
    tasks.client.get("http://127.0.0.2:9/x", name=tasks.user.kind + " away")

def raises(tasks):
    with tasks.client.get("/ok", name=tasks.user.kind + " raises", catch_response=True):
        raise KeyError("price")

def breaks(tasks):
    raise RuntimeError("before any request")

class All(TaskSet):
    tasks = [asks(path) for path in PATHS] + [away, raises, breaks]
    turns = {"http": cycle(tasks), "fast": cycle(tasks)}

    def get_next_task(self):
        return next(self.turns[self.user.kind])

class Slow(HttpUser):
    kind = "http"
    tasks = [All]

class Fast(FastHttpUser):
    kind = "fast"
    tasks = [All]
"""


def test_both_kinds_of_user_run_unmodified_on_the_schedule(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    (folder / "both.py").write_text(BOTH)
    target.seen.clear()
    record = driver.run(experiment(target.url, "arrivals: 60/s, deadline: 1s, locustfile: both.py", 2.0), 2.0)

    assert "test_start True " + target.url in record.log
    assert len(record.rows) == len(target.seen)
    assert set(record.names) == {
        "login", "http first", "/ok/second?x=1", "http checked", "fast first", "fast accepted"
    }  # fmt: skip
    own = record.rows["slot"] != NO_SLOT
    assert sorted(record.rows["slot"][own]) == list(range(120))
    # a later request of an iteration, and on_start, are no arrivals of their own
    assert set(np.array(record.names)[~own]) == {"login", "/ok/second?x=1"}
    for name in ("login", "http first", "/ok/second?x=1", "fast first", "fast accepted"):
        assert record.good(name) == len(record.of(name)) > 0, name
    assert record.causes("http checked") == {"bad answer"}
    assert np.all(record.of("http checked")["flags"] == Flag.CHECK_FAILED)
    assert set(record.of("fast accepted")["status"]) == {503}
    traces = [each.headers["traceparent"] for each in target.seen]
    assert len(set(traces)) == len(traces)
    ids = {int(each.split("-")[1][:16], 16) for each in traces}
    assert len(ids) == len(traces)  # one for each request, also where an iteration makes several
    assert set(record.rows["trace"].tolist()) == ids


OWN = """
from locust import FastHttpUser, HttpUser, task

HEADER = {"TraceParent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}

class Slow(HttpUser):
    @task
    def ask(self):
        self.client.get("/ok", headers=HEADER, name="own")

class Fast(FastHttpUser):
    default_headers = HEADER

    @task
    def ask(self):
        self.client.get("/ok", name="own")
"""


def test_a_locustfiles_own_trace_id_is_kept_and_is_none_of_ours(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    (folder / "own.py").write_text(OWN)
    record = driver.run(
        experiment(target.url, "arrivals: 40/s, locustfile: own.py, endpoints: [{name: own}]", 0.5), 0.5
    )
    assert record.good("own") == len(record.rows) == 20
    assert set(record.rows["trace"].tolist()) == {0}


@pytest.fixture(scope="module")
def bad(driver: Any, target: Any, experiment: Any, folder: Path) -> Any:
    (folder / "bad.py").write_text(BAD)
    target.seen.clear()
    return driver.run(experiment(target.url, "arrivals: 50/s, deadline: 700ms, locustfile: bad.py", 4.0), 4.0)


def test_every_arrival_of_a_locustfile_leaves_one_record(bad: Any) -> None:
    assert sorted(bad.rows["slot"]) == list(range(200))


@pytest.mark.parametrize("kind", ["http", "fast"])
def test_both_clients_have_a_total_deadline(bad: Any, kind: str) -> None:
    for path in ("hang", "drip"):
        rows = bad.of(f"{kind} {path}")
        assert len(rows) > 0
        assert bad.causes(f"{kind} {path}") == {"deadline"}
        assert np.all(rows["flags"] == Flag.DEADLINE)
        assert np.all(rows["latency_us"] <= 2.0e6)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("http reset", "reset"),
        ("fast reset", "reset"),
        ("http close", "closed"),
        ("fast close", "closed"),
        ("http binary503", "bad status"),
        ("fast binary503", "bad status"),
        ("http badzip", "bad answer"),
        ("fast badzip", "bad answer"),
        ("http raises", "bad answer"),
        ("fast raises", "bad answer"),
        ("http away", "not sent"),
        ("fast away", "not sent"),
        ("http redirect", "not sent"),
        ("fast redirect", "not sent"),
        ("Slow.breaks", "other"),
        ("Fast.breaks", "other"),
    ],
)
def test_each_failure_of_a_locustfile_is_recorded_with_its_cause(bad: Any, name: str, cause: str) -> None:
    assert bad.causes(name) == {cause}
    assert bad.good(name) == 0


def test_no_client_sends_again_after_a_hang_up(bad: Any, target: Any) -> None:
    for path in ("reset", "close"):
        assert target.paths().count(f"/{path}") == len(bad.of(f"http {path}")) + len(bad.of(f"fast {path}"))


def test_load_that_was_not_sent_elsewhere_is_told_in_the_log(bad: Any) -> None:
    assert bad.log.count("not sent to 127.0.0.2:9: load goes only to the target") == 1
    assert bad.log.count("not sent to elsewhere.invalid:80") == 1


def test_a_closed_model_keeps_the_users_own_wait_time(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    (folder / "closed.py").write_text(
        "from locust import FastHttpUser, constant\n"
        "class Me(FastHttpUser):\n"
        "    wait_time = constant(0.25)\n"
        "    tasks = [lambda user: user.client.get('/ok', name='x')]\n"
    )
    record = driver.run(experiment(target.url, "users: 4, locustfile: closed.py", 1.1), 1.1)
    assert 8 <= len(record.rows) <= 20  # without its wait there would be hundreds
    assert sorted(record.rows["slot"]) == list(range(len(record.rows)))


def test_a_locustfile_that_cannot_be_imported_is_refused_in_one_sentence(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    (folder / "broken.py").write_text("import locust\n\nx = undefined_name\n")
    load = driver.start(experiment(target.url, "arrivals: 1/s, locustfile: broken.py", 1.0))
    assert load.hear("failed") == "broken.py: line 3: NameError: name 'undefined_name' is not defined"
    assert load.wait() == 1
    assert "Traceback" in load.log.read_text()


def test_users_that_all_die_end_the_load_in_words(
    driver: Any, target: Any, experiment: Any, folder: Path
) -> None:
    (folder / "dies.py").write_text(
        "from locust import HttpUser\n"
        "class Me(HttpUser):\n"
        "    tasks = [print]\n"
        "    def on_start(self):\n"
        "        raise ValueError('no password')\n"
    )
    load = driver.start(experiment(target.url, "arrivals: 5/s, locustfile: dies.py", 9.0))
    load.hear("ready")
    load.tell({"start": 0.0})
    assert load.hear("failed") == "all users ended before the load did: ValueError: no password"
    assert load.wait() == 1
