"""When samples became good for good: one change point, and a stable run after it.

The change point is the one that makes the sequence of good and bad samples most likely (two Bernoulli
rates, the second better). It hardly minds a lone bad sample later on, where "the first second without an
error" would wait for the next quiet second.
"""

import math
from typing import Literal

from chaoskit.core.frozen import frozen
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Floats
from chaoskit.slos.stats import bounds, z

FEWEST_GOOD = 20
"""A stable run of fewer good samples shows nothing."""

MOST_SPLITS = 100

WINDOW_SECONDS, WINDOW_SAMPLES = 1.0, 50
WINDOW_CONFIDENCE = 0.999  # many windows are looked at, and chance must not upset one of them


@frozen
class Return:
    """When the samples were good again, in seconds after the clock started.

    ``is_back``: a stable run followed. Otherwise it took at least ``lower``. ``is_known`` is False where
    there were too few samples to say anything. ``disturbed`` is False where they never stopped being good.
    """

    value: float
    lower: float
    upper: float
    is_back: bool
    is_known: bool = True
    disturbed: bool = True
    samples: int = 0


@frozen
class Span:
    """The clock starts at ``start``, and nothing is known after ``stop``; a stable run lasts ``stable``."""

    start: float
    stop: float
    stable: float


def returned(times: Floats, good: Bools, wanted: float, span: Span, confidence: float) -> Return:
    """Return when a share ``wanted`` of samples was good again. ``times`` are sorted and within ``span``."""
    n = len(times)
    if not n:
        return Return(math.inf, 0.0, math.inf, is_back=False, is_known=False)
    first, earliest, latest = _disturbance(good, wanted, confidence)
    was_disturbed = first > 0
    for _ in range(MOST_SPLITS):
        moment = 0.0 if first == 0 else float(times[first]) - span.start
        lower = 0.0 if earliest == 0 else float(times[earliest - 1]) - span.start
        upper = 0.0 if latest == 0 else float(times[latest]) - span.start
        low, high = np.searchsorted(times, [span.start + moment, span.start + moment + span.stable])
        run, since = good[low:high], times[low:high] - span.start - moment
        state = _stability(since, run, wanted, span.stable, confidence)
        if state != "unstable":
            if not run.all() and float(run.mean()) < wanted:
                # within what chance allows, but the disturbance may as well have lasted until here
                upper = max(upper, moment + float(since[~run][-1]))
            fits = span.start + moment + span.stable <= span.stop + 1e-6
            if not fits and _never_stable(times, good, wanted, span, confidence):
                lower = max(lower, span.stop - span.stable - span.start)
            return Return(
                moment,
                lower,
                upper,
                is_back=state == "stable" and fits,
                is_known=state == "stable" or not fits,
                disturbed=was_disturbed,
                samples=n,
            )
        # something is wrong with the samples from here on, so that any better part is worth a look
        again = change_point(good[first:], confidence, 0.0)
        if again is None:
            break
        was_disturbed = True
        first, earliest, latest = (first + each for each in again)
    return Return(math.inf, span.stop - span.start, math.inf, is_back=False, samples=n)


def change_point(
    good: Bools, confidence: float, gain_by_chance: float | None = None
) -> tuple[int, int, int] | None:
    """Return the first sample of the better part, with the earliest and latest that it may be.

    None where one rate explains the samples about as well as two: the best of many splits of pure chance
    gains about ``log(n) + 3`` in likelihood, so that it must gain more, unless the caller knows better.
    """
    n = len(good)
    if gain_by_chance is None:
        gain_by_chance = math.log(max(n, 1)) + 3.0
    if n < 2:
        return None
    if _best_after_a_bad_one(good) < gain_by_chance - 1e-6:
        return None
    bad = np.concatenate([[0], np.cumsum(~good)]).astype(np.float64)
    before = np.arange(1, n, dtype=np.float64)
    after = n - before
    bad_before, bad_after = bad[1:-1], bad[-1] - bad[1:-1]
    gain = _likelihood(bad_before, before) + _likelihood(bad_after, after)
    gain -= _likelihood(bad[-1:], np.array([float(n)]))
    gain[bad_before * after <= bad_after * before] = 0.0
    best = int(gain.argmax())
    if gain[best] <= gain_by_chance:
        return None
    # one more than for a smooth likelihood, whose interval covered 83 % to 93 % of simulated change points
    likely = np.flatnonzero(gain >= gain[best] - z((1 + confidence) / 2) ** 2 / 2 - 1.0)
    return best + 1, int(likely[0]) + 1, int(likely[-1]) + 1


def _best_after_a_bad_one(good: Bools) -> float:
    """Return the largest gain of a split: it is right after a bad sample.

    Between two bad samples the gain is convex in where the split is, and where the second part stops being
    the better one it is 0. So of a million samples only the bad ones have to be looked at, to know that there
    is no split.
    """
    n = len(good)
    before = np.flatnonzero(~good[:-1]).astype(np.float64) + 1
    if not len(before):
        return 0.0
    total = float(np.count_nonzero(~good))
    bad, after = np.arange(1, len(before) + 1, dtype=np.float64), n - before
    gain = _likelihood(bad, before) + _likelihood(total - bad, after)
    gain -= _likelihood(np.array([total]), np.array([float(n)]))
    return float(gain[bad * after > (total - bad) * before].max(initial=0.0))


def _likelihood(bad: Floats, n: Floats) -> Floats:
    """Return the log-likelihood of ``bad`` of ``n`` at their own rate."""
    share = bad / n
    rest = np.log(np.clip(1.0 - share, 1e-300, 1.0))
    rest *= n - bad
    share = np.log(np.clip(share, 1e-300, 1.0))
    share *= bad
    return share + rest


def _never_stable(times: Floats, good: Bools, wanted: float, span: Span, confidence: float) -> bool:
    """Tell whether no stretch of the span that is long enough for a stable run is one."""
    room = span.stop - span.stable - span.start
    if room <= 0:
        return False
    for start in (span.start + np.linspace(0.0, room, min(60, int(room) + 2))).tolist():
        low, high = np.searchsorted(times, [start, start + span.stable])
        run, since = good[low:high], times[low:high] - start
        if _stability(since, run, wanted, span.stable, confidence) != "unstable":
            return False
    return True


def _disturbance(good: Bools, wanted: float, confidence: float) -> tuple[int, int, int]:
    """Return the change point, unless the samples before it were as good as wanted too."""
    found = change_point(good, confidence)
    if found is None:
        return 0, 0, 0
    before = int(np.count_nonzero(good[: found[0]]))
    _, upper = bounds(before, found[0], 1.0, confidence)
    return found if upper < wanted else (0, 0, 0)


def _stability(
    since: Floats, run: Bools, wanted: float, stable: float, confidence: float
) -> Literal["stable", "unstable", "too few"]:
    """Tell whether the run as a whole, and each window of it, is no worse than chance allows."""
    if not len(run):
        return "too few"
    length = max(WINDOW_SECONDS, WINDOW_SAMPLES * stable / len(run))
    count = max(1, int(stable / length))
    window = np.minimum((since / stable * count).astype(np.int64), count - 1)
    sizes = np.bincount(window, minlength=count)
    goods = np.bincount(window, weights=run, minlength=count)
    levels = [(int(g), int(n), WINDOW_CONFIDENCE) for g, n in zip(goods, sizes, strict=True) if n]
    levels.append((int(run.sum()), len(run), confidence))
    if any(bounds(g, n, 1.0, level)[1] < wanted for g, n, level in levels):
        return "unstable"
    return "stable" if int(run.sum()) >= FEWEST_GOOD else "too few"
