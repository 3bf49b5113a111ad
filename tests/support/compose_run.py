"""Whole runs of chaoskit on the host, whose target is the shop in containers."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PREPARE = "[python, -m, chaoskit_shop.certificates]"


@dataclass(frozen=True)
class Told:
    """How a run ended."""

    status: int
    talk: str
    out: Path

    @property
    def result(self) -> dict[str, Any]:
        return json.loads((self.out / "result.json").read_text())

    def with_verdict(self, *verdicts: str) -> set[str]:
        return {each["check"] for each in self.result["findings"] if each["verdict"] in verdicts}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass(frozen=True)
class Run:
    """A run that can be started: in ``folder``, with a copy of a story."""

    folder: Path
    command: tuple[str, ...]
    environment: dict[str, str]

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            self.command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def tell(self, within: float = 170.0) -> Told:
        process = self.start()
        talk, _ = process.communicate(timeout=within)
        return Told(process.returncode, talk, self.out)


def clearly(start: Callable[[Path], Run], folder: Path) -> Told:
    """Tell a run, and once more where the machine was too busy to send what was offered."""
    told = start(folder / "first").tell()
    if was_too_busy(told):
        told = start(folder / "second").tell()
    return told


def was_too_busy(told: Told) -> bool:
    """Tell whether it is inconclusive because the machine could not send what was offered."""
    return told.status == 3 and "load/delivered" in told.with_verdict("inconclusive")


def run(
    folder: Path,
    image: str,
    *,
    story: str = "stripe-blackhole",
    build: str = "resilient",
    capture: str = "sidecar",
    target: str = "",
    prefix: str = "",
    changes: tuple[str, ...] = (),
) -> Run:
    """Return a run of a story on the shop in containers; ``target`` is more of that section."""
    stories, compose = folder / "experiments", folder / "compose"
    stories.mkdir(parents=True)
    compose.mkdir()
    shutil.copyfile(ROOT / "compose" / "shop.yaml", compose / "shop.yaml")
    shutil.copyfile(ROOT / "experiments" / f"{story}.yaml", stories / f"{story}.yaml")
    port = free_port()
    data = f"SHOP_DATA: ../.chaoskit/demo, SHOP_CA: ../.chaoskit/ca, SHOP_PORT: '{port}'"
    data += f", SHOP_PREFIX: {prefix}" if prefix else ""
    section = (
        f"target={{compose: ../compose/shop.yaml, service: shop, profile: {build}, capture: {capture}, "
        f"image: '{image}', url: 'http://127.0.0.1:{port}', ready: {{get: /healthz, within: 60s}}, "
        f"prepare: {PREPARE}, folder: .., environment: {{{data}}}{target}}}"
    )
    text = (stories / f"{story}.yaml").read_text()
    named = re.findall(r"^  ([\w-]+): .*resolve: \"127", text, re.MULTILINE)
    where = [f"providers.{name}.resolve=providers:443" for name in named]
    sets = [word for each in (section, *where, *changes) for word in ("--set", each)]
    command = (sys.executable, "-m", "chaoskit", "run", f"experiments/{story}.yaml", "--out", "out", *sets)
    environment = {**os.environ, "CI": "1", "CHAOSKIT_IMAGE": image}
    return Run(folder, command, environment)
