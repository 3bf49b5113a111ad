"""Which requests were due while nearly all users were in another one.

To count exactly what had begun and what had ended before each of ten million instants, all of these would
have to be sorted. So counts by bins of time come first: they bound how many can have been under way in a
bin, and only where that is enough the requests are counted one by one. The answer is the same.
"""

from collections.abc import Callable, Sequence

from chaoskit.core.frozen import frozen
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Floats, Numbers, Samples

BINS = 1 << 14


def busy(parts: Sequence[Samples], enough: float) -> list[Bools]:
    """Tell of each sample of each part whether at least ``enough`` requests of all parts were under way."""
    some = [each for each in parts if len(each)]
    if not some:
        return [each.good for each in parts]
    low = min(float(each.start.min()) for each in some)
    high = max(float((each.start + each.latency).max()) for each in some)
    bins = _Bins(low, BINS / max(high - low, 1e-6))
    begun, ended = (bins.count(some, times) for times in (_begun, _ended))
    # begun up to the end of a bin, less what had ended before it
    most = np.cumsum(begun) - (np.cumsum(ended) - ended)
    crowded = most >= enough
    if not crowded.any():
        return [np.zeros(len(each), dtype=np.bool_) for each in parts]
    came, went = (bins.among(some, times, crowded) for times in (_begun, _ended))
    before = _outside(begun, crowded) - _outside(ended, crowded)
    answers: list[Bools] = []
    for each in parts:
        answer, where = np.zeros(len(each), dtype=np.bool_), bins.of(each.start)
        one_by_one = np.flatnonzero(crowded[where])
        start = each.start[one_by_one]
        under_way = before[where[one_by_one]] + np.searchsorted(came, start) - np.searchsorted(went, start)
        answer[one_by_one] = under_way >= enough
        answers.append(answer)
    return answers


@frozen
class _Bins:
    """Equal bins of time. A later instant is never in an earlier bin, whatever rounding does."""

    low: float
    scale: float

    def of(self, times: Floats) -> Numbers:
        return np.clip((times - self.low) * self.scale, 0, BINS - 1).astype(np.int64)

    def count(self, parts: Sequence[Samples], times: Callable[[Samples], Floats]) -> Numbers:
        """Return how many of the times are in each bin."""
        found = np.zeros(BINS, dtype=np.int64)
        for each in parts:
            found += np.bincount(self.of(times(each)), minlength=BINS)
        return found

    def among(self, parts: Sequence[Samples], times: Callable[[Samples], Floats], bins: Bools) -> Floats:
        """Return the times that are in any of ``bins``, sorted."""
        found = (times(each) for each in parts)
        return np.sort(np.concatenate([each[bins[self.of(each)]] for each in found]))


def _begun(samples: Samples) -> Floats:
    return (samples.start + samples.delay)[~samples.saturated]


def _ended(samples: Samples) -> Floats:
    return (samples.start + samples.latency)[~samples.saturated]


def _outside(count: Numbers, bins: Bools) -> Numbers:
    """Return for each bin how many came before it, not counting those in ``bins``."""
    return np.cumsum(np.where(bins, 0, count))
