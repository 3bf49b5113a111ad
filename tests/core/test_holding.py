"""Who may strike a container that somebody strikes already."""

import pytest

from chaoskit.core import service
from chaoskit.core.holding import claims, is_shared
from chaoskit.core.service import Attachment

NET = Attachment(network="net")


@pytest.mark.parametrize(
    ("some", "others"),
    [
        ((service.Pause(),), (service.Send("KILL"),)),
        ((service.Stop(1.0),), (service.Restart(1.0),)),
        ((service.Disconnect("net"),), (service.Disconnect("other"), service.Disconnect("net"))),
        ((service.SetCpu(100, 10),), (service.SetCpu(nano=5),)),
        ((service.SetMemory(1, 1),), (service.SetMemory(2, 2),)),
        ((service.Queue(("tbf",)),), (service.Queue(("netem",)),)),
        ((service.Execute(("sh", "1"), "its clock"),), (service.Execute(("sh", "2"), "its clock"),)),
    ],
)
def test_at_odds(some, others):
    assert claims(some) & claims(others)
    assert not is_shared(some, others)


@pytest.mark.parametrize(
    ("some", "others"),
    [
        ((service.Pause(),), (service.Disconnect("net"),)),
        ((service.Disconnect("net"),), (service.Disconnect("other"),)),
        ((service.Rules("a", "x"),), (service.Rules("b", "x"),)),
        ((service.SetCpu(100, 10),), (service.SetMemory(1, 1),)),
    ],
)
def test_side_by_side(some, others):
    assert not claims(some) & claims(others)


def test_the_same_is_shared_but_tables_are_never():
    assert is_shared((service.Pause(),), (service.Pause(),))
    assert not is_shared((service.Rules("a", "x"),), (service.Rules("a", "x"),))


@pytest.mark.parametrize(
    ("enter", "leave"),
    [
        (service.Pause(), service.Unpause()),
        (service.Send("KILL"), service.Start()),
        (service.Disconnect("net"), service.Connect(NET)),
        (service.Queue(("tbf",)), service.NoQueue()),
        (service.Rules("a", ""), service.NoRules("a")),
    ],
)
def test_a_step_back_takes_hold_of_what_the_step_forward_did(enter, leave):
    assert claims([enter]) == claims([leave])
