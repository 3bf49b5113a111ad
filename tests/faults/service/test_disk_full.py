"""The service's disk is full."""

import subprocess

import pytest

from chaoskit.core.service import Execute, ServiceError
from chaoskit.faults.service.disk_full import DiskFull

TMPFS = (("/data", 8_000_000), ("/data/free", 0), ("/run", 0))


@pytest.mark.parametrize("path", ["/data", "/data/", "/data/deep/below"])
def test_a_file_fills_what_is_free_and_goes(scene, path):
    (fill,) = DiskFull(path=path, left=10_000).enter(scene(tmpfs=TMPFS))
    assert isinstance(fill, Execute)
    assert fill.command[3:] == ("sh", "/data/.chaoskit_run_7_0", "/data", "9")
    (empty,) = DiskFull(path=path).leave(scene(tmpfs=TMPFS))
    assert empty == Execute(("rm", "-f", "/data/.chaoskit_run_7_0"), "the space in /data", in_memory=True)


def test_the_script_is_one_that_a_shell_understands(scene, tmp_path):
    (fill,) = DiskFull(path="/data", left=2**50).enter(scene(tmpfs=TMPFS))
    command = [each.replace("/data", str(tmp_path)) for each in fill.command]
    subprocess.run(command, check=True)  # there is less than 1 PB, so there is nothing to fill
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (
            "/var/lib",
            "/var/lib is no tmpfs, so filling it would fill the host; its sized tmpfs mounts are: /data",
        ),
        ("/run/x", "/run/x is a tmpfs without a size"),
        ("/data/free/x", "/data/free/x is a tmpfs without a size"),
        ("/database", "/database is no tmpfs"),
    ],
)
def test_what_could_fill_the_host_is_refused(scene, path, why):
    with pytest.raises(ServiceError, match=why):
        DiskFull(path=path).enter(scene(tmpfs=TMPFS))


@pytest.mark.parametrize("path", ["", "data", "/data/../etc", ".."])
def test_a_path_that_is_not_absolute_is_refused(path):
    with pytest.raises(ValueError, match="path must be an absolute path"):
        DiskFull(path=path)
