"""Steps can be written down and read again, whatever they are."""

import json
from dataclasses import fields
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core import service
from chaoskit.core.service import Attachment, Container, Scene, ServiceError, Step, from_json, to_json

names = st.text(max_size=12)
attachments = st.builds(
    Attachment,
    network=names,
    aliases=st.lists(names, max_size=3).map(tuple),
    address=st.none() | names,
    address6=st.none() | names,
    ipv4=st.none() | names,
    ipv6=st.none() | names,
    links=st.lists(names, max_size=2).map(tuple),
    driver_opts=st.lists(st.tuples(names, names), max_size=2).map(tuple),
)
VALUES = {
    str: names,
    int: st.integers(-(2**62), 2**62),
    bool: st.booleans(),
    float: st.floats(0, 1e6),
    tuple[str, ...]: st.lists(names, max_size=4).map(tuple),
    Attachment: attachments,
}


def steps():
    """Every kind of step, with any values."""

    def one(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{each.name: VALUES[hints[each.name]] for each in fields(kind)})

    return st.one_of([one(kind) for kind in Step.__args__])


@given(steps())
def test_what_is_written_down_is_read_again(step):
    assert from_json(json.loads(json.dumps(to_json(step)))) == step


@pytest.mark.parametrize(
    "said",
    [{}, {"do": "sing"}, {"do": "send"}, {"do": "connect", "attachment": {"net": 1}}, {"do": ["pause"]}],
)
def test_what_is_no_step_is_refused(said):
    with pytest.raises(ValueError, match="not a step"):
        from_json(said)


def test_a_scene_knows_the_others_by_their_service():
    till = Container(
        id="1", name="till-1", service="till", attachments=(Attachment(network="net", address="172.20.0.3"),)
    )
    scene = Scene(victim=Container(id="0", name="shop-1", service="shop"), others=(till,))
    assert scene.of("till") == (till,)
    assert scene.addresses_of("till") == ("172.20.0.3",)
    with pytest.raises(ServiceError, match="no container of the service 'tax' is running; others are: till"):
        scene.of("tax")


def test_every_kind_of_step_has_a_name_of_its_own():
    assert len({to_json(each)["do"] for each in (service.Pause(), service.Unpause(), service.NoQueue())}) == 3
