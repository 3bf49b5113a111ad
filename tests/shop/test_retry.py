"""Retries, on a clock that only moves when it is told to."""

from dataclasses import dataclass, field

import pytest

from chaoskit_shop.shop.failure import ProviderError
from chaoskit_shop.shop.retry import retried


@dataclass
class World:
    """A clock, the pauses that were made, and what each attempt does: seconds, then an error or None."""

    attempts: list[tuple[float, ProviderError | None]]
    now: float = 100.0
    pauses: list[float] = field(default_factory=list)
    lefts: list[float | None] = field(default_factory=list)

    def attempt(self, left: float | None) -> str:
        self.lefts.append(None if left is None else round(left, 6))
        seconds, error = self.attempts[len(self.lefts) - 1]
        self.now += seconds
        if error is not None:
            raise error
        return f"answer {len(self.lefts)}"

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def run(self, attempts: int = 2, budget: float | None = 0.5) -> str:
        return retried(
            self.attempt,
            attempts=attempts,
            budget=budget,
            backoff=0.04,
            clock=lambda: self.now,
            sleep=self.sleep,
            uniform=lambda low, high: (low + high) / 2,
        )


AGAIN = ProviderError("stripe", "reset", may_retry=True)
NEVER = ProviderError("stripe", "status 402", may_retry=False, is_down=False)


def test_an_answer_at_once_is_not_asked_for_twice():
    world = World([(0.1, None)])
    assert (world.run(), world.pauses) == ("answer 1", [])


def test_the_second_attempt_has_the_rest_of_one_budget_after_a_drawn_pause():
    world = World([(0.2, AGAIN), (0.1, None)])
    assert world.run() == "answer 2"
    assert (world.lefts, world.pauses) == ([0.5, 0.28], [0.02])


def test_what_may_not_be_retried_is_not():
    world = World([(0.1, NEVER), (0.1, None)])
    with pytest.raises(ProviderError, match="402"):
        world.run()
    assert len(world.lefts) == 1


def test_the_last_error_is_raised_when_the_attempts_run_out():
    last = ProviderError("stripe", "the last one", may_retry=True)
    world = World([(0.1, AGAIN), (0.1, last)])
    with pytest.raises(ProviderError, match="the last one"):
        world.run()
    assert world.pauses == [0.02]


def test_no_attempt_begins_when_the_pause_would_use_up_the_budget():
    world = World([(0.49, AGAIN), (0.1, None)])
    with pytest.raises(ProviderError):
        world.run()
    assert (len(world.lefts), world.pauses) == (1, [])


def test_without_a_budget_an_attempt_may_take_as_long_as_it_likes():
    world = World([(3600.0, None)])
    assert (world.run(attempts=1, budget=None), world.lefts) == ("answer 1", [None])
