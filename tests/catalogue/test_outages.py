"""The outage library: every outage is valid, can be told, and keeps its shape in less time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit import spec
from chaoskit.catalogue.outage import LEAST, Outage, Part, not_kept, scale, timers
from chaoskit.catalogue.story import chart, listed, told
from chaoskit.core.curve import Curve
from chaoskit.core.diagnostic import SpecError
from chaoskit.core.match import Match
from chaoskit.faults.blackhole import Blackhole
from chaoskit.spec import shelf

NAMES = spec.outage_names()
OUTAGES = {name: spec.outage(name) for name in NAMES}


def test_there_are_enough_of_them():
    assert len(NAMES) >= 24


@pytest.mark.parametrize("name", NAMES)
def test_an_outage_is_named_after_its_file_has_sources_and_strikes_somebody_who_is_known(name):
    outage = OUTAGES[name]
    assert outage.name == name
    assert outage.sources
    assert (outage.provider is None) != (outage.edge is None)
    providers = {outage.provider, *(part.provider for part in outage.parts)} - {None}
    edges = {outage.edge, *(part.edge for part in outage.parts)} - {None}
    assert providers <= set(shelf.provider_names())
    assert edges <= set(shelf.edge_names())
    assert len({part.id for part in outage.parts}) == len(outage.parts)
    for part in outage.parts:
        assert part.stop <= outage.lasted
        assert part.share.points[-1][0] <= part.stop - part.start + 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_an_outage_can_be_told_and_drawn(name):
    outage = OUTAGES[name]
    drawn = chart(outage, 80).splitlines()
    assert len(drawn) == 1 + len(outage.parts)
    assert all(
        len(line) <= 80 and line.strip() != part.id
        for line, part in zip(drawn[1:], outage.parts, strict=True)
    )
    text = told(outage)
    assert all(source in text for source in outage.sources)
    assert ("(estimated)" in text) == any("estimate" in (part.severity, part.times) for part in outage.parts)


def test_the_list_has_the_latest_first():
    lines = listed(OUTAGES.values()).splitlines()
    assert len(lines) == len(NAMES)
    assert lines[-1].startswith("dyn-2016-10-21")


def part(start, stop, share=((0.0, 1.0),)):
    return Part(
        id=f"p{start}-{stop}",
        start=start,
        stop=stop,
        fault=Blackhole(),
        fault_name="blackhole",
        share=Curve(share),
        unit=None,
        match=Match(),
        severity="estimate",
        times="estimate",
    )


def outage_of(*parts):
    return Outage(name="o", title="o", started="", lasted=max(p.stop for p in parts), parts=parts)


def test_long_stretches_give_most_and_short_ones_nothing():
    fitted = scale(outage_of(part(0, 2), part(2, 3600), part(7200, 7260)), 60)
    assert fitted.at(2) == 2
    assert fitted.at(7260) == pytest.approx(60)
    # the healthy gap stays, and is as long as the stretch that was as long
    assert fitted.at(7200) - fitted.at(3600) == pytest.approx(fitted.at(3600) - fitted.at(2), rel=0.01)
    assert fitted.at(7260) - fitted.at(7200) == pytest.approx(LEAST)


def test_an_outage_that_fits_is_left_as_it_is():
    fitted = scale(outage_of(part(0, 5), part(8, 12)), 60)
    assert [fitted.at(t) for t in (0, 5, 8, 12)] == [0, 5, 8, 12]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 10**5)), min_size=1, max_size=12),
    st.floats(5, 600),
)
def test_no_stretch_vanishes_order_stays_and_all_of_it_fits(spans, length):
    outage = outage_of(*(part(float(at), float(at + size)) for at, size in spans))
    fitted = scale(outage, length)
    told_ = [fitted.at(t) for t in fitted.real]
    assert told_ == sorted(told_)
    assert told_[-1] <= length * 1.001 + 1e-3
    assert all(after > before for before, after in pairwise(told_))


def test_a_curve_keeps_its_values_at_the_same_moments_of_the_outage():
    ramp = part(0, 3600, ((0.0, 0.0), (3600.0, 0.8)))
    fitted = scale(outage_of(ramp, part(3600, 7200)), 40)
    assert fitted.curve(ramp.share, 0.0).points == ((0.0, 0.0), (pytest.approx(20.0, abs=0.01), 0.8))


def test_timers_are_kept_and_what_they_spoil_is_said():
    said = not_kept(OUTAGES["openai-2024-12-04"], scale(OUTAGES["openai-2024-12-04"], 30))
    assert [line.split(" keeps its ")[1].split(",")[0] for line in said] == ["time of 30s"]
    said = not_kept(OUTAGES["cloudflare-2025-11-18"], scale(OUTAGES["cloudflare-2025-11-18"], 60))
    assert any("flapping is drawn once and not every 5m" in line for line in said)
    assert timers(Blackhole()) == ()
    assert not_kept(OUTAGES["okta-2017-10-25"], scale(OUTAGES["okta-2017-10-25"], 18 * 60)) == ()


def text_of(name, provider="stripe", during="fault"):
    return f"""\
version: 1
name: t
target: {{url: http://127.0.0.1:1}}
providers: {{stripe: {{}}, openai: {{}}, auth0: {{}}, github: {{}}}}
load: {{arrivals: 10/s, endpoints: [{{name: e, request: GET /}}]}}
phases: {{baseline: 10s, fault: 60s, recovery: 10s}}
inject: [{{outage: {name}{f", provider: {provider}" if provider else ""}, during: {during}}}]
slos: [{{id: s, in: fault, availability: ">= 50%"}}]
"""


@pytest.mark.parametrize("name", [each for each in NAMES if each != "cascade-2025-06-12"])
def test_every_outage_can_stand_in_an_experiment(name):
    experiment = spec.load("t.yaml", text_of(name))
    assert experiment.injections
    assert all(each.outage == name and each.severity for each in experiment.injections)
    assert min(each.start for each in experiment.injections) >= 10
    assert max(each.stop for each in experiment.injections) <= 70.001


def test_an_outage_strikes_the_providers_that_it_was_about():
    experiment = spec.load("t.yaml", text_of("stripe-2019-07-10", provider=None))
    assert {each.provider for each in experiment.injections} == {"stripe"}
    # an edge takes down everything that the catalogue knows to be behind it
    experiment = spec.load("t.yaml", text_of("cloudflare-2025-12-05", provider=None))
    assert {each.provider for each in experiment.injections} == {"openai", "auth0"}


def test_a_provider_that_is_the_edge_is_struck_alone_so_that_its_members_are_not_struck_twice():
    text = text_of("cloudflare-2025-12-05", provider=None).replace(
        "stripe: {}", "cdn: {fronted_by: cloudflare}"
    )
    assert {each.provider for each in spec.load("t.yaml", text).injections} == {"cdn"}


@pytest.mark.parametrize("name", [each for each in NAMES if OUTAGES[each].edge is not None])
def test_an_edges_outage_can_be_replayed(name):
    text = spec.replay_text(OUTAGES[name], url="http://127.0.0.1:1", arrivals="1/s", requests=["GET /"])
    assert f"behind-{OUTAGES[name].edge}" in {each.provider for each in spec.load("t.yaml", text).injections}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (text_of("stripe-2019-07-01"), "unknown outage 'stripe-2019-07-01'"),
        (text_of("stripe-2019-07-10", "strip"), "unknown provider 'strip'"),
        (text_of("okta-2018-04-24", None), "okta-2018-04-24 strikes okta, and the file has no such provider"),
        (text_of("stripe-2019-07-10", during="falt"), "unknown phase 'falt'"),
        (text_of("stripe-2019-07-10", during="[baseline, fault]"), "expected one window, got several"),
        (text_of("stripe-2019-07-10").replace("during: fault", "dring: fault"), "unknown key 'dring'"),
        (
            text_of("stripe-2019-07-10").replace(", during: fault", "").replace("fault: 60s", "dark: 60s"),
            "`during` is missing, and there is no phase called `fault`",
        ),
    ],
)
def test_what_nonsense_gets(text, says):
    with pytest.raises(SpecError) as caught:
        spec.load("t.yaml", text)
    assert says in str(caught.value)
    assert "t.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("within", "compress", "seconds"), [("90s", None, 90), (None, "100x", 223.2), (None, None, 60)]
)
def test_a_replay_is_an_experiment(within, compress, seconds):
    text = spec.replay_text(
        OUTAGES["stripe-2019-07-10"],
        url="http://127.0.0.1:8080",
        arrivals="20/s",
        requests=["POST /checkout"],
        within=within,
        compress=compress,
    )
    assert spec.load("t.yaml", text).phase("fault").length == pytest.approx(seconds)


@pytest.mark.parametrize(("within", "compress"), [("x", None), ("90", None), (None, "0.5x"), (None, "1e9x")])
def test_a_length_without_sense_is_refused(within, compress):
    with pytest.raises(ValueError, match="expected"):
        spec.replay_text(
            OUTAGES["stripe-2019-07-10"],
            url="http://127.0.0.1:1",
            arrivals="1/s",
            requests=["GET /"],
            within=within,
            compress=compress,
        )
