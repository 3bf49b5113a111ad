"""What a run's record has lost since it was written. It is no proof against who changes it on purpose."""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chaoskit.core.experiment import Experiment
from chaoskit.core.written import REMEDY, Written, differences, heard
from chaoskit.load import schedule
from chaoskit.run.folder import EXPERIMENT_FILE, RUN_FILE

EVIDENCE = (
    "samples-*.bin",
    "samples-*.json",
    "calls-*.jsonl",
    "edges-*.jsonl",
    "services.jsonl",
    "users-*.jsonl",
    EXPERIMENT_FILE,
)
"""What a verdict rests on besides ``run.json``. One of these that no process told of does not belong here."""

AT_A_TIME = 1 << 18
EXACT = 500_000
"""Poisson arrivals up to which they are counted one by one: a draw takes some 3 us."""


def offered(experiment: Experiment) -> dict[str, int]:
    """Return how many arrivals were due in each phase; nothing for a closed model, which offers none."""
    if experiment.load.arrivals is None:
        return {}
    due = schedule.of(experiment)
    settle = experiment.load.settle
    return {each.name: due.offered(settle + each.start, settle + each.stop) for each in experiment.phases}


def written(file: Path) -> Written:
    """Return what a file holds. OSError if it cannot be read."""
    found, buffer = Written(), memoryview(bytearray(AT_A_TIME))
    with file.open("rb", buffering=0) as source:
        while size := source.readinto(buffer):
            found = found.plus(buffer[:size])
    return found


def problems(path: Path, facts: Mapping[str, Any], experiment: Experiment) -> Iterator[str]:
    """Yield a sentence for everything that is not in the folder ``path`` as the run has left it."""
    told = facts["files"]
    if not told:
        yield (
            f"{RUN_FILE} does not say what was written into the files of the record (`files`): it has lost "
            "that, or an older version of chaoskit made it; run again"
        )
        return
    files = {name: each for name, said in told.items() if (each := heard(said)) is not None}
    yield from (f"{RUN_FILE}: `files` says nothing of {name}: {REMEDY}" for name in told if name not in files)
    for kind, least in _expected(facts, experiment):
        count = sum(Path(name).match(kind) for name in files)
        if count < least:
            yield f"{RUN_FILE}: `files` has {count} of {least} that are called {kind}: {REMEDY}"
    there = {file.name for kind in EVIDENCE for file in path.glob(kind)}
    yield from differences(files, {name: written(path / name) for name in there})
    yield from _other_arrivals(facts["offered"], experiment)


def of_experiment(facts: Mapping[str, Any], text: str) -> Iterator[str]:
    """Yield what is wrong with the experiment's text, where it is not the one that was run."""
    told = heard(facts["files"].get(EXPERIMENT_FILE))
    if told is not None:
        yield from differences({EXPERIMENT_FILE: told}, {EXPERIMENT_FILE: Written().plus(text.encode())})


def _expected(facts: Mapping[str, Any], experiment: Experiment) -> Iterator[tuple[str, int]]:
    workers, processes = facts["workers"], experiment.load.processes
    yield EXPERIMENT_FILE, 1
    yield "calls-*.jsonl", workers
    yield "samples-*.bin", processes
    yield "samples-*.json", processes
    if any(each.edge is not None for each in experiment.providers):
        yield "edges-*.jsonl", workers
    if experiment.service_injections:
        yield "services.jsonl", 1


def _other_arrivals(told: Mapping[str, int], experiment: Experiment) -> Iterator[str]:
    load = experiment.load
    arrivals = (load.arrivals or 0.0) * (load.settle + experiment.length)
    if load.process == "poisson" and arrivals > EXACT:
        # six standard deviations: less than one in a hundred million runs is farther off by chance
        for phase in experiment.phases:
            mean = (load.arrivals or 0.0) * phase.length
            if abs(told.get(phase.name, 0) - mean) > 6 * math.sqrt(mean):
                yield f"{RUN_FILE}: `offered` cannot be {told.get(phase.name)} in {phase.name}: {REMEDY}"
        return
    due = offered(experiment)
    if dict(told) != due:
        yield f"{RUN_FILE}: `offered` is {dict(told)}, and the schedule of the file has {due}: {REMEDY}"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_event(value: object) -> bool:
    match value:
        case [t, str()]:
            return t is None or _is_number(t)
        case _:
            return False


def _are_stretches(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list) and len(each) == 2 and all(map(_is_number, each)) for each in value
    )


_FACTS: Mapping[str, tuple[Callable[[Any], bool], Any]] = {
    "workers": (lambda it: _is_count(it) and it > 0, 1),
    "why": (lambda it: isinstance(it, str), ""),
    "t0": (lambda it: it is None or (_is_number(it) and it >= 0), None),
    "events": (lambda it: isinstance(it, list) and all(map(_is_event, it)), []),
    "problems": (lambda it: isinstance(it, list) and all(isinstance(each, str) for each in it), []),
    "proxy_lag": (lambda it: _is_number(it) and it >= 0, 0.0),
    "late": (lambda it: isinstance(it, dict) and all(map(_are_stretches, it.values())), {}),
    "offered": (lambda it: isinstance(it, dict) and all(map(_is_count, it.values())), {}),
    "files": (lambda it: isinstance(it, dict), {}),
    "probes": (lambda it: isinstance(it, list), []),
}
"""What ``run.json`` has of every run that has ended: how it must look, and what is taken in its place."""


def sound(facts: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the facts with nothing missing, and a sentence for each that was missing or impossible.

    Of a run that has not ended (its controller was killed) nothing is missing: it says that it is running.
    """
    whole, lost = dict(facts), list[str]()
    has_ended = facts.get("outcome") != "running"
    for name, (is_right, otherwise) in _FACTS.items():
        if name in facts and is_right(facts[name]):
            continue
        whole[name] = otherwise
        if name in facts:
            lost.append(f"{RUN_FILE}: `{name}` cannot be {_short(facts[name])}: {REMEDY}")
        elif has_ended and name != "files":  # of which more is said below
            lost.append(f"{RUN_FILE}: `{name}` is missing: {REMEDY}")
    return whole, tuple(lost)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
