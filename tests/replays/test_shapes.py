"""Five outages, replayed: what the proxy did has the shape that the outage had, by the record of hits.

Bounds are of the binomial law at a false alarm of 1e-4 for each part, with the seed fixed.
"""

import pytest
from scipy import stats

pytestmark = [pytest.mark.socket, pytest.mark.story, pytest.mark.timeout(170)]
FALSE_ALARM = 1e-4


def follows_its_curve(replay, part):
    """Tell whether as many were drawn as the part's share made likely; nothing is struck outside of it."""
    injection = replay.parts[part]
    about = [row for row in replay.about(part) if injection.is_on(row.t)]
    assert about, f"nothing was there for {part}"
    drawn = sum(injection.id in row.drawn for row in about)
    chances = [injection.share.at(row.t - injection.start) for row in about]
    mean, variance = sum(chances), sum(p * (1 - p) for p in chances)
    if variance < 1e-9:
        return drawn == round(mean)
    return abs(drawn - mean) <= 0.5 + variance**0.5 * stats.norm.isf(FALSE_ALARM / 2)


def struck_between(replay, start, stop):
    return [row for row in replay.rows if start <= row.t < stop and row.hits]


def test_cloudflare_2025_11_18_flaps_then_stays_then_drains_for_all_behind_the_edge(replay):
    seen = replay("cloudflare-2025-11-18", within="55s")
    for provider in ("openai", "auth0"):
        for part in ("onset", "steady", "draining", "tail"):
            assert follows_its_curve(seen, f"{part}.{provider}"), (part, provider)
        assert seen.share(f"draining.{provider}", 0, 0.4) > seen.share(f"draining.{provider}", 0.6, 1)
    # one draw for the five minutes: for everybody at once, or for nobody
    for name, part in seen.parts.items():
        if name.startswith("flapping"):
            assert follows_its_curve(seen, name)
            assert part.stop - part.start < part.reroll.every
    assert {row.provider for row in seen.rows if row.hits} == {"openai", "auth0"}
    hit = [row for row in seen.rows if seen.parts["steady.openai"].id in row.hits]
    assert {row.status for row in hit} == {500}
    assert any("estimated severity" in row["share"] for row in seen.result["injections"])


def test_aws_2025_10_20_takes_the_name_away_and_comes_back_slowly(replay):
    # few calls before the outage, so that not every thread of the shop has a connection already
    seen = replay("aws-2025-10-20", arrivals="6/s", provider="stripe")
    assert seen.share("no-address") == 1.0
    assert follows_its_curve(seen, "clearing")
    assert follows_its_curve(seen, "tail")
    # behind a proxy nobody asks for the name, and the report says what was done instead
    notes = " ".join(seen.result["notes"])
    assert "no-address: dns_error is approximated as" in notes
    # the part about another service of the same cloud is about nothing that this shop calls
    assert seen.about("throttled") == []


def test_stripe_2019_07_10_has_two_windows_and_a_healthy_gap(replay):
    seen = replay("stripe-2019-07-10", arrivals="24/s")
    for part in ("first", "second"):
        assert follows_its_curve(seen, part)
    gap = seen.parts["first"].stop, seen.parts["second"].start
    assert gap[1] - gap[0] > 5
    assert struck_between(seen, *gap) == []
    assert [row for row in seen.rows if gap[0] <= row.t < gap[1] and row.provider == "stripe"]
    assert {row.status for row in seen.rows if seen.parts["second"].id in row.hits} <= {500, None}


def test_auth0_2020_06_07_is_held_down_until_its_capacity_comes_back(replay):
    seen = replay("auth0-2020-06-07", arrivals="45/s")
    assert follows_its_curve(seen, "growing")
    assert seen.share("down") == 1.0
    swamped = seen.parts["swamped"].id

    def admitted(start, stop):
        return sum(swamped not in row.hits for row in seen.about("swamped", start, stop))

    assert admitted(0, 0.33) < admitted(0.67, 1)
    assert any(row.status == 502 for row in seen.about("swamped", 0, 0.33))


def test_openai_2024_12_04_fails_heals_and_then_waits_thirty_seconds(replay):
    seen = replay("openai-2024-12-04", within="45s", arrivals="9/s")
    errors, stalled = seen.parts["errors"], seen.parts["stalled"]
    assert seen.share("errors") == 1.0
    assert {row.status for row in seen.rows if errors.id in row.hits} == {530}
    assert struck_between(seen, errors.stop, stalled.start) == []
    assert seen.share("stalled") == 1.0
    # a timer of the world is never compressed
    assert {row.asked for row in seen.rows if stalled.id in row.hits} == {30.0}
