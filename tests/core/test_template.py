import re
from datetime import UTC, datetime
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.dice import Dice
from chaoskit.core.template import drawn, is_timed, timed

DICE = Dice(7, "i", "c")


def test_every_placeholder_is_filled_in_and_anything_else_stays():
    text = "${hex:16} ${text:14} ${digits:6} ${uuid} ${wait} ${other} $x {y}"
    made = drawn(text, DICE)
    uuid = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    form = rf"[0-9a-f]{{16}} [A-Za-z0-9]{{14}} [0-9]{{6}} {uuid} [1-9][0-9]? \$\{{other\}} \$x \{{y\}}"
    assert re.fullmatch(form, made)


def test_the_same_call_gets_the_same_ids_and_another_call_others():
    assert drawn("${uuid}", DICE) == drawn("${uuid}", DICE)
    assert drawn("${uuid}", DICE) != drawn("${uuid}", Dice(7, "i", "d"))
    first, second = drawn("${hex:16} ${hex:16}", DICE).split()
    assert first != second


def test_a_header_and_a_body_tell_the_same_wait():
    wait = drawn("${wait}", DICE)
    assert timed(drawn("${epoch+wait}", DICE), 1000.9) == str(1000 + int(wait))


def test_times_are_told_from_the_clock_that_is_given():
    assert timed("${epoch} ${epoch+60} ${iso} ${date}", 0.5) == (
        "0 60 1970-01-01T00:00:00Z Thu, 01 Jan 1970 00:00:00 GMT"
    )
    assert is_timed("a ${iso}")
    assert not is_timed("a ${uuid}")


@given(st.text())
def test_text_without_placeholders_is_left_alone(text):
    if "${" not in text:
        assert timed(drawn(text, DICE), 0.0) == text


@given(st.integers(0, 2**33))
def test_a_date_is_an_http_date(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert timed("${date}", seconds) == format_datetime(moment, usegmt=True)
