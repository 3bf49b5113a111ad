"""An answer that ends early, which only TLS tells."""

import pytest

from chaoskit.core.actions import Cut
from chaoskit.faults.tls_truncation import TlsTruncation


def test_the_answer_loses_its_length_and_ends_early(told, answer):
    assert told(TlsTruncation(after=3), answer(b"0123456789")) == {"answer": Cut(3, unframed=True)}


@pytest.mark.parametrize("body", [b"", b"01", b"012"])
def test_an_answer_that_is_no_longer_is_not_a_hit(body, call, answer, dice):
    assert TlsTruncation(after=3).on_answer(call, answer(body), dice) is None


def test_it_asks_for_the_body_to_know_how_long_it_is():
    assert TlsTruncation.reads_answer


def test_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match="after must be 0B or more, got -1B"):
        TlsTruncation(after=-1)
