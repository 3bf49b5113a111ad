"""Every outage of the library, replayed against the demo shop in 16 s, and judged by what the record says."""

import pytest

from chaoskit import spec
from chaoskit.core.timeline import chart

pytestmark = [pytest.mark.socket, pytest.mark.story, pytest.mark.timeout(170)]

MARGIN = 0.3
"""Seconds: a call is noted when it began, and struck when its fault did; ends are seen a moment later."""


@pytest.mark.parametrize("name", spec.outage_names())
def test_an_outage_runs_and_its_record_agrees_with_its_parts(replay, name):
    seen = replay(name, within="16s", arrivals="20/s", provider="stripe")
    assert seen.result["outcome"] == "judged", seen.result["sentence"]

    parts = {each.id: each for each in seen.parts.values()}
    drawn_curve = chart(tuple(parts.values()), length=23.0)
    assert all(each.id in drawn_curve for each in parts.values())
    assert "#" in drawn_curve

    for row in seen.rows:
        for each in row.drawn:
            assert parts[each].overlaps(row.t - MARGIN, row.t + MARGIN), (each, row)
        assert row.hits <= row.drawn

    # A part that is about everything there is must have struck; one that nothing was about proves nothing.
    proofs = {each["check"]: each["verdict"] for each in seen.result["findings"]}
    for each in parts.values():
        about = [row for row in seen.rows if each.id in row.eligible and each.is_on(row.t)]
        hits = [row for row in seen.rows if each.id in row.hits]
        if not hits:
            assert proofs[f"hits/{each.id}"] != "pass", each.id
        chance = 1.0
        for row in about:
            chance *= 1.0 - each.share.at(row.t - each.start)
        if each.reroll is None and not each.counts:
            assert [row for row in about if each.id in row.drawn] or chance > 1e-4, (each.id, len(about))
    if not any(row.hits for row in seen.rows):
        assert seen.result["verdict"] == "inconclusive"
