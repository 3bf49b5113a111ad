"""The record of one request made by the load: 40 bytes, little endian, one file per load process.

A file cut short by a crash is read up to its last whole record.
"""

from enum import IntFlag
from struct import Struct

from chaoskit.core.frozen import frozen

RECORD = Struct("<QIIIIHHBB2xQ")
"""In the order of ``FIELDS``."""

FIELDS: tuple[tuple[str, str], ...] = (
    ("intended_us", "<u8"),
    ("latency_us", "<u4"),
    ("delay_us", "<u4"),
    ("bytes", "<u4"),
    ("slot", "<u4"),
    ("name", "<u2"),
    ("status", "<u2"),
    ("flags", "u1"),
    ("cause", "u1"),
    ("pad", "<u2"),
    ("trace", "<u8"),
)
"""The same record as a numpy dtype; ``latency_us`` counts from the intended start."""


NO_SLOT = 0xFFFFFFFF
"""The ``slot`` of a request that is no arrival of its own: a later one of the same user's task."""


NOT_SENT = "(not sent)"
"""The name of arrivals that were never sent, where only a user's code knows what they had asked for."""


class Flag(IntFlag):
    """What happened to a sample, besides its status."""

    GOOD = 1
    DEGRADED = 2
    DEADLINE = 4  # the total deadline ended it
    CENSORED = 8  # still open when the load stopped: its latency is a lower bound
    SATURATED = 16  # never sent: every user was busy until its deadline had passed
    CHECK_FAILED = 32  # an answer came, and was not what the endpoint expects


CAUSES = (
    "none",
    "deadline",
    "refused",
    "connect timeout",
    "reset",
    "closed",
    "tls",
    "dns",
    "bad status",
    "bad answer",
    "not sent",
    "still open",
    "other",
)
"""Why a sample was not good; ``cause`` is an index into this."""


@frozen
class Sample:
    """One request made by the load. Times in microseconds; ``intended_us`` is CLOCK_MONOTONIC."""

    intended_us: int
    latency_us: int
    delay_us: int
    size: int
    slot: int
    name: int
    status: int
    flags: Flag
    cause: int
    trace_id: int = 0  # its first 64 bits; 0: the request carried no trace id of ours

    def pack(self) -> bytes:
        """Return the record; numbers too large for their field are held at its largest."""
        top = 0xFFFFFFFF
        return RECORD.pack(
            self.intended_us,
            min(self.latency_us, top),
            min(self.delay_us, top),
            min(self.size, top),
            min(self.slot, top),
            self.name,
            self.status,
            self.flags,
            self.cause,
            self.trace_id,
        )
