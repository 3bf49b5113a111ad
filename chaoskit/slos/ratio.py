"""A share of samples, with bounds that know that failures come in bursts.

Requests of one burst share their fate. So a phase shows no more about *the service* than so many samples as
it holds bursts: 9 s hold 45 of 200 ms, whatever the rate. How long bursts are cannot be seen while nothing
fails. If they may last a tenth of the phase, all that was seen is that ten went well, and of a service that
has 95 % ten in a row do so six times of ten. So a pass needs a length: what the experiment says (``bursts``).
Where nothing is said it is a tenth of the phase, until a few separate failures show how they come.

A fail needs no such word, as it has seen failures: blocks of time are compared, and by as much as they differ
more than chance makes them differ (the design effect), each sample is worth less.
"""

from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Comparison
from chaoskit.core.verdict import Verdict
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Floats, Numbers
from chaoskit.slos.stats import bounds, needed, short_of

TENTH = 0.1
"""The longest burst, as a share of the phase, where nobody says how long they are."""

FEWEST_EPISODES = 5
"""Fewer separate failures do not show how long they are. With 5, simulated false passes stay at most 5 %
(bench/README.md); 10 halve the length of phases that pass, and make no figure better."""

PARTS = (40, 20, 10)
"""The phase is cut into so many blocks. A burst of up to a tenth of it is no longer than the longest."""

FEWEST_BLOCKS = 8


@frozen(kw_only=True)
class Ratio:
    """``good`` of ``n`` samples; ``lower`` and ``upper`` each hold with the stated confidence.

    Both hold for failures that last up to ``bursts`` seconds at a time. ``seconds`` is how long the samples
    are spread over. ``seen`` has the bounds for failures that come as they were seen to come: one that is
    seen to break a limit needs no word about those that were not.
    """

    good: int
    n: int
    deff: float
    lower: float
    upper: float
    bursts: float = 0.0
    seconds: float = 0.0
    seen: "Ratio | None" = None

    @property
    def value(self) -> float:
        return self.good / self.n if self.n else 0.0

    @property
    def effective(self) -> float:
        return self.n / self.deff

    @property
    def as_seen(self) -> "Ratio":
        return self if self.seen is None else self.seen

    def against(self, limit: Comparison) -> Verdict:
        """Pass where even the worse bound keeps to the limit, fail where even the better one does not."""
        if self.n and limit.holds(self.lower if limit.op == ">=" else self.upper):
            return Verdict.PASS
        best = self.as_seen.upper if limit.op == ">=" else self.as_seen.lower
        return Verdict.INCONCLUSIVE if limit.holds(best) else Verdict.FAIL

    def needed(self, limit: Comparison, confidence: float) -> int | None:
        """Return how many samples would settle it, if they went on like these at the same rate."""
        deff = self.deff if limit.holds(self.value) else self.as_seen.deff
        enough = needed(self.value if self.n else 1.0, limit.limit, deff, confidence)
        return None if enough is None else max(enough, self.n + 1)


def ratio(
    start: Floats, good: Bools, confidence: float, missing: int = 0, bursts: float | None = None
) -> Ratio:
    """Return the share of ``good`` samples. ``missing`` more are known to be bad, but not when.

    ``bursts``: how many seconds failures that belong together last at most. 0: the samples are all that is
    claimed, or are known to be independent. None: nobody knows; then a tenth of the phase, until
    ``FEWEST_EPISODES`` separate failures were seen.
    """
    seconds, (count, longest) = duration(start), episodes(start, good)
    if count >= FEWEST_EPISODES:
        length = bursts or 0.0
    else:
        length = max(longest, seconds * TENTH if bursts is None else bursts)
    effect = design_effect(start, good, confidence)

    def bounded(burst: float, also: Ratio | None) -> Ratio:
        right, n = int(np.count_nonzero(good)), len(good) + missing
        deff = max(effect, n * burst / seconds if seconds else 1.0)
        lower, upper = bounds(right, n, deff, confidence)
        return Ratio(
            good=right, n=n, deff=deff, lower=lower, upper=upper, bursts=burst, seconds=seconds, seen=also
        )

    return bounded(length, bounded(0.0, None))


def duration(start: Floats) -> float:
    """Return how many seconds samples that begin at ``start`` stand for: from each to the next one."""
    n = len(start)
    return (float(start.max()) - float(start.min())) * n / (n - 1) if n > 1 else 0.0


def episodes(start: Floats, good: Bools) -> tuple[int, float]:
    """Return how many times samples stopped being like most others, and the longest such time in seconds."""
    if not (start[1:] >= start[:-1]).all():
        order = np.argsort(start, kind="stable")
        start, good = start[order], good[order]
    n = len(good)
    rare = np.flatnonzero(good if 2 * np.count_nonzero(good) < n else ~good)
    if not len(rare):
        return 0, 0.0
    apart = np.flatnonzero(np.diff(rare) > 1)
    first, last = rare[np.concatenate([[0], apart + 1])], rare[np.concatenate([apart, [len(rare) - 1]])]
    # it lasts until a sample is like the others again
    over = np.concatenate([start, [float(start[-1]) + duration(start) / n]])[last + 1]
    return len(first), float((over - start[first]).max())


def design_effect(start: Floats, good: Bools, confidence: float) -> float:
    """Return how many samples are worth one, from how much blocks of time differ; at least 1.

    Few blocks say little about how much they differ: Student's quantile takes the place of the normal one.
    """
    n = len(good)
    share = float(np.count_nonzero(good)) / n if n else 0.0
    if share in (0.0, 1.0):
        return 1.0
    by_chance = share * (1 - share) / n
    return max(1.0, *(_variance(start, good, each, confidence) / by_chance for each in lengths(start)))


def lengths(start: Floats) -> tuple[float, ...]:
    """Return the lengths of blocks in seconds, the shortest first: none so short that many would be empty."""
    seconds, n = duration(start), len(start)
    return tuple(seconds / parts for parts in PARTS if parts <= n) or (1.0,)


def _variance(start: Floats, good: Bools, length: float, confidence: float) -> float:
    """Return the variance of the share as blocks of ``length`` seconds show it; 0 if there are too few."""
    share = float(np.count_nonzero(good)) / len(good)
    # whichever are fewer are looked for, the good or the bad: that is fast where one of them is rare
    count, few = blocks(start, good if share < 0.5 else ~good, length)
    excess = (few if share < 0.5 else count - few) - share * count
    filled = int(np.count_nonzero(count))
    if filled < FEWEST_BLOCKS:
        return 0.0
    doubt = short_of(filled - 1, confidence) ** 2 * filled / (filled - 1)
    return doubt * float(np.square(excess).sum()) / len(good) ** 2


def blocks(start: Floats, mask: Bools, length: float) -> tuple[Numbers, Numbers]:
    """Return how many samples each block of ``length`` seconds has, and how many of them are in ``mask``."""
    if (start[1:] >= start[:-1]).all():
        edges = _edges(start, length)
        return np.diff(edges), counted(mask, edges)
    block = _block(start, start.min(), length)
    count = np.bincount(block)
    return count, np.bincount(block[mask], minlength=len(count))


def counted(mask: Bools, edges: Numbers) -> Numbers:
    """Return how many of ``mask`` are between each two ``edges``, which are sorted indices."""
    return np.diff(np.searchsorted(np.flatnonzero(mask), edges))


def _edges(start: Floats, length: float) -> Numbers:
    """Return where each block begins among sorted samples, and where the last one ends.

    All edges are bisected at once: a few dozen looks at each, instead of one at each sample.
    """
    number = np.arange(1, int(_block(start[-1:], start[0], length)[0]) + 1)
    low, high = np.zeros(len(number), dtype=np.int64), np.full(len(number), len(start) - 1)
    while (low < high).any():
        middle = (low + high) >> 1
        is_before = _block(start[middle], start[0], length) < number
        low, high = np.where(is_before, middle + 1, low), np.where(is_before, high, middle)
    return np.concatenate([[0], low, [len(start)]])


def _block(start: Floats, first: float, length: float) -> Numbers:
    return ((start - first) / length).astype(np.int64)
