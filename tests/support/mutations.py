"""Ways to break the evidence of a recorded pass, one source of it at a time; none of them may still pass.

``sealed`` ones change what a process would have reported, and what it told of its files as well: only the
judgement itself can notice. The others lose or mix parts of the record behind its back.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chaoskit.core.samples import CAUSES, FIELDS, Flag
from chaoskit.run.loss import written
from chaoskit.run.record import evidence, read

DTYPE = np.dtype(list(FIELDS))
FAULT = (3.0, 7.0)
"""When the fault is on, in seconds of the run."""


@dataclass(frozen=True)
class Mutation:
    """One way to break a record."""

    name: str
    change: Callable[[Path], None]
    is_sealed: bool = True

    def apply(self, path: Path) -> None:
        """Change the record in ``path``, and reseal it where the mutation is a sealed one."""
        self.change(path)
        if self.is_sealed:
            reseal(path)


def reseal(path: Path) -> None:
    """Let ``run.json`` say of each file what it holds now."""
    facts = json.loads((path / "run.json").read_text())
    facts["files"] = {name: written(path / name).told() for name in facts["files"]}
    (path / "run.json").write_text(json.dumps(facts))


def lines(path: Path) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    for file in sorted(path.glob("calls-*.jsonl")):
        yield file, [json.loads(line) for line in file.read_text().splitlines()]


def each_call(path: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Change each line of a call; None leaves it out."""
    for file, rows in lines(path):
        kept = [row if "carried" in row else change(row) for row in rows]
        file.write_text("".join(json.dumps(row) + "\n" for row in kept if row is not None))


def each_sample(path: Path, change: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> None:
    """Change the samples of each file; ``change`` gets them, and when each was due in the run."""
    t0 = json.loads((path / "run.json").read_text())["t0"]
    for file in sorted(path.glob("samples-*.bin")):
        rows = np.fromfile(file, dtype=DTYPE)
        change(rows, rows["intended_us"] / 1e6 - t0).tofile(file)


def change_facts(path: Path, **changes: Any) -> None:
    facts = json.loads((path / "run.json").read_text())
    (path / "run.json").write_text(json.dumps({**facts, **changes}))


def change_text(path: Path, before: str, after: str) -> None:
    file = path / "experiment.yaml"
    text = file.read_text()
    assert before in text, before
    file.write_text(text.replace(before, after))


def bare(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "hits": [], "drawn": [], "eligible": []}


def no_hits(path: Path) -> None:
    each_call(path, bare)


def drawn_without_effect(path: Path) -> None:
    each_call(path, lambda row: {**row, "hits": []})


def hits_of_another_provider(path: Path) -> None:
    each_call(path, lambda row: {**row, "provider": "other"} if row["hits"] else row)


def hits_of_callers_that_had_left(path: Path) -> None:
    each_call(path, lambda row: {**row, "t": row["t"] + 1.5} if row["hits"] else row)


def calls_of_one_endpoint_missing(path: Path) -> None:
    own = {f"{trace:016x}" for trace in evidence(read(path)).samples["two"].trace.tolist()}
    each_call(path, lambda row: None if row["id"][:16] in own else row)


def calls_of_one_endpoint_missing_in_the_fault(path: Path) -> None:
    found = evidence(read(path)).samples["two"].within(*FAULT)
    own = {f"{trace:016x}" for trace in found.trace.tolist()}
    each_call(path, lambda row: None if row["id"][:16] in own else row)


def traces_of_somebody_else(path: Path) -> None:
    """The service begins traces of its own, and nobody was sent alone."""
    each_call(path, lambda row: {**row, "id": "f" * 32 + row["id"][32:]})
    change_facts(path, probes=[])


def most_samples_missing(path: Path) -> None:
    each_sample(path, lambda rows, _: rows[::2])


def samples_of_the_fault_missing(path: Path) -> None:
    each_sample(path, lambda rows, due: rows[(due < FAULT[0]) | (due >= FAULT[1])])


def arrivals_not_sent(path: Path) -> None:
    def change(rows: np.ndarray, due: np.ndarray) -> np.ndarray:
        during = (due >= FAULT[0]) & (due < FAULT[1])
        rows["flags"][during] = Flag.SATURATED
        rows["cause"][during] = CAUSES.index("not sent")
        return rows

    each_sample(path, change)


def late_load(path: Path) -> None:
    def change(rows: np.ndarray, _: np.ndarray) -> np.ndarray:
        rows["delay_us"] = 300_000
        return rows

    each_sample(path, change)


def lose_probes(path: Path) -> None:
    change_facts(path, probes=[])
    each_call(path, lambda row: {**row, "by": "order", "id": row["id"][33:]})


def swap(path: Path, one: str, other: str) -> None:
    first, second = (path / one).read_bytes(), (path / other).read_bytes()
    (path / one).write_bytes(second)
    (path / other).write_bytes(first)


def names_swapped(path: Path) -> None:
    (file,) = path.glob("samples-*.json")
    told = json.loads(file.read_text())
    file.write_text(json.dumps({**told, "names": told["names"][::-1]}))


def files_swapped(path: Path) -> None:
    (samples,) = path.glob("samples-*.bin")
    swap(path, samples.name, "calls-0.jsonl")


def one_line_doubled(path: Path) -> None:
    file = path / "calls-0.jsonl"
    first, *rest = file.read_text().splitlines(keepends=True)
    file.write_text("".join([first, first, *rest]))


def cut(path: Path, pattern: str) -> None:
    (file,) = path.glob(pattern)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])


MUTATIONS = (
    Mutation("no hits", no_hits),
    Mutation("drawn, but without effect", drawn_without_effect),
    Mutation("hits of another provider", hits_of_another_provider),
    Mutation("hits of callers that had left", hits_of_callers_that_had_left),
    Mutation("one endpoint's calls missing", calls_of_one_endpoint_missing),
    Mutation("one endpoint's calls missing in the fault", calls_of_one_endpoint_missing_in_the_fault),
    Mutation("neither traces nor probes", lose_probes),
    Mutation("traces of somebody else, and no probes", traces_of_somebody_else),
    Mutation("half of the samples missing", most_samples_missing),
    Mutation("samples of the fault missing", samples_of_the_fault_missing),
    Mutation("arrivals not sent", arrivals_not_sent),
    Mutation("late load", late_load),
    Mutation("objective outside the window", lambda p: change_text(p, "in: fault,", "in: recovery,")),
    Mutation("diluted window", lambda p: change_text(p, "during: fault", "during: {from: fault, for: 60ms}")),
    Mutation(
        "dead worker",
        lambda p: change_facts(p, outcome="crashed", why="proxy-0: ended with status 137"),
    ),
    Mutation("expired lease", lambda p: change_facts(p, problems=["proxy-0: the lease expired"])),
    Mutation("the controller was killed", lambda p: change_facts(p, outcome="running")),
    Mutation("names swapped", names_swapped, is_sealed=False),
    Mutation("two files swapped", files_swapped, is_sealed=False),
    Mutation("one line doubled", one_line_doubled, is_sealed=False),
    Mutation("the calls cut", lambda p: cut(p, "calls-*.jsonl"), is_sealed=False),
    Mutation("the samples cut", lambda p: cut(p, "samples-*.bin"), is_sealed=False),
    Mutation("the experiment softened", lambda p: change_text(p, ">= 80%", ">= 10%"), is_sealed=False),
)
