"""What a target's command runs on."""

import os
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from chaoskit.target.runtime import look

ENVIRONMENT = dict(os.environ)


def test_an_interpreter_is_asked_what_it_has(tmp_path: Path) -> None:
    found = look([sys.executable, "-m", "shop"], ENVIRONMENT, tmp_path)

    assert (found.kind, found.version) == ("python", sys.version_info[:3])
    assert {"mitmproxy", "click"} <= found.packages
    assert dict(found.versions)["click"] == version("click")


def test_a_script_is_known_by_its_first_line(tmp_path: Path) -> None:
    script = tmp_path / "gunicorn"
    script.write_text(f"#!{sys.executable}\nprint()\n")
    script.chmod(0o755)

    assert look([str(script), "shop:app"], ENVIRONMENT, tmp_path).kind == "python"
    assert look(["./gunicorn"], ENVIRONMENT, tmp_path).kind == "python"


def test_env_in_a_first_line_is_looked_through(tmp_path: Path) -> None:
    script = tmp_path / "serve"
    script.write_text("#!/usr/bin/env ruby\n")
    script.chmod(0o755)

    assert look([str(script)], ENVIRONMENT, tmp_path).kind == "ruby"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_node_tells_its_version(tmp_path: Path) -> None:
    found = look(["node", "shop.js"], ENVIRONMENT, tmp_path)

    assert found.kind == "node"
    assert len(found.version) == 3


def test_what_cannot_be_told_or_does_not_answer_is_unknown(tmp_path: Path) -> None:
    broken = tmp_path / "python3"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    assert look(["/bin/sh", "-c", "true"], ENVIRONMENT, tmp_path).kind is None
    assert look(["no-such-program"], ENVIRONMENT, tmp_path).kind is None
    assert look([str(broken)], ENVIRONMENT, tmp_path).kind is None
