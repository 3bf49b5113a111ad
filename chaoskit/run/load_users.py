"""What the load processes said of a locustfile: what its users were doing, and what else is to be known."""

import json
from collections import Counter
from pathlib import Path

from chaoskit.core.diagnostic import RecordError
from chaoskit.core.frozen import frozen
from chaoskit.run.folder import whole_lines
from chaoskit.slos.evidence import Occupied


@frozen(kw_only=True)
class LoadUsers:
    """Of all processes. ``most`` is None where there is no locustfile."""

    occupied: tuple[Occupied, ...] = ()
    most: int | None = None
    notes: tuple[str, ...] = ()


def read(path: Path, t0: float) -> LoadUsers:
    """Read ``users-<process>.jsonl``; RecordError where a line is damaged."""
    occupied: list[Occupied] = []
    most: list[int] = []
    notes: Counter[str] = Counter()
    for file in sorted(path.glob("users-*.jsonl")):
        users = 0
        for number, line in whole_lines(file):
            try:
                row = json.loads(line)
                if "note" in row:
                    notes[str(row["note"])] += int(row.get("times", 1))
                    continue
                users = max(users, int(row["users"]))
                occupied.append(
                    Occupied(
                        t=float(row["t"]) - t0,
                        thinking=float(row["thinking"]),
                        waiting=float(row["waiting"]),
                        idle=float(row["idle"]),
                    )
                )
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise RecordError(f"{file}:{number}: not what a load process writes ({error})") from error
        most.append(users)
    occupied.sort(key=lambda stretch: stretch.t)
    return LoadUsers(
        occupied=tuple(occupied),
        most=sum(most) or None,
        notes=tuple(f"{text} ({count} times)" if count > 1 else text for text, count in notes.items()),
    )
