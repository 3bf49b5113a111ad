"""How verdicts merge."""

from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.verdict import Verdict, merge

verdicts = st.sampled_from(Verdict)
groups = st.lists(verdicts, min_size=1, max_size=6)


@given(groups, st.randoms())
def test_the_order_of_verdicts_does_not_matter(group, random):
    shuffled = list(group)
    random.shuffle(shuffled)
    assert merge(shuffled) == merge(group)


@given(groups, groups, groups)
def test_merging_groups_first_does_not_matter(a, b, c):
    assert merge([merge(a + b), merge(c)]) == merge([merge(a), merge(b + c)]) == merge(a + b + c)


@given(verdicts)
def test_one_verdict_is_its_own_merge(verdict):
    assert merge([verdict]) == merge([verdict, verdict]) == verdict


@given(groups)
def test_fail_outranks_inconclusive_outranks_pass(group):
    expected = next(each for each in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS) if each in group)
    assert merge(group) == expected


def test_nothing_is_never_a_pass():
    assert merge([]) is Verdict.INCONCLUSIVE
    assert merge(iter(())) is Verdict.INCONCLUSIVE
