"""The remedies of the shop, one by one, against providers that are functions in this process."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa

from chaoskit_shop.providers import anthropic, auth0, openai
from chaoskit_shop.shop.assistant import Assistant
from chaoskit_shop.shop.audit import Audit
from chaoskit_shop.shop.build import NAIVE, RESILIENT, SINGLE, Build
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.identity import Identity
from chaoskit_shop.shop.mirror import Mirror
from chaoskit_shop.shop.payments import Held, Order
from chaoskit_shop.shop.stock import Stock

Answer = Callable[[requests.PreparedRequest], tuple[int, bytes]]


class Wire(requests.adapters.BaseAdapter):
    """Carries no byte anywhere: a host is a function, and what was asked is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[str, Answer] = {}
        self.asked: list[str] = []

    def send(self, request, **_: Any) -> requests.Response:
        self.asked.append(request.url)
        status, body = self.hosts[request.url.split("/")[2]](request)
        answer = requests.Response()
        answer.status_code = status
        answer.raw = urllib3.HTTPResponse(io.BytesIO(body), preload_content=False)
        return answer

    def close(self) -> None:
        pass


@pytest.fixture
def wire(monkeypatch):
    it = Wire()
    monkeypatch.setattr(requests.Session, "get_adapter", lambda self, url: it)
    return it


def says(status: int, body: bytes = b"") -> Answer:
    return lambda _: (status, body)


def asks(application) -> Answer:
    """Hand a request to a fake provider."""

    def answer(request) -> tuple[int, bytes]:
        client = application.test_client()
        found = client.open(
            request.path_url, method=request.method, data=request.body, headers=dict(request.headers)
        )
        return found.status_code, found.data

    return answer


def mirror(build: Build) -> Mirror:
    return Mirror([("first", "https://a"), ("second", "https://b")], build)


def test_a_file_comes_from_the_first_place_and_from_the_second_when_that_fails(wire):
    wire.hosts = {"a": says(200, b"<svg>"), "b": says(200, b"<svg>2")}
    assert mirror(RESILIENT).fetch("/x", b"<svg", {}) == ("first", b"<svg>")
    wire.hosts["a"] = says(503)
    assert mirror(RESILIENT).fetch("/x", b"<svg", {}) == ("second", b"<svg>2")


def test_an_edges_own_page_with_status_200_is_not_taken_for_the_file(wire):
    wire.hosts = {"a": says(200, b"<html>"), "b": says(200, b"<svg>")}
    assert mirror(RESILIENT).fetch("/x", b"<svg", {}) == ("second", b"<svg>")


def test_a_file_that_is_not_there_is_not_looked_for_elsewhere(wire):
    wire.hosts = {"a": says(404), "b": says(200, b"<svg>")}
    with pytest.raises(ProviderError, match="404"):
        mirror(RESILIENT).fetch("/x", b"<svg", {})
    assert wire.asked == ["https://a/x"]


@pytest.mark.parametrize("build", [SINGLE, NAIVE])
def test_without_a_second_place_the_first_ones_failure_is_the_shops(wire, build):
    wire.hosts = {"a": says(503), "b": says(200, b"<svg>")}
    with pytest.raises(ProviderError, match="first: status 503"):
        mirror(build).fetch("/x", b"<svg", {})


@pytest.mark.parametrize(("build", "is_in"), [(RESILIENT, True), (NAIVE, False)])
def test_kept_keys_keep_customers_logged_in_when_the_provider_is_gone(wire, monkeypatch, build, is_in):
    now = [1000.0]
    monkeypatch.setattr("chaoskit_shop.shop.identity.time.monotonic", lambda: now[0])
    wire.hosts = {"example.auth0.com": asks(auth0.create(lambda _: None, lambda: 1000.0))}
    identity = Identity(build)
    assert identity.check("ada", {}) is None
    identity.log_in("ada", "demo", {})
    wire.hosts["example.auth0.com"] = says(502)
    now[0] += 10
    before = len(wire.asked)
    if is_in:
        claims = identity.check("ada", {})
        assert claims is not None
        assert claims["sub"] == "auth0|ada"
        # New keys were asked for, and only once in a while.
        assert len(wire.asked) > before
        after = len(wire.asked)
        identity.check("ada", {})
        assert len(wire.asked) == after
    else:
        with pytest.raises(ProviderError):
            identity.check("ada", {})


def test_a_token_of_somebody_elses_key_is_not_believed_while_the_keys_are_old(wire):
    wire.hosts = {"example.auth0.com": asks(auth0.create(lambda _: None, lambda: 1000.0))}
    identity = Identity(RESILIENT)
    identity.log_in("ada", "demo", {})
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    identity._tokens["ada"] = auth0._sign(other, {"sub": "auth0|ada"})
    with pytest.raises(ValueError, match="signature is wrong"):
        identity.check("ada", {})


def test_an_answer_that_ends_too_early_is_begun_again_by_the_second_provider(wire):
    whole = asks(openai.create(lambda _: None))
    wire.hosts = {
        "api.openai.com": lambda request: (200, whole(request)[1][:900]),
        "api.anthropic.com": asks(anthropic.create(lambda _: None)),
    }
    lines = list(Assistant(RESILIENT).answer("?", {}))
    again = lines.index("event: again\ndata: {}\n\n")
    assert again > 1
    said = "".join(json.loads(each.removeprefix("data: "))["text"] for each in lines[again + 1 : -1])
    assert said.startswith("We send it on the day you order")
    assert lines[-1] == "data: [DONE]\n\n"


def test_when_neither_answers_the_customer_is_told(wire):
    wire.hosts = {"api.openai.com": says(503), "api.anthropic.com": says(529)}
    lines = list(Assistant(RESILIENT).answer("?", {}))
    assert [each.split("\n")[0] for each in lines] == ["event: again", "event: interrupted", "data: [DONE]"]


def test_the_audit_finds_what_is_held_twice_and_what_is_paid_and_not_held(wire, tmp_path):
    held = {"stripe": ["good", "twice", "twice", "doubt"], "adyen": ["doubt", "elsewhere"]}

    def statement(request) -> tuple[int, bytes]:
        name, _, first = request.path_url.rpartition("/")[2].partition("?from=")
        rows = [{"id": "x", "order": each} for each in held[name][int(first) :]]
        return 200, json.dumps({"holds": rows}).encode()

    wire.hosts = {"bank.shop.example": statement}
    stock = Stock(tmp_path / "shop.sqlite")
    stock.doubt(Order("doubt", 1, "eur"))
    stock.record(Order("good", 1, "eur"), Held("stripe", "x"))
    stock.record(Order("lost", 1, "eur"), Held("stripe", "x"))
    stock.record(Order("elsewhere", 1, "eur"), Held("adyen", "x"))
    audit = Audit(RESILIENT, stock)
    assert audit.find({}) == {"twice": ["twice"], "missing": ["lost"]}
    held["stripe"].append("lost")
    held["stripe"].append("elsewhere")
    # Held at both, and nobody wrote a doubt down.
    assert audit.find({}) == {"twice": ["twice", "elsewhere"], "missing": []}
