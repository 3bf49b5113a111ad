"""A worker in front of fake providers, and this process as its client."""

import os

import pytest
import stripe

from fakes import Fakes
from streams import GEMINI, gemini, mute

OTHERS = ("bedrock-runtime.us-east-1.amazonaws.com", "email.us-east-1.amazonaws.com", "shop.openai.azure.com")
"""Providers that only have to be there: what they answer is of no interest."""


@pytest.fixture
def fakes(tmp_path):
    with Fakes(tmp_path / "fakes", also={GEMINI: gemini()} | dict.fromkeys(OTHERS, mute())) as fakes:
        yield fakes


@pytest.fixture
def arm(kit, fakes, monkeypatch):
    """Return a function that starts a worker for an experiment, and gives this process its environment."""

    def arm(text: str):
        kit.provider_ca = fakes.ca
        proxy = kit.start(kit.config(fakes.port, text=text)).ready()
        proxy.arm()
        environment = kit.environment(proxy)
        bundle = environment["SSL_CERT_FILE"]  # all the world's roots: slow to load, once for each client
        for name, value in environment.items():
            monkeypatch.setenv(name, str(kit.own_ca) if value == bundle else value)
        monkeypatch.setattr(stripe, "ca_bundle_path", os.environ["SSL_CERT_FILE"])  # it reads no variable
        return proxy

    return arm
