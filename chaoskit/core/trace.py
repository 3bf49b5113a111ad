"""The ``traceparent`` of a request: equal seeds and slots give equal ids, and so equal chance.

Each request has a trace of its own, also the later ones of one iteration of a locustfile: a call that the
proxy sees is put down to the one request that caused it.
"""

from hashlib import blake2b


def traceparent(seed: int, arrival: str, nth: int = 0) -> str:
    """Return the header for the ``nth`` request of ``arrival`` (a slot's number, or another unique name)."""
    request = f"{seed}/{arrival}/{nth}"
    trace = blake2b((request if nth else f"{seed}/{arrival}").encode(), digest_size=16).hexdigest()
    span = blake2b(request.encode(), digest_size=8).hexdigest()
    return f"00-{trace}-{span}-01"


def number(header: str) -> int:
    """Return the first 64 bits of the trace id in one of our headers: what the record of a request keeps."""
    return int(header[3:19], 16)
