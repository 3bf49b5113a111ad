"""What a run's proxy found out about edges: which hosts are behind them, and by what that is known."""

from collections.abc import Iterator
from pathlib import Path

from chaoskit.core.diagnostic import RecordError
from chaoskit.core.edge import Clues, learn
from chaoskit.core.experiment import Experiment
from chaoskit.proxy.fronts import parsed
from chaoskit.run.folder import whole_lines

MOST = 30
"""Hosts that are named; of more, the number is told."""


def notes(experiment: Experiment, path: Path) -> Iterator[str]:
    """Yield a sentence for each edge: the hosts that were seen behind it. RecordError on damage."""
    if not experiment.edges:
        return
    known = clues(path)
    for each in experiment.providers:
        if each.edge is None:
            continue
        hosts = [
            f"{host} ({clue})"
            for host, about in sorted(known.items())
            if (clue := each.fronts(host, about)) is not None
        ]
        more = f" and {len(hosts) - MOST} more" if len(hosts) > MOST else ""
        named = ", ".join(hosts[:MOST]) or "none was seen"
        yield f"hosts behind {each.edge.title} ({each.name}): {named}{more}"


def clues(path: Path) -> dict[str, Clues]:
    """Return what all workers learnt about each host that concerns an edge."""
    known: dict[str, Clues] = {}
    for file in sorted(path.glob("edges-*.jsonl")):
        for number, line in whole_lines(file):
            try:
                host, told = parsed(line)
            except (ValueError, KeyError, TypeError) as error:
                raise RecordError(f"{file.name}:{number}: not about a host ({error})") from error
            known[host] = learn(known.get(host, ()), told)
    return known
