"""The process that keeps a compose project, where there is no engine that it may use."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from chaoskit.target import process

CONFIG = {
    "run": "r",
    "engine": None,
    "image": "chaoskit:local",
    "service": "web",
    "services": ["web"],
    "within": 5.0,
    "attach": False,
    "keep": False,
    "drops_volumes": True,
    "file": "compose.yaml",
    "project": "p",
    "profile": None,
    "environment": {},
    "variables": {},
    "mounts": [],
}


def told(tmp_path, host, text=None, **changes):
    done = subprocess.run(
        [sys.executable, "-m", "chaoskit.target.stack"],
        input=json.dumps(CONFIG | {"logs": str(tmp_path)} | changes) + "\n" if text is None else text,
        env={**os.environ, "DOCKER_HOST": host},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_without_a_word_it_does_nothing(tmp_path):
    assert told(tmp_path, "unix:///nobody.sock", "") == (0, [], "")


@pytest.mark.parametrize("host", ["tcp://192.0.2.7:2375", "ssh://somebody@build.example"])
def test_an_engine_elsewhere_is_never_used_unasked(tmp_path, host):
    status, said, talk = told(tmp_path, host)
    assert (status, talk) == (1, "")
    (line,) = said
    assert "is not on this machine" in line["failed"]
    assert not list(tmp_path.iterdir())


def test_an_engine_that_is_not_there_is_a_sentence(tmp_path):
    status, said, talk = told(tmp_path, f"unix://{tmp_path}/nobody.sock")
    assert (status, talk) == (1, "")
    assert "no Docker engine answers at" in said[0]["failed"]


def test_what_is_no_configuration_is_a_sentence(tmp_path):
    status, said, _ = told(tmp_path, "unix:///nobody.sock", "not json\n")
    assert status == 1
    assert set(said[0]) == {"failed"}


def test_what_it_has_started_ends_with_it_when_it_is_killed():
    keeps = (
        "import os, sys, time; from chaoskit.target import stack;"
        "sleeper = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)';"
        "started = stack.kept([sys.executable, '-c', sleeper], os.environ);"
        "print(started.stdout.readline(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", keeps], stdout=subprocess.PIPE, text=True) as stack:
        pid = int(stack.stdout.readline())
        assert process.birth(pid) is not None
        stack.send_signal(signal.SIGKILL)
        until = time.monotonic() + 8
        while process.birth(pid) is not None:
            assert time.monotonic() < until
            time.sleep(0.02)
