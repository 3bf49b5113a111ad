"""How many workers the proxy has: a number, or one for each core that may be used."""

import pytest

from chaoskit import spec

PLAIN = "target: {url: 'http://127.0.0.1:8080'"


@pytest.mark.parametrize(
    ("written", "on"),
    [("1", (1, 1, 1)), ("3", (3, 3, 3)), ("64", (64, 64, 64)), ("auto", (1, 2, 64)), ("'auto'", (1, 2, 64))],
)
def test_a_number_is_kept_to_and_auto_follows_the_cores(small, written, on):
    proxy = spec.load("x", small(f"proxy: {{workers: {written}}}")).proxy
    assert tuple(proxy.workers_on(cores) for cores in (1, 2, 96)) == on


@pytest.mark.parametrize(("capture", "count"), [("sidecar", 8), ("gateway", 1), ("forward", 1)])
def test_auto_is_one_where_a_capture_allows_no_more(small, capture, count):
    text = small("proxy: {workers: auto}")
    project = text.replace(PLAIN, f"{PLAIN}, compose: c.yaml, service: web, capture: {capture}")
    assert spec.load("x", project).proxy.workers_on(8) == count
