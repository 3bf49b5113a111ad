"""What an experiment's comment promises about the shop's other builds, for a test to hold it to."""

import re
from pathlib import Path

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
FILES = sorted(EXPERIMENTS.glob("*.yaml"))
_PROMISE = re.compile(r"^# (naive|single): (\S+(?:, \S+)*)$", re.MULTILINE)


def promised(path: Path) -> dict[str, set[str]]:
    """Return, for each build that the comment says fails, the checks that it says fail.

    ``# naive: survive/checkout/fault/availability, storm/stripe/fault/amplification``
    """
    comment = path.read_text().partition("\nversion:")[0]
    return {build: set(checks.split(", ")) for build, checks in _PROMISE.findall(comment)}
