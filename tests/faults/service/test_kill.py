"""The service dies."""

import pytest

from chaoskit.core.service import Send, Start
from chaoskit.faults.service.kill import Kill


def test_it_gets_the_signal_and_is_started_again(scene):
    assert Kill().enter(scene()) == (Send("KILL"),)
    assert Kill(signal="TERM").enter(scene()) == (Send("TERM"),)
    assert Kill().leave(scene()) == (Start(),)


def test_its_processes_end():
    assert Kill.interrupts


@pytest.mark.parametrize("signal", ["", "kill", "SIGKILL", "9", "WINCH"])
def test_a_signal_that_is_none_is_refused(signal):
    with pytest.raises(ValueError, match="signal must be one of KILL, TERM"):
        Kill(signal=signal)


@pytest.mark.parametrize("signal", ["STOP", "TSTP", "CONT"])
def test_a_signal_that_freezes_has_a_fault_of_its_own(signal):
    with pytest.raises(ValueError, match=f"signal {signal} does not end a process; to freeze one use pause"):
        Kill(signal=signal)
