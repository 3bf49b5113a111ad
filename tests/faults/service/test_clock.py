"""The service's clock is wrong."""

import subprocess

import pytest

from chaoskit.core.service import Execute, ServiceError
from chaoskit.faults.service.clock import Clock

SET_UP = (("FAKETIME_TIMESTAMP_FILE", "/ft/offset"),)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Clock(ahead=86_400.0), "+86400"), (Clock(behind=90.5), "-90.5")],
)
def test_libfaketimes_file_says_another_offset_and_then_what_it_said(scene, tmp_path, fault, said):
    file = tmp_path / "offset"
    file.write_text("+0\n")
    there = scene(environment=(("FAKETIME_TIMESTAMP_FILE", str(file)),))

    def perform(steps):
        for each in steps:
            assert isinstance(each, Execute)
            subprocess.run(each.command, check=True)

    perform(fault.enter(there))
    assert file.read_text() == said
    perform(fault.enter(there))
    for _ in range(2):  # whoever finds the journal may do it again
        perform(fault.leave(there))
        assert file.read_text() == "+0\n"
    assert list(tmp_path.iterdir()) == [file]


def test_both_steps_take_hold_of_the_clock(scene):
    there = scene(environment=SET_UP)
    steps = (*Clock(ahead=1.0).enter(there), *Clock(ahead=1.0).leave(there))
    assert {each.takes for each in steps} == {"its clock"}


@pytest.mark.parametrize("environment", [(), (("FAKETIME_TIMESTAMP_FILE", "offset"),)])
def test_a_container_without_libfaketime_is_refused(scene, environment):
    with pytest.raises(ServiceError, match="libfaketime is not set up in it"):
        Clock(ahead=1.0).enter(scene(environment=environment))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "expected either ahead or behind"),
        ({"ahead": 1.0, "behind": 1.0}, "expected either ahead or behind"),
        ({"ahead": 0.0}, "ahead must be above 0s"),
        ({"behind": 0.0}, "behind must be above 0s"),
    ],
)
def test_an_offset_that_is_none_is_refused(given, why):
    with pytest.raises(ValueError, match=why):
        Clock(**given)
