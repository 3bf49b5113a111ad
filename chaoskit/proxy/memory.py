"""What all proxy workers remember between calls: a small file that each of them maps."""

import fcntl
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from struct import Struct

from chaoskit.core.actions import CallAction
from chaoskit.core.call import Call
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import STATE_SIZE

_SLOT = Struct(f"={1 + STATE_SIZE}d")


class SharedMemory:
    """For each injection, how many calls it was about and its fault's state.

    ``clock`` returns seconds into the run. One reading and writing holds a lock on the injection's
    slot, so that "the first ten" are ten however many workers there are.
    """

    def __init__(self, path: Path, injections: Sequence[Injection], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slots = {each.id: i * _SLOT.size for i, each in enumerate(injections)}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = max(1, len(injections)) * _SLOT.size
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        if os.fstat(self._file).st_size < size:
            os.ftruncate(self._file, size)  # a larger file keeps its numbers, new ones are 0
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._map = mmap.mmap(self._file, size)

    def count(self, injection: str) -> int:
        """Count one more call that ``injection`` is about; return how many there are now."""
        with self._locked(injection) as at:
            number, *state = _SLOT.unpack_from(self._map, at)
            _SLOT.pack_into(self._map, at, number + 1, *state)
        return int(number) + 1

    def fold(self, injection: Injection, call: Call) -> CallAction | None:
        """Apply the fault's ``step`` to the stored state and keep the new one."""
        with self._locked(injection.id) as at:
            number, *state = _SLOT.unpack_from(self._map, at)
            new, action = injection.fault.step(tuple(state), call, self._clock())
            padded = (*new, *(0.0,) * (STATE_SIZE - len(new)))
            _SLOT.pack_into(self._map, at, number, *padded)
        return action

    def settle(self, injection: Injection, call: Call, tokens: int) -> None:
        """Apply the fault's ``settle`` to the stored state and keep the new one."""
        with self._locked(injection.id) as at:
            number, *state = _SLOT.unpack_from(self._map, at)
            new = injection.fault.settle(tuple(state), call, tokens, self._clock())
            padded = (*new, *(0.0,) * (STATE_SIZE - len(new)))
            _SLOT.pack_into(self._map, at, number, *padded)

    def close(self) -> None:
        """Let go of the file; it stays for the other workers."""
        self._map.close()
        os.close(self._file)

    @contextmanager
    def _locked(self, injection: str) -> Iterator[int]:
        at = self._slots[injection]
        fcntl.lockf(self._file, fcntl.LOCK_EX, _SLOT.size, at)
        try:
            yield at
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _SLOT.size, at)
