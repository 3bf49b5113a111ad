"""Whether the first phase can teach anything: without it no fault is injected."""

from collections.abc import Mapping

from chaoskit.core.experiment import Experiment
from chaoskit.core.guard import Counted
from chaoskit.run.probe import Sight, unreached

HEALTHY_ENOUGH = 0.5
"""The least share of good answers. Judged finely later, from raw samples."""


def baseline_problem(experiment: Experiment, totals: Mapping[str, Counted], sight: Sight) -> str | None:
    """Say why what was seen so far can teach nothing, or None. ``totals``: answers by endpoint."""
    done = sum(each.done for each in totals.values())
    good = sum(each.good for each in totals.values())
    first = experiment.phases[0].name
    if done == 0:
        return f"no request was answered in `{first}`, so nothing can be learnt; no fault was injected"
    if good < HEALTHY_ENOUGH * done:
        return (
            f"only {good / done:.1%} of {done} requests were answered well in `{first}`, "
            "before any fault; no fault was injected"
        )
    for name in dict.fromkeys(each.provider for each in experiment.injections):
        if sight.seen(name) == 0:
            hosts = experiment.provider(name).where
            return (
                f"the proxy saw no call to {name} ({hosts}) in the whole of `{first}`, "
                "so nothing would be hit; no fault was injected"
            )
        if sight.reached(name) == 0:
            return f"{unreached(experiment, sight, name)}; no fault was injected"
    return None
