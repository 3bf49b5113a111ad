"""Pictures, documents, accounts and the audit, as a person meets them."""

import pytest
import requests

pytestmark = pytest.mark.socket

WITHIN = 20.0  # seconds; long enough for any machine, never waited for in full


def get(demo, path: str) -> requests.Response:
    return requests.get(f"{demo.url}{path}", timeout=WITHIN)


def test_a_picture_comes_from_the_second_cdn_while_the_first_is_refused(demo):
    # Refused from the start, since an open connection would be used on.
    demo.proxy.refused.add("cdn-a.shop.example")
    try:
        answer = get(demo, "/pictures/A1")
    finally:
        demo.proxy.refused.clear()
    assert (answer.status_code, answer.headers["x-served-by"]) == (200, "cdn-b")
    assert answer.headers["content-type"] == "image/svg+xml"


def test_the_terms_come_from_the_nearest_region_and_from_another_without_it(demo):
    assert get(demo, "/terms").headers["x-served-by"] == "us-east-1"
    demo.proxy.refused.add("s3.us-east-1.amazonaws.com")
    try:
        assert get(demo, "/terms").headers["x-served-by"] == "us-west-2"
    finally:
        demo.proxy.refused.clear()


def test_an_account_is_for_those_who_have_logged_in(demo):
    assert get(demo, "/account?user=grace").status_code == 401
    requests.post(f"{demo.url}/login", json={"user": "grace", "password": "demo"}, timeout=WITHIN)
    assert get(demo, "/account?user=grace").json() == {"customer": "auth0|grace"}


def test_the_bank_agrees_with_the_books_after_a_checkout(demo):
    requests.post(f"{demo.url}/checkout", json={"sku": "A1"}, timeout=WITHIN)
    answer = get(demo, "/audit")
    nothing = {"count": 0, "such as": []}
    assert (answer.status_code, answer.json()) == (200, {"twice": nothing, "missing": nothing})
