"""The service hangs."""

from chaoskit.core.service import Pause as Freeze
from chaoskit.core.service import Unpause
from chaoskit.faults.service.pause import Pause


def test_it_stands_still_and_goes_on(scene):
    assert Pause().enter(scene()) == (Freeze(),)
    assert Pause().leave(scene()) == (Unpause(),)


def test_it_ends_no_process():
    assert not Pause.interrupts
