"""Simulated phases whose failures come in bursts, and how often a service that is at its limit passes.

A phase is cut into slots of the length of a burst, at a random offset; each slot is wholly good with a chance
of the true share, wholly bad otherwise. The true share is the objective itself: whoever passes it more often
than in 1 - confidence of such phases promises too much.
"""

import numpy as np
from scipy import stats

from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos.ratio import ratio

CONFIDENCE = 0.95


def phase(rng, true, seconds, rate, burst):
    """Return when the samples of a phase began, and which were good; ``burst`` 0: each by itself."""
    start = np.arange(round(seconds * rate)) / rate
    if burst == 0:
        return start, rng.random(len(start)) < true
    slots = rng.random(int(seconds / burst) + 3) < true
    return start, slots[((start + rng.random() * burst) / burst).astype(int)]


def verdicts(rng, limit, true, shape, *, bursts, runs):
    """Return how many of ``runs`` phases pass, and how many fail. ``shape``: seconds, rate, burst."""
    asked = Comparison(">=", limit)
    found = [ratio(*phase(rng, true, *shape), CONFIDENCE, bursts=bursts).against(asked) for _ in range(runs)]
    return found.count(Verdict.PASS), found.count(Verdict.FAIL)


def most(runs, chance=1 - CONFIDENCE, alarm=1e-5):
    """Return how many of ``runs`` may be wrong: more has the chance ``alarm``, if each is with ``chance``."""
    return int(stats.binom.ppf(1 - alarm, runs, chance))
