"""What compose is told, and what is made of what it and the engine say."""

import json
from pathlib import Path

import pytest

from chaoskit.target import compose
from chaoskit.target.compose import ComposeError, Found, Project

PROJECT = Project(name="p", files=(Path("/a/c.yaml"), Path("/r/o.json")), program=("docker", "compose"))


def test_a_command_names_the_files_the_folder_and_the_project():
    assert " ".join(PROJECT.command("up", "-d", "web")) == (
        "docker compose -f /a/c.yaml -f /r/o.json --project-directory /a -p p up -d web"
    )


def test_to_end_a_project_its_name_is_enough_for_the_newer_compose():
    assert " ".join(PROJECT.by_name("down")) == "env -C / docker compose -p p down"
    older = Project(name="p", files=(Path("/a/c.yaml"),), program=("docker-compose",))
    assert older.by_name("down") == older.command("down")


def test_what_is_added_to_a_service_is_json_in_which_compose_fills_in_nothing():
    text = compose.override("web", {"TOKEN": "a$b${C}"}, [("/host/ca.pem", "/etc/chaoskit/ca.pem")])
    assert json.loads(text) == {
        "services": {
            "web": {
                "environment": {"TOKEN": "a$$b$${C}"},
                "volumes": ["/host/ca.pem:/etc/chaoskit/ca.pem:ro"],
            }
        }
    }


def test_the_experiments_variables_win_and_the_profile_is_one_too():
    found = compose.variables("naive", {"PORT": "2"}, {"PORT": "1", "HOME": "/h"})
    assert found == {"PORT": "2", "HOME": "/h", "COMPOSE_PROFILES": "naive"}
    assert "COMPOSE_PROFILES" not in compose.variables(None, {}, {})


@pytest.mark.parametrize(
    ("status", "health", "code", "is_ready", "trouble"),
    [
        ("running", None, 0, True, None),
        ("running", "healthy", 0, True, None),
        ("running", "starting", 0, False, None),
        ("running", "unhealthy", 0, False, "the container of web is unhealthy"),
        ("exited", None, 0, True, None),
        ("exited", None, 3, False, "the container of web ended with status 3"),
        ("created", None, 0, False, None),
    ],
)
def test_when_a_container_is_ready(status, health, code, is_ready, trouble):
    found = Found("id", "p-web-1", "web", status, health, code, ())
    assert (found.is_ready, found.trouble) == (is_ready, trouble)


def test_a_program_that_is_missing_or_hangs_is_a_sentence():
    with pytest.raises(ComposeError, match="cannot start `no-such-program`"):
        compose.run(["no-such-program"])
    with pytest.raises(ComposeError, match=r"`sleep 5` took longer than 0.1s"):
        compose.run(["sleep", "5"], timeout=0.1)


def test_without_compose_it_is_said_what_is_needed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ComposeError, match="docker compose"):
        compose.program()
