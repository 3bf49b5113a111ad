"""How long a fake provider takes: some milliseconds, a little different for each call, alike in every run."""

import itertools
from collections.abc import Callable
from hashlib import blake2b

Sleep = Callable[[float], object]


def seconds(host: str, nth: int, low: float, high: float) -> float:
    """Return the time that the ``nth`` call to ``host`` takes, in ``[low, high)``."""
    word = int.from_bytes(blake2b(f"{host}/{nth}".encode(), digest_size=4).digest())
    return low + (high - low) * word / 2**32


def pauses(host: str, low: float, high: float, sleep: Sleep) -> Callable[[], None]:
    """Return a function that waits, at each call, as long as the host's next call takes."""
    numbers = itertools.count(1)

    def pause() -> None:
        sleep(seconds(host, next(numbers), low, high))

    return pause
