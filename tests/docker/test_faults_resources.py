"""Faults on what a service may use, on a real engine: what it feels, and that all is as before afterwards."""

import time
from pathlib import Path

import pytest

import struck
from chaoskit.core.service import ServiceError
from chaoskit.faults.service.clock import Clock
from chaoskit.faults.service.cpu import Cpu
from chaoskit.faults.service.disk_full import DiskFull
from chaoskit.faults.service.memory import Memory

pytestmark = [pytest.mark.docker]

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture(scope="module")
def make(engine, request, tmp_path_factory):
    made = []

    def stage(**more):
        folder = tmp_path_factory.mktemp("state") / "journal"
        made.append(struck.stage(engine, folder, struck.helper_image(request), **more))
        return made[-1]

    yield stage
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def stage(make):
    return make(tmpfs={"/scratch": "size=8m"})


def as_the_engine_shows_it(looked, **limits):
    """Return what was seen, with the limits that the engine cannot forget."""
    host = looked["engine"]["HostConfig"]
    return {**looked, "engine": {**looked["engine"], "HostConfig": {**host, **limits}}}


def test_a_tenth_of_a_core_makes_work_slow(stage):
    before = stage.look()
    alone = min(stage.said("/spin") for _ in range(5))  # of a machine that does other things too
    deed = stage.enter(Cpu(cores=0.1))
    assert deed.evidence == {"CpuPeriod": 100_000, "CpuQuota": 10_000}
    assert stage.said("/spin", timeout=30) > 3 * alone
    assert deed.leave()["restored"]
    assert min(stage.said("/spin") for _ in range(5)) < 2 * alone + 0.2
    assert stage.look() == as_the_engine_shows_it(before, CpuPeriod=100_000, CpuQuota=-1)


def test_a_service_that_was_made_with_cpus_gets_exactly_them_back(make):
    stage = make(nano_cpus=500_000_000)
    with stage.struck(Cpu(cores=0.1)) as deed:
        assert deed.evidence == {"NanoCpus": 100_000_000}
    with pytest.raises(ServiceError, match=r"it has 0\.5 cores already"):
        stage.enter(Cpu(cores=2))


def test_too_little_memory_kills_what_needs_more(stage):
    before = stage.look()
    assert stage.said("/take?size=100000000") == 0
    deed = stage.enter(Memory(limit=50_000_000))
    assert stage.said("/take?size=100000000") == 9  # the signal that ended the child: KILL
    assert deed.leave()["restored"]
    assert stage.said("/take?size=100000000") == 0
    assert stage.look() == as_the_engine_shows_it(before, Memory=2**60, MemorySwap=2**60)


def test_a_memory_limit_of_its_own_comes_back_exactly(make):
    stage = make(mem_limit=200_000_000, memswap_limit=300_000_000)
    with stage.struck(Memory(limit=50_000_000)):
        pass


def test_a_full_disk_takes_nothing_more_until_the_fault_is_over(stage):
    assert stage.said("/write?path=/scratch/file&size=5000") == "written"
    with stage.struck(DiskFull(path="/scratch")):
        answer = stage.ask("/write?path=/scratch/file&size=5000")
        assert answer["why"] == "[Errno 28] No space left on device"
    assert stage.said("/write?path=/scratch/file&size=5000") == "written"


def test_so_much_stays_free(stage):
    with stage.struck(DiskFull(path="/scratch/deep/below", left=1_000_000)):
        assert stage.said("/write?path=/scratch/file&size=900000") == "written"
        assert stage.ask("/write?path=/scratch/file&size=1100000")["problem"] == "OSError"


def test_the_hosts_disk_is_never_filled(stage):
    with pytest.raises(ServiceError, match="/var is no tmpfs, so filling it would fill the host"):
        stage.enter(DiskFull(path="/var"))


def test_a_clock_without_libfaketime_is_refused(stage):
    with pytest.raises(ServiceError, match="libfaketime is not set up in it"):
        stage.enter(Clock(ahead=60.0))


@pytest.fixture(scope="module")
def with_faketime(make, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faketime")
    (folder / "offset").write_text("+0\n")
    environment = {"FAKETIME_TIMESTAMP_FILE": "/faketime/offset", "FAKETIME_NO_CACHE": "1"}
    if FAKETIME is not None:
        (folder / FAKETIME.name).write_bytes(FAKETIME.read_bytes())
        environment["LD_PRELOAD"] = f"/faketime/{FAKETIME.name}"
    return folder, make(environment=environment, volumes=[f"{folder}:/faketime"])


def test_libfaketimes_file_is_written_and_restored_to_the_letter(with_faketime):
    folder, stage = with_faketime
    with stage.struck(Clock(behind=86_400.0)):
        assert (folder / "offset").read_text() == "-86400"
    assert (folder / "offset").read_text() == "+0\n"
    assert sorted(each.name for each in folder.iterdir() if each.name.startswith("offset")) == ["offset"]


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not on this machine")
def test_the_service_reads_another_time(with_faketime):
    _, stage = with_faketime
    with stage.struck(Clock(ahead=3600.0)):
        assert stage.said("/clock") - time.time() == pytest.approx(3600, abs=5)
    assert stage.said("/clock") - time.time() == pytest.approx(0, abs=5)
