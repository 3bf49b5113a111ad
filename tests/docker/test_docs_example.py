"""The experiment that docs/docker.md shows, with a fault on a provider and one on a service, as it is run."""

import os
import re
import shutil
import sys

import pytest

from compose_run import ROOT, Run, free_port

pytestmark = [pytest.mark.docker, pytest.mark.alone, pytest.mark.timeout(240)]


def test_the_experiment_on_the_page_passes_and_both_faults_are_proven(tmp_path, image):
    page = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(version: 1\n.*?)```", page, re.DOTALL)
    for name in ("experiments", "compose"):
        (tmp_path / name).mkdir()
    (tmp_path / "experiments" / "page.yaml").write_text(text)
    shutil.copyfile(ROOT / "compose" / "shop.yaml", tmp_path / "compose" / "shop.yaml")
    port = free_port()  # 8081 may be another test's
    changes = (
        f"target.image={image}",
        f"target.url=http://127.0.0.1:{port}",
        f"target.environment.SHOP_PORT='{port}'",
    )
    sets = [word for each in changes for word in ("--set", each)]
    command = (sys.executable, "-m", "chaoskit", "run", "experiments/page.yaml", "--out", "out", *sets)
    environment = {
        **os.environ,
        "CI": "1",
        "CHAOSKIT_IMAGE": image,
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    told = Run(tmp_path, command, environment).tell()
    assert told.status == 0, told.talk
    assert {"hits/stripe-silent", "hits/bad-line"} <= told.with_verdict("pass")
