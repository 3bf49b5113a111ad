"""Every outage of the library, replayed against the demo shop in 16 s, and judged by what the record says."""

import pytest

from chaoskit import spec
from chaoskit.core.timeline import chart

pytestmark = [pytest.mark.socket, pytest.mark.story, pytest.mark.timeout(170)]

MARGIN = 0.3
"""Seconds that a worker may take to see that a part is over."""


@pytest.mark.parametrize("name", spec.outage_names())
def test_an_outage_runs_and_its_record_agrees_with_its_parts(replay, name):
    seen = replay(name, within="16s", arrivals="20/s", provider="stripe")
    assert seen.result["outcome"] == "judged", seen.result["sentence"]

    parts = {each.id: each for each in seen.parts.values()}
    drawn_curve = chart(tuple(parts.values()), length=23.0)
    assert all(each.id in drawn_curve for each in parts.values())
    assert "#" in drawn_curve

    for row in seen.rows:
        assert row.hits <= row.drawn <= row.eligible | row.hits
        # what was open when a part began is noted with the time at which it was opened; nothing begins later
        for each in row.drawn:
            assert row.t < parts[each].stop + MARGIN, (each, row)

    for each in parts.values():
        about = [row for row in seen.rows if each.id in row.eligible and each.is_on(row.t)]
        nobody = 1.0
        for row in about:
            nobody *= 1.0 - each.share.at(row.t - each.start)
        is_drawn_for_each = each.unit == "requests" and each.reroll is None and not each.counts
        assert not is_drawn_for_each or nobody > 1e-4 or any(each.id in row.drawn for row in about), each.id

    # An outage that struck nothing that the shop does proves nothing.
    proof = next(each for each in seen.result["findings"] if each["check"] == f"hits/{name}")
    assert (proof["verdict"] == "pass") == any(row.hits for row in seen.rows), proof
    if not any(row.hits for row in seen.rows):
        assert seen.result["verdict"] == "inconclusive"
