"""The provider sends its callers elsewhere."""

import pytest

from chaoskit.core.actions import Reply
from chaoskit.faults.redirect import Redirect


def test_by_default_it_leads_back_to_itself(told, answer):
    assert told(Redirect(), answer(b"")) == {
        "call": Reply(status=302, headers=(("location", "/v1/charges"),))
    }


def test_it_leads_where_the_file_says(told, answer):
    fault = Redirect(status=308, to="https://other.example/")
    assert told(fault, answer(b"")) == {
        "call": Reply(status=308, headers=(("location", "https://other.example/"),))
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"status": 304}, "status must be 301, 302, 303, 307, 308; got 304"),
        ({"to": ""}, "to must be a URL or a path, got ''"),
        ({"to": "/a\nb"}, "to must be one line"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        Redirect(**wrong)
