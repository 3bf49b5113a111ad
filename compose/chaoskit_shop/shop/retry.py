"""Ask again, a limited number of times, within one budget of time for all attempts."""

from collections.abc import Callable

from chaoskit_shop.shop.failure import ProviderError


def retried[T](
    attempt: Callable[[float | None], T],
    *,
    attempts: int,
    budget: float | None,
    backoff: float,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    uniform: Callable[[float, float], float],
) -> T:
    """Return what ``attempt`` returns; it is given the seconds that are left, or None without a budget.

    Before it asks again it pauses for a time drawn below ``backoff``, so that callers who failed together do
    not come back together. Raises the last ProviderError when the attempts, or the time, run out.
    """
    started = clock()
    for nth in range(1, attempts + 1):
        left = None if budget is None else budget - (clock() - started)
        try:
            return attempt(left)
        except ProviderError as error:
            pause = uniform(0.0, backoff)
            is_over = left is not None and budget is not None and clock() - started + pause >= budget
            if nth == attempts or not error.may_retry or is_over:
                raise
        sleep(pause)
    raise ValueError(f"expected at least one attempt, got {attempts}")
