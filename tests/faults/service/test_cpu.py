"""The service is starved of processor time."""

import pytest

from chaoskit.core.service import ServiceError, SetCpu
from chaoskit.faults.service.cpu import Cpu


def test_without_a_limit_before_there_is_none_afterwards(limited):
    assert Cpu(cores=0.1).enter(limited()) == (SetCpu(100_000, 10_000),)
    assert Cpu(cores=0.1).leave(limited()) == (SetCpu(100_000, -1),)


def test_a_period_and_a_quota_come_back(limited):
    scene = limited(cpu_period=50_000, cpu_quota=25_000)
    assert Cpu(cores=0.1).enter(scene) == (SetCpu(50_000, 5_000),)
    assert Cpu(cores=0.1).leave(scene) == (SetCpu(50_000, 25_000),)


def test_composes_cpus_come_back(limited):
    scene = limited(nano_cpus=1_500_000_000)
    assert Cpu(cores=0.25).enter(scene) == (SetCpu(nano=250_000_000),)
    assert Cpu(cores=0.25).leave(scene) == (SetCpu(nano=1_500_000_000),)


@pytest.mark.parametrize("limits", [{"nano_cpus": 500_000_000}, {"cpu_quota": 50_000}])
def test_a_limit_that_it_keeps_already_is_refused(limited, limits):
    with pytest.raises(ServiceError, match=r"it has 0\.5 cores already, so a limit of 0\.5 changes nothing"):
        Cpu(cores=0.5).enter(limited(**limits))


@pytest.mark.parametrize("cores", [0.0, -1.0, 0.001, 2000.0, float("nan")])
def test_cores_that_are_none_are_refused(cores):
    with pytest.raises(ValueError, match=r"cores must be 0\.01 to 1024"):
        Cpu(cores=cores)
