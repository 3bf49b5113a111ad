"""The provider says that it is called too often."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.actions import Reply
from chaoskit.core.fault import STATE_SIZE, has_memory
from chaoskit.core.match import Key
from chaoskit.faults.rate_limit import RateLimit

FRESH = (0.0,) * STATE_SIZE


def play(fault, call, times):
    """Send calls at ``times``; return what came of each."""
    state, replies = FRESH, []
    for now in times:
        state, reply = fault.step(state, call, now)
        assert len(state) <= STATE_SIZE
        replies.append(reply)
    return replies


def let_through(fault, call, times):
    return [now for now, reply in zip(times, play(fault, call, times), strict=True) if reply is None]


def test_calls_up_to_the_limit_pass_and_the_others_get_429(call):
    replies = play(RateLimit(limit=2, window=10.0), call, [5.0, 6.0, 7.0])
    assert replies == [None, None, Reply(status=429, headers=(("retry-after", "8"),))]


def test_a_new_window_begins_when_the_one_before_has_ended(call):
    times = [5.0, 14.9, 15.0, 15.1, 30.0]
    assert let_through(RateLimit(limit=1, window=10.0), call, times) == [5.0, 15.0, 30.0]


def test_the_first_call_at_time_zero_counts(call):
    assert let_through(RateLimit(limit=1, window=10.0), call, [0.0, 0.0, 9.9, 10.0]) == [0.0, 10.0]


moments = st.lists(st.floats(0, 100), max_size=60).map(sorted)


@given(st.integers(1, 5), st.floats(0.1, 20), moments)
def test_never_more_than_the_limit_pass_in_a_window_and_never_fewer_than_could(limit, window, times):
    fault = RateLimit(limit=limit, window=window)
    expected, began, count = [], None, 0
    for now in times:
        if began is None or now >= began + window:
            began, count = now, 0
        count += 1
        if count <= limit:
            expected.append(now)
    assert let_through(fault, None, times) == expected


@given(st.floats(0.1, 500), moments)
def test_who_waits_as_long_as_it_says_is_let_through(window, times):
    fault = RateLimit(limit=1, window=window)
    state = FRESH
    for now in times:
        state, reply = fault.step(state, None, now)
        if reply is not None:
            wait = int(dict(reply.headers)["retry-after"])
            assert fault.step(state, None, now + wait + 1e-6)[1] is None
            assert wait == 1 or fault.step(state, None, now + wait - 1.001)[1] is not None


@pytest.mark.parametrize(
    ("asked_at", "says"), [(20.0, "60"), (20.5, "60"), (21.0, "59"), (79.5, "1"), (79.999, "1")]
)
def test_the_wait_is_whole_seconds_rounded_up(asked_at, says, call):
    # 20.0 + 60.0 - 20.0 and its like must not become 61
    reply = play(RateLimit(limit=1, window=60.0), call, [20.0, asked_at])[1]
    assert reply.headers == (("retry-after", says),)


def test_float_noise_does_not_add_a_second(call):
    # 0.7 + 1.1 + 60.0 - 1.8 is not 60.0
    noisy = 0.1 + 0.2
    reply = play(RateLimit(limit=1, window=60.0), call, [noisy, noisy])[1]
    assert reply.headers == (("retry-after", "60"),)


def test_a_date_is_left_to_the_proxy_which_has_a_calendar(call):
    reply = play(RateLimit(limit=1, window=60.0, retry_after="date"), call, [20.0, 30.0])[1]
    assert reply.retry_date_in == pytest.approx(50.0)
    assert reply.headers == ()


def test_without_retry_after_nothing_says_when(call):
    reply = play(RateLimit(limit=1, retry_after="none"), call, [0.0, 0.0])[1]
    assert reply == Reply(status=429)


def test_status_headers_and_body_are_what_the_file_says(call):
    fault = RateLimit(
        limit=1,
        status=529,
        retry_after="none",
        headers=(("x-should-retry", "true"),),
        body='{"type": "error"}',
    )
    assert play(fault, call, [0.0, 0.0])[1] == Reply(
        status=529,
        headers=(("x-should-retry", "true"), ("content-type", "application/json")),
        body=b'{"type": "error"}',
    )


def test_a_call_whose_clock_is_a_little_behind_counts_in_the_same_window(call):
    # two workers read the clock before they get the lock
    assert let_through(RateLimit(limit=1, window=10.0), call, [5.0, 4.999]) == [5.0]


def test_by_default_a_window_is_one_second(call):
    assert let_through(RateLimit(limit=1), call, [0.0, 0.9, 1.0, 1.9]) == [0.0, 1.0]


@given(st.integers(1, 8), st.floats(0.5, 20), moments)
def test_sliding_no_stretch_as_long_as_the_window_has_more_than_the_limit(limit, window, times):
    found = let_through(RateLimit(limit=limit, window=window, algorithm="sliding"), None, times)
    for first, start in enumerate(found):
        assert sum(start <= each < start + window * (1 - 1e-9) for each in found[first:]) <= limit


@given(st.integers(1, 8), st.floats(0.5, 20), moments)
def test_a_token_bucket_gives_the_limit_at_once_and_then_as_it_fills(limit, window, times):
    found = let_through(RateLimit(limit=limit, window=window, algorithm="token_bucket"), None, times)
    for first, start in enumerate(found):
        for last in range(first, len(found)):
            assert last - first + 1 <= limit + limit / window * (found[last] - start) + 1e-6


@pytest.mark.parametrize("algorithm", ["fixed", "sliding", "token_bucket"])
@given(st.integers(1, 5), st.floats(1, 500), moments)
def test_who_waits_as_long_as_it_says_is_let_through_whatever_the_algorithm(algorithm, limit, window, times):
    fault = RateLimit(limit=limit, window=window, algorithm=algorithm)
    state = FRESH
    for now in times:
        state, reply = fault.step(state, None, now)
        assert len(state) <= STATE_SIZE
        if reply is not None:
            wait = int(dict(reply.headers)["retry-after"])
            assert wait <= math.ceil(window * 1.2) + 1
            assert fault.step(state, None, now + wait + 1e-6)[1] is None
            assert wait == 1 or fault.step(state, None, now + wait - 1.001)[1] is not None


@pytest.mark.parametrize("algorithm", ["fixed", "sliding", "token_bucket"])
def test_calls_that_come_slowly_enough_all_pass(algorithm, call):
    times = [n * 1.0 for n in range(100)]
    assert let_through(RateLimit(limit=10, window=5.0, algorithm=algorithm), call, times) == times


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ("none", {}),
        (
            "openai",
            {
                "x-ratelimit-limit-requests": "1",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1m30.5s",
            },
        ),
        (
            "github",
            {
                "x-ratelimit-limit": "1",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-used": "1",
                "x-ratelimit-resource": "core",
            },
        ),
        ("ietf", {"ratelimit-policy": '"default";q=1;w=100', "ratelimit": '"default";r=0;t=91'}),
    ],
)
def test_the_quota_is_told_as_the_provider_tells_it(form, headers, call):
    fault = RateLimit(limit=1, window=100.0, quota_headers=form, retry_after="none")
    reply = play(fault, call, [0.0, 9.5])[1]
    assert dict(reply.headers) == headers
    assert reply.epochs == ((("x-ratelimit-reset", 90.5),) if form == "github" else ())


@pytest.mark.parametrize(("window", "says"), [(0.02, "20ms"), (1.0, "1s"), (360.0, "6m0s"), (0.0004, "1ms")])
def test_openai_writes_durations_in_its_own_way(window, says, call):
    fault = RateLimit(limit=1, window=window, quota_headers="openai", retry_after="none")
    assert dict(play(fault, call, [0.0, 0.0])[1].headers)["x-ratelimit-reset-requests"] == says


def test_without_a_key_all_share_a_quota_and_with_one_each_has_its_own(call):
    assert RateLimit(limit=1).key_of(call) is None
    assert RateLimit(limit=1, key=Key(client=True)).key_of(call) == "127.0.0.1"
    assert RateLimit(limit=1, key=Key(header="authorization")).key_of(call) == ""


def test_it_has_a_memory_and_acts_on_calls():
    assert has_memory(RateLimit(limit=1))
    assert RateLimit(limit=1).layers() == {"call"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"limit": 0}, "limit must be 1 or more, got 0; to turn away all calls use error"),
        ({"limit": 1, "window": 0.0}, "window must be above 0s, got 0s"),
        ({"limit": 1, "status": 42}, "status"),
        ({"limit": 1, "headers": (("a b", ""),)}, "header"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        RateLimit(**wrong)
