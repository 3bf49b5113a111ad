"""Load goes to the target's host and port, and nowhere else."""

import pytest

from chaoskit.load.elsewhere import Fence

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize(
    "url", ["http://shop.test/x", "http://SHOP.test:80/", "http://shop.test./?a=http://other/"]
)
def test_the_target_may_be_asked(url: str) -> None:
    assert Fence("http://shop.test").problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://other.test/",
        "http://shop.test:8080/",
        "https://shop.test/",
        "http://shop.test@other.test/",
        "http://shop.test.other.test/",
    ],
)
def test_nobody_else_is(url: str) -> None:
    assert "load goes only to the target, shop.test:80" in str(Fence("http://shop.test").problem(url))
