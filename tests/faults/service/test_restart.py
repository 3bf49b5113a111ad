"""The service is restarted."""

import pytest

from chaoskit.core import service
from chaoskit.faults.service.restart import Restart


def test_it_has_its_grace_and_runs_afterwards(scene):
    assert Restart(grace=2.5).enter(scene()) == (service.Restart(2.5),)
    assert Restart().enter(scene()) == (service.Restart(10.0),)
    assert Restart().leave(scene()) == (service.Start(),)


def test_its_processes_end():
    assert Restart.interrupts


@pytest.mark.parametrize("grace", [-1.0, 301.0, float("nan")])
def test_a_grace_that_is_none_is_refused(grace):
    with pytest.raises(ValueError, match="grace must be 0s to 300s"):
        Restart(grace=grace)
