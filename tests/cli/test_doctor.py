"""``chaoskit doctor`` as a person types it."""

import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chaoskit.cli.main import main

HTTPCORE = version("httpcore")
TEXT = """\
version: 1
name: small
target: {{url: "http://127.0.0.1:8080", command: [{command}]}}
providers: {{stripe: {{hosts: [api.stripe.com]}}}}
proxy: {{{proxy}}}
load: {{users: 1, endpoints: [{{name: pay, request: POST /pay, depends_on: [stripe]}}]}}
phases: {{baseline: 10s, fault: 10s}}
inject: [{{id: down, provider: stripe, fault: {{error: {{status: 503}}}}, during: fault}}]
slos: [{{id: s, in: fault, availability: ">= 99%"}}]
"""


def doctor(folder: Path, command: str = sys.executable, proxy: str = "workers: 1") -> Result:
    file = folder / "x.yaml"
    file.write_text(TEXT.format(command=command, proxy=proxy))
    return CliRunner().invoke(main, ["doctor", str(file)])


def test_this_interpreter_has_nothing_that_is_sure_to_be_in_the_way(tmp_path: Path) -> None:
    result = doctor(tmp_path)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("captured by the proxy variables\n")
    assert "\nrequests " in result.stdout


@pytest.mark.socket
def test_a_port_that_is_taken_stands_in_the_way(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        result = doctor(tmp_path, proxy=f"listen: '{address}'")

    assert result.exit_code == 3
    assert f"NO  proxy.listen: cannot listen on {address}: Address already in use" in result.stdout


def test_java_without_its_options_stands_in_the_way(tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)

    result = doctor(tmp_path, str(java))

    assert result.exit_code == 3
    assert "JAVA_TOOL_OPTIONS" in result.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="root may change its network namespace")
def test_what_transparent_needs_is_looked_at(tmp_path: Path) -> None:
    result = doctor(tmp_path, proxy="transparent: {}")

    assert "captured by a redirect in this network namespace" in result.stdout
    assert "nft" in result.stdout


def test_a_bad_file_is_two(tmp_path: Path) -> None:
    assert doctor(tmp_path, proxy="gateway: 443").exit_code == 2


@pytest.mark.socket
def test_where_the_target_is_in_containers_nothing_is_asked_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "x.yaml"
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = f"listen: '127.0.0.1:{server.getsockname()[1]}'"
        text = TEXT.format(command="x", proxy=taken).replace("command: [x]", "compose: c.yaml, service: shop")
        file.write_text(text)
        result = CliRunner().invoke(main, ["doctor", str(file)])

    assert result.exit_code == 3
    assert result.stdout.splitlines() == [
        "captured by a sidecar in the network namespace of shop",
        "HTTPS to stripe is decrypted for down",
        "",
        f"NO  no Docker engine answers at unix://{tmp_path}/none.sock: No such file or directory",
        "NO  target.compose: there is no file c.yaml",
        "NO  target.compose needs `docker compose` (or docker-compose), and there is neither",
        "ok  shop is told to trust chaoskit's CA; whether its clients do, the run's probe proves",
        "",
        "something stands in the way; see docs/capture.md for other ways to capture",
    ]


def test_a_client_that_the_capture_would_damage_is_named_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    text = TEXT.format(command=sys.executable, proxy="workers: 1")
    file.write_text(text.replace("error: {status: 503}", "refuse: {}"))
    result = CliRunner().invoke(main, ["doctor", str(file)])
    told = f"but down (refuse) on stripe behind CONNECT meets a known defect of httpx (httpcore {HTTPCORE})"

    assert result.exit_code == 0, result.output
    assert told in result.stdout
    assert "capture stripe without CONNECT: `providers.stripe.reverse`" in result.stdout
    assert "known defect" not in doctor(tmp_path).stdout  # an error on calls ends no handshake


def test_plan_names_it_without_looking_at_the_target(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    text = TEXT.format(command="shop", proxy="workers: 1")
    file.write_text(text.replace("error: {status: 503}", "refuse: {}"))
    told = "note: down (refuse) on stripe behind CONNECT meets a known defect of httpx (httpcore), if"

    assert told in CliRunner().invoke(main, ["plan", str(file)]).stdout
    file.write_text(text)
    assert "known defect" not in CliRunner().invoke(main, ["plan", str(file)]).stdout
