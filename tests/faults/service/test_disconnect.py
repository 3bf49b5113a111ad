"""The service's cable is pulled."""

from dataclasses import replace

import pytest

from chaoskit.core import service
from chaoskit.core.service import Connect, ServiceError
from chaoskit.faults.service.disconnect import Disconnect


def test_it_is_taken_off_every_network_and_put_back_with_all_that_it_had(scene):
    front, back = scene().victim.attachments
    assert Disconnect().enter(scene()) == (
        service.Disconnect("demo_front"),
        service.Disconnect("demo_back"),
    )
    assert Disconnect().leave(scene()) == (Connect(front), Connect(back))


@pytest.mark.parametrize("name", ["back", "demo_back"])
def test_a_network_is_named_as_the_engine_or_the_compose_file_has_it(scene, name):
    assert Disconnect(network=name).enter(scene()) == (service.Disconnect("demo_back"),)
    assert Disconnect(network=name).leave(scene()) == (Connect(scene().victim.attachments[1]),)


def test_a_network_that_it_is_not_on_is_refused(scene):
    with pytest.raises(
        ServiceError, match="it is not on a network 'ack'; its networks are: demo_front, demo_back"
    ):
        Disconnect(network="ack").enter(scene())


def test_a_name_that_could_mean_two_is_refused(scene):
    front, back = scene().victim.attachments
    both = (replace(front, network="a_back"), back)
    with pytest.raises(ServiceError, match="several of its networks could be 'back': a_back, demo_back"):
        Disconnect(network="back").enter(scene(attachments=both))


def test_what_is_on_no_network_cannot_be_taken_off(scene):
    with pytest.raises(ServiceError, match="its networks are: none"):
        Disconnect().enter(scene(attachments=()))


def test_a_network_without_a_name_is_refused():
    with pytest.raises(ValueError, match="network must be a name, or all"):
        Disconnect(network=" ")
