"""Which edge each host is behind, as far as this worker knows; what it learns, the others are told."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from chaoskit.core.call import Headers
from chaoskit.core.edge import Clue, Clues, clues_in_headers, clues_in_names, learn
from chaoskit.core.experiment import Experiment
from chaoskit.core.written import Written
from chaoskit.proxy.appended import Appended

MOST = 10_000
"""Hosts about which something is remembered."""


class Fronts:
    """What is known about hosts, for an experiment that has an edge; without one, it does nothing.

    Every host that is behind an edge, and every clue, is a line of ``edges-<worker>.jsonl`` in ``folder``.
    The other workers read on in that file now and then, so that all of them end with the same.
    """

    def __init__(self, experiment: Experiment, folder: Path, worker: int) -> None:
        self._edges = experiment.edges
        self._fronting = tuple(each for each in experiment.providers if each.edge is not None)
        self._known: dict[str, Clues] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._seen: set[tuple[str, tuple[str, ...], str | None]] = set()
        self._lookups: dict[str, asyncio.Task[None]] = {}
        self._folder = folder
        self._own = folder / f"edges-{worker}.jsonl"
        self._file = Appended(self._own) if self._fronting else None
        self._read_to: dict[Path, int] = {}
        self.on_change: Callable[[str, tuple[str, ...]], None] = lambda host, groups: None  # noqa: ARG005 - nobody yet

    def groups(self, host: str) -> tuple[str, ...]:
        """Return the edges of the experiment that ``host`` is behind, in file order."""
        if not self._fronting:
            return ()
        name = host.rstrip(".").lower()
        found = self._groups.get(name)
        if found is None:
            self._learn(name, clues_in_names(self._edges, (name,), None))  # it may be an address itself
            found = self._match(name)
            if len(self._groups) < MOST:
                self._groups[name] = found
                if found:
                    self._tell(name, ())
        return found

    def see_headers(self, host: str, headers: Headers) -> None:
        """Learn from an answer that came from ``host``."""
        if self._fronting:
            self._learn(host, clues_in_headers(self._edges, headers))

    def see_names(self, host: str, addresses: Sequence[str], canonical: str | None = None) -> None:
        """Learn from what ``host`` was found to be."""
        if self._fronting:
            seen = host.rstrip(".").lower(), tuple(addresses), canonical
            if seen in self._seen:
                return
            if len(self._seen) < MOST:
                self._seen.add(seen)
            self._learn(host, clues_in_names(self._edges, addresses, canonical))

    def look_up(self, host: str) -> "asyncio.Task[None] | None":
        """Begin to find out where ``host`` is; None if that is known, or nobody wants to know.

        A host is known before it is connected to, so that all its connections take one lane.
        """
        name = host.rstrip(".").lower()
        if not self._fronting or (name not in self._lookups and len(self._lookups) >= MOST):
            return None
        found = self._lookups.get(name)
        if found is None:
            found = self._lookups[name] = asyncio.get_running_loop().create_task(_look_up(name))
        return None if found.done() else found

    def exchange(self) -> None:
        """Learn what other workers have learnt since the last time."""
        if self._file is None:
            return
        self._file.flush()
        for path in self._folder.glob("edges-*.jsonl"):
            if path == self._own:
                continue
            with path.open("rb") as file:
                file.seek(self._read_to.get(path, 0))
                text = file.read()
            whole = text.rpartition(b"\n")[0] + b"\n" if b"\n" in text else b""
            self._read_to[path] = self._read_to.get(path, 0) + len(whole)
            for line in whole.splitlines():
                host, clues = parsed(line)
                self._learn(host, clues)

    def close(self) -> dict[str, Written]:
        """Close the file, and look nothing up any more; return what was written."""
        for task in self._lookups.values():
            task.cancel()
        return {} if self._file is None else self._file.close()

    def _learn(self, host: str, more: Clues) -> None:
        name = host.rstrip(".").lower()
        known = self._known.get(name, ())
        after = learn(known, more)
        if after == known or (not known and len(self._known) >= MOST):
            return
        self._known[name] = after
        self._tell(name, [each for each in after if each not in known])
        before, found = self._groups.get(name), self._match(name)
        self._groups[name] = found
        if before is not None and before != found:
            self.on_change(name, found)

    def _match(self, name: str) -> tuple[str, ...]:
        known = self._known.get(name, ())
        return tuple(each.name for each in self._fronting if each.fronts(name, known) is not None)

    def _tell(self, name: str, clues: Sequence[Clue]) -> None:
        if self._file is not None:
            self._file.add(line_of(name, clues))


async def _look_up(host: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the lane will say so
        await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)  # which tells us


def line_of(host: str, clues: Sequence[Clue]) -> str:
    """Return a line of ``edges-*.jsonl``."""
    told = [[each.edge, each.how, each.what] for each in clues]
    return json.dumps({"host": host, "clues": told}, separators=(",", ":"))


def parsed(line: bytes) -> tuple[str, Clues]:
    """Return what a line of ``edges-*.jsonl`` says. ValueError, KeyError or TypeError where it is none."""
    row = json.loads(line)
    return str(row["host"]), tuple(Clue(str(edge), how, str(what)) for edge, how, what in row["clues"])
