"""The demo as a person meets it: processes, sockets, TLS, and providers that go away."""

import itertools
import json
import socket
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import requests

from chaoskit_shop.certificates import ensure

pytestmark = pytest.mark.socket

WITHIN = 20.0  # seconds; long enough for any machine, never waited for in full


def checkout(demo, **more) -> requests.Response:
    return requests.post(f"{demo.url}/checkout", json={"sku": "A1"}, timeout=WITHIN, **more)


def eventually(claim) -> None:
    until = time.monotonic() + WITHIN
    while not claim():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)


def test_a_checkout_is_held_at_stripe_and_written_down_once(demo):
    answer = checkout(demo)
    assert (answer.status_code, answer.headers["x-payment-provider"]) == (200, "stripe")
    with sqlite3.connect(demo.folder / "shop.sqlite") as file:
        rows = file.execute(
            "select cents, provider from orders where id = ?", (answer.json()["order"],)
        ).fetchall()
    file.close()
    assert rows == [(2450, "stripe")]


def test_an_unknown_item_is_not_paid_for(demo):
    answer = requests.post(f"{demo.url}/checkout", json={"sku": "nothing"}, timeout=WITHIN)
    assert (answer.status_code, answer.json()) == (404, {"error": "no item is called `nothing`"})


def test_items_need_no_provider(demo):
    demo.proxy.hosts.clear()
    answer = requests.get(f"{demo.url}/items", timeout=WITHIN)
    assert [each["sku"] for each in answer.json()["items"]] == ["A1", "B2", "C3", "D4"]
    assert demo.proxy.hosts == []


def test_adyen_takes_over_while_stripe_is_refused_and_hands_back_when_it_is_there_again(demo):
    # Open connections are not refused, so a new demo's threads are the ones to ask: many at once.
    demo.proxy.refused.add("api.stripe.com")
    try:
        eventually(lambda: checkout(demo).headers["x-payment-provider"] == "adyen")
    finally:
        demo.proxy.refused.clear()
    eventually(lambda: checkout(demo).headers["x-payment-provider"] == "stripe")


def test_the_assistant_passes_tokens_on_while_they_come(demo):
    question = {"question": "When will it come?"}
    pieces = []
    with requests.post(f"{demo.url}/assistant", json=question, stream=True, timeout=WITHIN) as answer:
        while piece := answer.raw.read1(65536):
            pieces.append(piece)
    events = [line for line in b"".join(pieces).split(b"\n") if line.startswith(b"data: ")]
    assert events[-1] == b"data: [DONE]"
    words = "".join(json.loads(event.removeprefix(b"data: "))["text"] for event in events[:-1])
    assert words.startswith("A parcel leaves our shop")
    # A shop that waits for the whole answer sends it as one or two pieces.
    assert len(pieces) > 5


@pytest.mark.broad
def test_a_login_is_in_full_and_then_from_memory_while_the_identity_provider_is_silent(start, tmp_path):
    ada = {"user": "ada", "password": "demo"}
    with start(tmp_path, "resilient") as demo:
        assert requests.post(f"{demo.url}/login", json=ada, timeout=WITHIN).json() == {"login": "full"}
        demo.proxy.silent.add("example.auth0.com")

        def log_in(_):
            return requests.post(f"{demo.url}/login", json=ada, timeout=WITHIN)

        kinds = set()

        def is_grace_seen() -> bool:
            # More at once than there are open connections to the provider, which the silence does not touch.
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(log_in, range(8)))
            assert {each.status_code for each in answers} == {200}
            kinds.update(each.json()["login"] for each in answers)
            return "grace" in kinds

        eventually(is_grace_seen)
        strangers = ({"user": f"eve {n}", "password": "guess"} for n in itertools.count())
        eventually(
            lambda: (
                requests.post(f"{demo.url}/login", json=next(strangers), timeout=WITHIN).status_code == 502
            )
        )


@pytest.mark.broad
def test_sixteen_silent_calls_are_enough_to_take_the_naive_shop_down(start, tmp_path):
    with start(tmp_path, "naive") as demo:
        demo.proxy.silent.add("api.stripe.com")
        for _ in range(16):
            threading.Thread(target=lambda: checkout_and_forget(demo), daemon=True).start()
        eventually(lambda: len(demo.proxy.held) == 16)
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"{demo.url}/items", timeout=1)


def checkout_and_forget(demo) -> None:
    with pytest.raises(requests.RequestException):
        checkout(demo)


def test_a_kill_of_the_parent_leaves_no_child_behind(start, tmp_path):
    with start(tmp_path, "resilient") as demo:
        children = demo.children()
        assert len(children) == 2
        demo.process.kill()
        _, alive = psutil.wait_procs(children, timeout=WITHIN)
        assert alive == []


@pytest.mark.broad
def test_the_end_of_one_child_ends_the_other_and_the_parent_with_an_error(start, tmp_path):
    with start(tmp_path, "resilient") as demo:
        children = demo.children()
        children[0].kill()
        assert demo.process.wait(timeout=WITHIN) == 1
        _, alive = psutil.wait_procs(children, timeout=WITHIN)
        assert alive == []


def test_being_told_to_end_is_a_success(start, tmp_path):
    with start(tmp_path, "resilient") as demo:
        children = demo.children()
        demo.process.terminate()
        assert demo.process.wait(timeout=WITHIN) == 0
        assert not any(child.is_running() for child in children)


@pytest.mark.parametrize("flag", ["--shop", "--providers"])
def test_a_port_that_is_taken_is_named_with_the_flag_that_chooses_another(refused_start, flag):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        status, said = refused_start(flag, address)
    assert (status, said.splitlines()) == (
        2,
        [
            f"error: {address} is taken by another program",
            f"hint: end that program, or choose another port with {flag} (the experiment names it too)",
        ],
    )


def test_without_a_proxy_nothing_starts(refused_start):
    status, said = refused_start(proxy=None)
    assert (status, said.splitlines()[0]) == (
        2,
        "error: expected HTTPS_PROXY to name chaoskit's proxy, got nothing; the shop stays off",
    )


def test_a_provider_whose_certificate_is_not_trusted_is_not_paid_at(start, tmp_path):
    other = ensure(tmp_path / "other").ca
    with start(tmp_path / "demo", "resilient", other) as demo:
        answer = checkout(demo)
    assert answer.status_code == 502
    assert "CERTIFICATE_VERIFY_FAILED" in answer.json()["error"]


def test_a_bundle_that_is_not_there_is_said_before_anything_is_served(refused_start, tmp_path):
    status, said = refused_start(ca=tmp_path / "nothing.pem")
    assert (status, "expected REQUESTS_CA_BUNDLE to name a file of certificates" in said) == (2, True)


def test_an_unknown_build_is_refused(refused_start):
    status, said = refused_start("--build", "perfect")
    assert status == 2
    assert "perfect" in said
