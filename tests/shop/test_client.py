"""The shop's client against a provider that loses answers, drips them or turns calls away."""

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from chaoskit_shop.providers import openai, stripe
from chaoskit_shop.shop.assistant import Assistant
from chaoskit_shop.shop.build import NAIVE, RESILIENT
from chaoskit_shop.shop.client import Ask, Client
from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.payments import Held, Order, Payments

pytestmark = pytest.mark.socket

ORDER = Order("order-1", 2450, "eur")
GET = Ask(method="GET", path="/", headers={})


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Server(WSGIServer):
    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    servers = []

    def start(application) -> str:
        server = make_server("127.0.0.1", 0, application, Server, Quiet)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class LosesTheFirstAnswer:
    """The provider acts each time; its first answer is cut off before the first byte of the body."""

    def __init__(self) -> None:
        self.inner = stripe.create(lambda _: None)
        self.calls = 0

    def __call__(self, environ, start_response):
        self.calls += 1
        body = list(self.inner(environ, start_response))
        if self.calls == 1:
            raise ConnectionResetError
        return body

    def effects(self) -> list[dict]:
        return self.inner.test_client().get("/_effects").json["effects"]


def test_a_retry_after_a_lost_answer_holds_the_money_once(serve):
    provider = LosesTheFirstAnswer()
    held = Payments(RESILIENT, stripe=serve(provider)).hold(ORDER, {})
    assert (held.provider, provider.calls) == ("stripe", 2)
    assert [each["key"] for each in provider.effects()] == ["order-1"]


def test_the_naive_build_sends_a_lost_call_again_without_a_key_and_holds_the_money_twice(serve):
    provider = LosesTheFirstAnswer()
    Payments(NAIVE, stripe=serve(provider)).hold(ORDER, {})
    assert [(each["key"], each["reference"]) for each in provider.effects()] == [("", "order-1")] * 2


class LosesEveryAnswer(LosesTheFirstAnswer):
    """To a payment; a search is answered."""

    def __call__(self, environ, start_response):
        body = list(self.inner(environ, start_response))
        if environ["REQUEST_METHOD"] == "POST":
            raise ConnectionResetError
        return body


def test_a_hold_whose_answers_are_all_lost_is_found_and_nobody_else_is_asked(serve):
    provider = LosesEveryAnswer()
    elsewhere: list[dict] = []
    doubts: list[Order] = []
    adyen = serve(answers("200 OK", b"{}", elsewhere))
    held = Payments(RESILIENT, stripe=serve(provider), adyen=adyen, doubt=doubts.append).hold(ORDER, {})
    assert [each["id"] for each in provider.effects()] == [held.reference]
    assert (elsewhere, doubts) == ([], [])


def test_an_order_whose_fate_nobody_knows_is_written_down_as_in_doubt(serve):
    lost = serve(answers("500 Internal Server Error", b"{}", []))
    doubts: list[Order] = []
    with pytest.raises(ProviderError):
        Payments(RESILIENT, stripe=lost, adyen=lost, doubt=doubts.append).hold(ORDER, {})
    assert doubts == [ORDER]


def test_a_provider_that_turned_the_order_away_did_nothing_so_nothing_is_in_doubt(serve):
    away = serve(answers("503 Service Unavailable", b"{}", []))
    doubts: list[Order] = []
    with pytest.raises(ProviderError):
        Payments(RESILIENT, stripe=away, adyen=away, doubt=doubts.append).hold(ORDER, {})
    assert doubts == []


def answers(status: str, body: bytes, seen: list[dict]):
    def application(environ, start_response):
        size = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(size)
        seen.append(environ)
        start_response(status, [("content-type", "application/json"), ("content-length", str(len(body)))])
        return [body]

    return application


def test_being_called_too_often_is_not_answered_with_another_call(serve):
    seen: list[dict] = []
    client = Client("stripe", serve(answers("429 Too Many Requests", b"{}", seen)), RESILIENT)
    with pytest.raises(ProviderError, match="429") as caught:
        client.call(GET, bytes)
    assert (len(seen), caught.value.is_down) == (1, True)


def test_a_declined_card_is_no_outage_so_nobody_else_is_asked_and_the_breaker_stays_closed(serve):
    seen: list[dict] = []
    asked_elsewhere: list[dict] = []
    payments = Payments(
        RESILIENT,
        stripe=serve(answers("402 Payment Required", b"{}", seen)),
        adyen=serve(answers("200 OK", b"{}", asked_elsewhere)),
    )
    for _ in range(10):
        with pytest.raises(ProviderError, match="402"):
            payments.hold(ORDER, {})
    assert (len(seen), len(asked_elsewhere)) == (10, 0)


def test_an_open_breaker_spares_the_provider(serve):
    seen: list[dict] = []
    client = Client("stripe", serve(answers("503 Service Unavailable", b"", seen)), RESILIENT)
    assert RESILIENT.opens_after == 4
    for _ in range(4):
        with pytest.raises(ProviderError, match="503"):
            client.call(GET, bytes)
    with pytest.raises(ProviderError, match="the breaker is open"):
        client.call(GET, bytes)
    assert len(seen) == 8


def test_an_amount_that_is_not_what_was_asked_is_not_believed(serve):
    wrong = b'{"id": "pi_1", "status": "requires_capture", "amount": 1, "currency": "eur"}'
    right = (
        b'{"pspReference": "P1", "resultCode": "Authorised", "amount": {"value": 2450, "currency": "EUR"}}'
    )
    payments = Payments(
        RESILIENT, stripe=serve(answers("200 OK", wrong, [])), adyen=serve(answers("200 OK", right, []))
    )
    assert payments.hold(ORDER, {}) == Held("adyen", "P1")


def test_the_trace_of_the_request_goes_on_to_the_provider(serve):
    seen: list[dict] = []
    url = serve(answers("200 OK", b"{}", seen))
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    Client("any", url, RESILIENT).call(Ask(method="GET", path="/", headers={"traceparent": trace}), bytes)
    assert seen[0]["HTTP_TRACEPARENT"] == trace


def test_a_streamed_answer_that_came_whole_starts_the_breakers_count_again(serve):
    inner, outcomes = openai.create(lambda _: None), iter("fffgfffg")

    def application(environ, start_response):
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if next(outcomes) == "f":
            start_response("503 Service Unavailable", [("content-length", "0")])
            return []
        body = {"messages": ["?"], "stream": True}
        answer = inner.test_client().post(
            "/v1/chat/completions", json=body, headers={"authorization": "Bearer x"}
        )
        start_response("200 OK", [("content-type", "text/event-stream")])
        return [answer.data]

    assistant = Assistant(RESILIENT, openai=serve(application))
    kinds = ["".join(assistant.answer("?", {})) for _ in range(8)]
    # Four failures in a row would open it; here are three, twice.
    assert ["interrupted" in each for each in kinds] == [True, True, True, False] * 2
    assert all(each.endswith("data: [DONE]\n\n") for each in kinds)


def test_an_answer_that_drips_is_given_up_when_the_budget_is_spent(serve):
    left = threading.Event()

    def drip(environ, start_response) -> Iterator[bytes]:
        start_response("200 OK", [("content-type", "text/plain")])
        try:
            # Never silent for long, so a limit on silence alone would wait for all of it: 100 s.
            for _ in range(2000):
                yield b"x"
                left.wait(0.05)
        finally:
            left.set()

    client = Client("any", serve(drip), RESILIENT)
    with pytest.raises(ProviderError, match="takes too long"):
        client.call(GET, bytes)
    assert left.wait(20)
