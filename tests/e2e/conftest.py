"""A proxy worker in a process of its own, and a provider for it (see tests/support/worker_kit.py)."""

import socket

import pytest

from worker_kit import kit, no_proxy_of_our_own, spares

__all__ = ["kit", "no_proxy_of_our_own", "spares"]


@pytest.fixture
def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
