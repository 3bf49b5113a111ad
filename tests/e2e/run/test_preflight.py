"""Before any fault: each provider is seen through the proxy, and answers through it."""

from typing import Any

import pytest

pytestmark = [pytest.mark.socket, pytest.mark.broad, pytest.mark.timeout(60)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (["providers.stripe.resolve=127.0.0.1:1"], "cannot reach 127.0.0.1:1: connection refused"),
        (["providers.stripe={hosts: [api.stripe.com], resolve: 'nowhere.invalid:443'}"], "name not found"),
        (["proxy={workers: 1}"], "certificate verify failed"),
    ],
    ids=["refused", "no-name", "untrusted"],
)
def test_a_provider_that_the_proxy_cannot_reach_is_said_so_before_any_fault(
    story: Any, changes: list[str], why: str
) -> None:
    code, out, err = story.run(*[word for each in changes for word in ("--set", each)])

    said = " ".join(out.split())
    assert code == 3, (out, err)
    assert out.startswith("INCONCLUSIVE"), out
    assert "the proxy cannot reach stripe (api.stripe.com), before any fault:" in said
    assert why in said
    assert all(each["hits"] == [] for each in story.calls())
    assert story.nothing_is_left()
