import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.hosts import covers

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("pattern", "host", "is_meant"),
    [
        ("api.stripe.com", "API.stripe.com.", True),
        ("api.stripe.com", "api-stripe.com", False),
        ("*.stripe.com", "a.b.stripe.com", True),
        ("*.stripe.com", "stripe.com", False),
        ("*.stripe.com", "evilstripe.com", False),
        ("s3.*.amazonaws.com", "s3.eu-west-1.amazonaws.com", True),
        ("s3.*.amazonaws.com", "s3.a.b.amazonaws.com", False),
        ("*.s3.*.amazonaws.com", "my.bucket.s3.eu-west-1.amazonaws.com", True),
        ("ok*static.oktacdn.com", "ok7static.oktacdn.com", True),
        ("ok*static.oktacdn.com", "ok.static.oktacdn.com", False),
        ("*-admin.okta.com", "acme-admin.okta.com", True),
        ("2606:4700::1111", "2606:4700::1111", True),
    ],
)
def test_which_hosts_a_pattern_means(pattern, host, is_meant):
    assert covers(pattern, host) is is_meant


@given(st.lists(LABEL, min_size=1, max_size=5))
def test_a_name_means_itself_and_no_name_below_it(labels):
    host = ".".join(labels)
    assert covers(host, host.upper())
    assert not covers(host, f"x.{host}")
    assert covers(f"*.{host}", f"x.{host}")
