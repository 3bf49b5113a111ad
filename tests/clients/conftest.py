"""The proxy's worker, as in tests/e2e."""

from worker_kit import kit, no_proxy_of_our_own, spares

__all__ = ["kit", "no_proxy_of_our_own", "spares"]
