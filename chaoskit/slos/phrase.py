"""Numbers and causes as a reader sees them."""

import math
from collections.abc import Callable

from chaoskit.core.objective import Comparison
from chaoskit.core.samples import CAUSES
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Samples

_WHAT = {
    "deadline": "hit their {deadline} deadline",
    "refused": "were refused a connection",
    "connect timeout": "got no connection in time",
    "reset": "had their connection reset",
    "closed": "had their connection closed",
    "tls": "failed in TLS",
    "dns": "found no address",
    "bad status": "got a status that is not expected",
    "bad answer": "got an answer that is not expected",
    "not sent": "were never sent, because every user was busy",
    "still open": "were still open at the end",
}


def share(value: float) -> str:
    """Write a share as a percentage; only a whole one is ever ``100%``."""
    for digits in range(1, 8):
        text = f"{value * 100:.{digits}f}".rstrip("0").rstrip(".")
        if (text == "100") == (value == 1.0) and (text == "0") == (value == 0.0):
            return f"{text}%"
    return f"{value * 100!r}%"


def seconds(value: float) -> str:
    """Write a duration with three figures: ``212ms``, ``1.25s``; ``no answer`` where it is infinite."""
    if math.isinf(value):
        return "no answer"
    if 0 < value < 0.9995:
        return f"{value * 1000:.3g}ms"
    return f"{value:.3g}s" if value < 1000 else f"{value:.0f}s"


def factor(value: float) -> str:
    """Write a factor: ``2.4x``."""
    return f"{value:.3g}x"


def points(value: float) -> str:
    """Write a difference of shares in percentage points: ``-0.5pp``."""
    return f"{value * 100:+.3g}pp"


def percent(value: float) -> str:
    """Write a share that the user gave, as it was given."""
    return f"{value * 100:.10g}%"


def asked(limit: Comparison, unit: Callable[[float], str]) -> str:
    """Write a limit as in a sentence: ``at least 99%``."""
    return f"{'at least' if limit.op == '>=' else 'at most'} {unit(limit.limit)}"


def objective(limit: Comparison, unit: Callable[[float], str]) -> str:
    """Write a limit as in the file: ``>= 99%``."""
    return f"{limit.op} {unit(limit.limit)}"


_ELSEWHERE = (
    "were refused, because they went to another host, and load goes only to the target's: "
    "send them there, or name them in `load: {leave_out: [...]}`"
)


def main_cause(samples: Samples, deadline: float) -> str:
    """Say what most of the bad samples died of: ``412 of 470 requests hit their 5s deadline``; or nothing."""
    bad = samples.cause[~samples.good]
    if not len(bad):
        return ""
    count = np.bincount(bad, minlength=len(CAUSES))
    cause = CAUSES[min(int(count.argmax()), len(CAUSES) - 1)]
    what = _WHAT.get(cause, "failed").format(deadline=seconds(deadline))
    if cause == "not sent" and np.count_nonzero(samples.saturated) < count.max() / 2:
        what = _ELSEWHERE
    return f"{int(count.max())} of {len(samples)} requests {what}"


def plural(count: int, word: str) -> str:
    """Write a number of things: ``1 sample``, ``2 samples``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
