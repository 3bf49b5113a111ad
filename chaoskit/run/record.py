"""A run's folder back into evidence: the same from a run that just ended and from an old one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from chaoskit import spec
from chaoskit.core.diagnostic import RecordError, SpecError
from chaoskit.core.experiment import Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.late import Late
from chaoskit.core.samples import RECORD
from chaoskit.core.written import REMEDY
from chaoskit.run import clients, fronts, load_users, loss
from chaoskit.run.folder import EXPERIMENT_FILE, RUN_FILE, whole_lines
from chaoskit.slos.columns import Shard, columns
from chaoskit.slos.evidence import Attempt, Carried, Deed, Evidence, ProbeRequest

PIECE = 1 << 18
"""How many samples are read at a time."""


@frozen
class Record:
    """What a folder holds: the controller's facts, the experiment, and its text."""

    path: Path
    facts: Mapping[str, Any]
    experiment: Experiment
    text: str
    lost: tuple[str, ...] = ()  # what ``run.json`` should say and does not


def read(path: Path) -> Record:
    """Read a run's folder. RecordError if it is none; SpecError if its experiment no longer parses."""
    try:
        facts = json.loads((path / RUN_FILE).read_text(encoding="utf-8"))
        text = (path / EXPERIMENT_FILE).read_text(encoding="utf-8")
        name, changes, seed = facts["file"], tuple(facts["changes"]), int(facts["seed"])
        facts, lost = loss.sound(facts)
    except NotADirectoryError:
        raise RecordError(f"{path}: expected a run's folder, got a file") from None
    except FileNotFoundError as error:
        what = Path(str(error.filename)).name
        raise RecordError(f"{path}: expected a run's folder, but there is no {what} in it") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}/{RUN_FILE}: cannot be read ({error})") from error
    try:
        experiment = spec.load(name, text, changes, seed)
    except SpecError:
        for difference in loss.of_experiment(facts, text):
            raise RecordError(f"{path}: {difference}") from None
        raise
    return Record(path, facts, experiment, text, lost)


def evidence(record: Record) -> Evidence:
    """Gather everything that a verdict rests on. What is missing, or cannot be read, is a problem of it."""
    facts, path, t0 = record.facts, record.path, record.facts["t0"]
    problems = [*record.lost, *facts["problems"]]
    if t0 is None:
        return Evidence(
            experiment=record.experiment,
            samples={},
            attempts=(),
            offered={},
            problems=(*problems, facts["why"] or "the run did not begin"),
        )
    if facts.get("outcome") != "judged":
        problems.append(facts["why"] or "the run did not end by itself")
    try:
        problems += loss.problems(path, facts, record.experiment)
    except OSError as error:
        problems.append(f"{error.filename}: {error.strerror}")
    lines = _read(_lines(path, t0), problems)
    deeds = _read(_deeds(path, t0), problems)
    users = _users(path, t0, problems)
    return Evidence(
        experiment=record.experiment,
        samples=columns(_read(_shards(path), problems), round(t0 * 1e6)),
        attempts=_in_order(each for each in lines if isinstance(each, Attempt)),
        carried=_in_order(each for each in lines if isinstance(each, Carried)),
        offered=facts["offered"],
        notes=(*_read(fronts.notes(record.experiment, path), problems), *users.notes),
        problems=tuple(problems),
        deeds=_in_order(deeds),
        probes=tuple(_read(_probes(record, t0), problems)),
        occupied=users.occupied,
        most_users=users.most,
        late=tuple(
            Late(worker, start - t0, stop - t0)
            for worker, stretches in facts["late"].items()
            for start, stop in stretches
        ),
        suspects=clients.suspects(record.experiment, facts.get("runtime")),
    )


def _read[T](parts: Iterable[T], problems: list[str]) -> list[T]:
    """Return all that can be read of ``parts``; where that ends, and why, is added to ``problems``."""
    found: list[T] = []
    try:
        found.extend(parts)
    except RecordError as error:
        problems.append(f"{error}: {REMEDY}")
    return found


def _users(path: Path, t0: float, problems: list[str]) -> load_users.LoadUsers:
    try:
        return load_users.read(path, t0)
    except RecordError as error:
        problems.append(f"{error}: {REMEDY}")
        return load_users.LoadUsers()


def _in_order[T: (Attempt, Carried, Deed)](some: Iterable[T]) -> tuple[T, ...]:
    return tuple(sorted(some, key=lambda one: one.t))


def _probes(record: Record, t0: float) -> Iterator[ProbeRequest]:
    for row in record.facts.get("probes", ()):
        try:
            yield ProbeRequest(
                endpoint=str(row["endpoint"]),
                is_last=bool(row["last"]),
                trace=int(str(row["trace"])[:16] or "0", 16),
                begun=float(row["begun"]) - t0,
                ended=float(row["ended"]) - t0,
                answer=str(row["answer"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{record.path}/{RUN_FILE}: not a record of a probe ({error})") from error


def _deeds(path: Path, t0: float) -> Iterator[Deed]:
    file = path / "services.jsonl"
    if not file.exists():
        return
    for number, line in whole_lines(file):
        try:
            did = json.loads(line)["did"]
            if did["what"] in ("entered", "left", "failed"):
                yield _deed(did, t0)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{file.name}:{number}: not a record of a deed ({error})") from error


def _deed(did: Mapping[str, Any], t0: float) -> Deed:
    evidence = dict(did.get("evidence") or {})
    packets = evidence.get("packets")
    return Deed(
        t=float(did["t"]) - t0,
        injection=str(did["injection"]),
        container=str(did["container"]),
        what=did["what"],
        why=str(did.get("why") or "; ".join(did.get("differs") or ())),
        seen=", ".join(f"{name} {_plain(value)}" for name, value in evidence.items()),
        packets=None if packets is None else int(packets),
        restored=did.get("restored"),
    )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _shards(path: Path) -> Iterator[Shard]:
    for shard in sorted(path.glob("samples-*.bin")):
        side = shard.with_suffix(".json")
        try:
            names = tuple(json.loads(side.read_text(encoding="utf-8"))["names"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{side.name}: cannot be read ({_why(error)})") from error
        yield Shard(_pieces(shard), names)


def _why(error: Exception) -> str:
    """Say what is wrong without the folder's path, which is not part of a record."""
    return (error.strerror or "") if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def _pieces(file: Path) -> Iterator[memoryview]:
    """Yield a file in pieces of whole records, all in the same memory."""
    buffer = memoryview(bytearray(PIECE * RECORD.size))
    with file.open("rb") as source:
        while size := source.readinto(buffer):
            yield buffer[:size]


def _lines(path: Path, t0: float) -> Iterator[Attempt | Carried]:
    for file in sorted(path.glob("calls-*.jsonl")):
        for number, line in whole_lines(file):
            try:
                row = json.loads(line)
                yield _carried(row, t0) if "carried" in row else _attempt(row, t0)
            except (ValueError, KeyError, TypeError) as error:
                raise RecordError(f"{file.name}:{number}: not a record of a call ({error})") from error


def _carried(row: Mapping[str, Any], t0: float) -> Carried:
    return Carried(
        t=float(row["since"]) - t0,
        until=float(row["t"]) - t0,
        provider=str(row["provider"]),
        turns=int(row["carried"]),
        connections=int(row["on"]),
        groups=tuple(row.get("groups", ())),
        eligible=tuple(row.get("eligible", ())),
    )


def _attempt(row: Mapping[str, Any], t0: float) -> Attempt:
    hits = tuple((str(injection), str(action)) for injection, action in row["hits"])
    question = row.get("question")
    what = f"{row.get('method', '')} {row.get('path', '')}".strip() or f"connection to {row.get('host', '')}"
    if question is not None:
        what = f"DNS question {question} {row.get('host', '')}"
    return Attempt(
        t=float(row["t"]) - t0,
        provider=str(row["provider"]),
        is_call=bool(row["call"]),
        has_calls=bool(row.get("has_calls")),
        identity=str(row.get("id", "")),
        identified_by=str(row.get("by", "")),
        eligible=tuple(row.get("eligible", ())),
        drawn=tuple(row.get("drawn", ())),
        hits=tuple(injection for injection, _ in hits),
        asked=float(row.get("asked") or 0.0),
        waited=float(row.get("waited") or 0.0),
        text=f"{what}: {', '.join(action for _, action in hits)}" if hits else what,
        is_question=question is not None,
        groups=tuple(row.get("groups", ())),
        turns=int(row["turns"]) if "turns" in row else None,
        last=None if row.get("last") is None else float(row["last"]) - t0,
        has_left=bool(row.get("left")),
    )
