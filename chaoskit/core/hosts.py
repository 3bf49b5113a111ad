"""Which host names a pattern means."""

import re
from functools import cache


def covers(pattern: str, host: str) -> bool:
    """Tell whether ``pattern`` means ``host``, in any case, with or without a final dot.

    ``*.`` at the beginning stands for one label or more. ``*`` elsewhere stands for a part of one label, or
    all of it: ``s3.*.amazonaws.com``, ``ok*static.example``.
    """
    return _compiled(pattern.lower()).fullmatch(host.rstrip(".").lower()) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    several, rest = (r"[^.]+(?:\.[^.]+)*\.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    return re.compile(several + "[^.]*".join(re.escape(each) for each in rest.rstrip(".").split("*")))
