"""A small system to strike: a shop on two networks, its till, and nothing else."""

import pytest

from chaoskit.core.service import Attachment, Container, Limits, Scene


@pytest.fixture
def shop():
    """Make the shop's container; what is given replaces what it has."""

    def make(**more):
        front = Attachment(network="demo_front", aliases=("shop", "www"), address="172.20.0.2")
        back = Attachment(
            network="demo_back",
            aliases=("shop",),
            address="172.21.0.5",
            ipv4="172.21.0.5",
            links=("till:till",),
        )
        known = {"id": "f00", "name": "demo-shop-1", "service": "shop", "attachments": (front, back)}
        return Container(**{**known, **more})

    return make


@pytest.fixture
def scene(shop):
    """Make a scene; what is given is said of the shop's container."""

    def make(**more):
        till = Attachment(network="demo_back", address="172.21.0.6", address6="fd00::6")
        others = (
            Container(id="b0b", name="demo-till-1", service="till", attachments=(till,)),
            Container(id="a1a", name="demo-idle-1", service="idle"),
        )
        return Scene(victim=shop(**more), others=others, table="chaoskit_run_7_0")

    return make


@pytest.fixture
def limited(scene):
    """Make a scene whose shop has limits."""
    return lambda **limits: scene(limits=Limits(**limits))
