"""The ``traceparent`` of a request: equal seeds and slots give equal ids, and so equal chance."""

from hashlib import blake2b


def traceparent(seed: int, arrival: str, nth: int = 0) -> str:
    """Return the header for the ``nth`` request of ``arrival`` (a slot's number, or another unique name)."""
    trace = blake2b(f"{seed}/{arrival}".encode(), digest_size=16).hexdigest()
    span = blake2b(f"{seed}/{arrival}/{nth}".encode(), digest_size=8).hexdigest()
    return f"00-{trace}-{span}-01"
