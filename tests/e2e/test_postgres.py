"""A real PostgreSQL behind a port that stands for it, and psycopg, its usual client."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

pytestmark = [
    pytest.mark.socket,
    pytest.mark.skipif(
        None in (shutil.which("initdb"), shutil.which("postgres")),
        reason="initdb and postgres are not on PATH (apt-get install postgresql)",
    ),
]
VALUE = "äöü" * 4000


@pytest.fixture(scope="module")
def server():
    """Start a PostgreSQL of its own; return its port. It refuses to run as root."""
    who = {"user": "nobody"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="chaoskit-postgres-"))
    try:
        if who:
            shutil.chown(folder, **who)
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        made = subprocess.run(
            ["initdb", "-D", folder / "data", "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8"],
            capture_output=True,
            check=False,
            cwd=folder,
            **who,
        )
        assert made.returncode == 0, made.stderr.decode()
        options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                ["postgres", "-D", folder / "data", *options], stdout=log, stderr=log, cwd=folder, **who
            )
        try:
            end = time.monotonic() + 30
            while True:
                try:
                    psycopg.connect(f"host=127.0.0.1 port={port} user=tester dbname=postgres").close()
                    break
                except psycopg.OperationalError:
                    assert time.monotonic() < end, (folder / "log").read_text()
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()  # waits for its sessions
            process.send_signal(2)  # and does not
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(kit, server):
    """Start a worker in front of PostgreSQL with one fault; return it, and how to connect."""

    def begin(fault: str | None, when: str = "fault", *, arm: bool = True):
        text = (
            "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
            f"providers: {{db: {{hosts: [db.example], resolve: '127.0.0.1:{server}', "
            "reverse: '127.0.0.1:0', base: 'tcp://db.example:5432'}}\n"
            "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        )
        if fault is not None:
            text += f"inject: [{{id: i, provider: db, fault: {fault}, during: {when}}}]\n"
        proxy = kit.start(kit.config(0, text=text)).ready()
        port = proxy.reverse["db"].rpartition(":")[2]
        if arm:
            proxy.arm()
        where = f"host=127.0.0.1 port={port} user=tester dbname=postgres"
        return proxy, where

    return begin


def test_postgresql_passes_unchanged(start):
    proxy, where = start(None)
    with psycopg.connect(where) as db:
        assert db.execute("select %s::text", [VALUE]).fetchone() == (VALUE,)
        assert len(db.execute("select generate_series(1, 20000)").fetchall()) == 20000
    lines = proxy.lines()
    assert [(line["provider"], line["call"], line["hits"]) for line in lines] == [("db", False, [])]


def test_each_answer_is_late_and_right(start):
    proxy, where = start("{latency: {time: 150ms}}")
    with psycopg.connect(where) as db:
        asked = time.monotonic()
        assert db.execute("select %s::text", [VALUE]).fetchone() == (VALUE,)
        assert time.monotonic() - asked >= 0.3
    proxy.settled(lambda told: told["hits"] == {"i": 1})


@pytest.mark.parametrize(
    "fault", ["refuse", "{reset: {at: answer}}", "{limit_data: {bytes: 100B}}", "{half_close: {bytes: 100B}}"]
)
def test_a_connection_that_fails_is_an_operational_error(start, fault):
    proxy, where = start(fault)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(where)
    proxy.settled(lambda told: told["hits"].get("i", 0) >= 1)


def test_a_silent_server_is_met_by_the_clients_own_timeout(start):
    proxy, where = start("{blackhole: {at: connect}}")
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        psycopg.connect(f"{where} connect_timeout=2")
    proxy.settled(lambda told: told["hits"].get("i", 0) >= 1)


def test_an_open_session_is_cut(start):
    proxy, where = start("{limit_time: {time: 100ms, how: rst}}", "{from: fault + 1s, for: 500s}", arm=False)
    db = psycopg.connect(where)
    assert db.execute("select 1").fetchone() == (1,)
    proxy.arm(time.monotonic() - 1)
    with pytest.raises(psycopg.OperationalError):
        db.execute("select pg_sleep(30)")
    db.close()
    proxy.settled(lambda told: told["hits"] == {"i": 1})
