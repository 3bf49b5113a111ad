"""What one decision costs, in microseconds: the pure functions that the proxy asks for every call."""

import statistics
import timeit

from chaoskit.core.call import Call
from chaoskit.core.decide import Memory, on_call
from chaoskit.core.injection import Injection
from chaoskit.core.match import Match
from chaoskit.core.timeline import Timeline
from chaoskit.faults.error import Error

COUNTS = (1, 3, 100)
CALL = Call(
    identity="4bf92f3577b34da6a3ce929d0e0e4736 POST api.stripe.com /v1/charges 1",
    identified_by="traceparent",
    provider="stripe",
    host="api.stripe.com",
    method="POST",
    path="/v1/charges",
    headers=(("host", "api.stripe.com"), ("content-type", "application/json")),
    client="127.0.0.1",
    connection="stripe 0 1",
)


class NoMemory(Memory):
    """No injection here counts."""

    def count(self, injection: str) -> int:
        raise AssertionError(injection)

    def fold(self, injection: Injection, call: Call) -> None:
        raise AssertionError(injection)

    def settle(self, injection: Injection, call: Call, tokens: int) -> None:
        raise AssertionError(injection)


def injections(count: int, provider: str, path: str) -> Timeline:
    """Return injections that are all on."""
    match = Match(path=path)
    return Timeline(
        tuple(
            Injection(
                id=f"i{i}",
                provider=provider,
                fault=Error(status=503),
                fault_name="error",
                start=0,
                stop=60,
                match=match,
            )
            for i in range(count)
        )
    )


def one(timeline: Timeline) -> tuple[float, float]:
    """Return the microseconds of a decision alone, and with asking what is on first."""
    memory, active = NoMemory(), timeline.desired(1.0)
    number = 20_000 // max(1, len(active))
    alone = timeit.repeat(lambda: on_call(active, CALL, 7, memory), number=number, repeat=9)
    both = timeit.repeat(lambda: on_call(timeline.desired(1.0), CALL, 7, memory), number=number, repeat=9)
    return statistics.median(alone) / number * 1e6, statistics.median(both) / number * 1e6


def rows() -> list[tuple[str, str, str]]:
    """Return what is on, and the two times as text."""
    cases = [
        ("nothing", injections(0, "stripe", "/*")),
        *((f"{count} on another provider", injections(count, "tax", "/*")) for count in COUNTS),
        *(
            (f"{count} on this provider, for another path", injections(count, "stripe", "/v2/*"))
            for count in COUNTS
        ),
        ("1 that strikes", injections(1, "stripe", "/v1/*")),
    ]
    return [(what, *(f"{each:.1f}" for each in one(timeline))) for what, timeline in cases]


if __name__ == "__main__":
    for row in rows():
        print(*row, sep="\t")
