"""The service is shut down in good order."""

import pytest

from chaoskit.core import service
from chaoskit.faults.service.stop import Stop


def test_it_has_its_grace_and_runs_afterwards(scene):
    assert Stop(grace=2.5).enter(scene()) == (service.Stop(2.5),)
    assert Stop().enter(scene()) == (service.Stop(10.0),)
    assert Stop().leave(scene()) == (service.Start(),)


def test_its_processes_end():
    assert Stop.interrupts


@pytest.mark.parametrize("grace", [-1.0, 301.0, float("nan")])
def test_a_grace_that_is_none_is_refused(grace):
    with pytest.raises(ValueError, match="grace must be 0s to 300s"):
        Stop(grace=grace)
