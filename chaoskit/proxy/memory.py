"""What all proxy workers remember between calls: a small file that each of them maps."""

import fcntl
import mmap
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from struct import Struct

from chaoskit.core.actions import CallAction
from chaoskit.core.call import Call
from chaoskit.core.fault import STATE_SIZE, State, has_keys
from chaoskit.core.injection import Injection

_SLOT = Struct(f"={1 + STATE_SIZE}d")
_NUMBER = Struct("=d")  # the first of a slot
_ENTRY = Struct(f"=Qd{STATE_SIZE}d")
"""A key's hash (0: free), when it was last used, its state."""
_MARK = Struct("=Qd")  # the first two of an entry
WAYS = 16
SETS = 1024
_TABLE = SETS * WAYS * _ENTRY.size


@dataclass(slots=True)
class _Held:
    """A state that is being changed, ``now`` seconds after its injection began."""

    state: State
    now: float


class SharedMemory:
    """For each injection, how many calls it was about and its fault's state.

    ``clock`` returns seconds into the run. One reading and writing holds a lock on the injection's
    slot, so that "the first ten" are ten however many workers there are.

    A fault that keeps keys apart has a table of them too, after all slots: a hash of the key chooses a set of
    places in it, and where all of these are taken the key that was idle longest is forgotten. Four thousand
    keys in use at once fit (one set overflows with a chance of about 1 in 1,000). The file has holes: what is
    not used takes no room. Keys may be secrets, and only their hashes are kept.
    """

    def __init__(self, path: Path, injections: Sequence[Injection], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._slots = {each.id: i * _SLOT.size for i, each in enumerate(injections)}
        size = max(1, len(injections)) * _SLOT.size
        self._tables: dict[str, int] = {}
        for each in injections:
            if has_keys(each.fault):
                self._tables[each.id] = size
                size += _TABLE
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        if os.fstat(self._file).st_size < size:
            os.ftruncate(self._file, size)  # a larger file keeps its numbers, new ones are 0
        fcntl.lockf(self._file, fcntl.LOCK_UN)
        self._map = mmap.mmap(self._file, size)

    def count(self, injection: str) -> int:
        """Count one more call that ``injection`` is about; return how many there are now."""
        with self._locked(injection) as at:
            (number,) = _NUMBER.unpack_from(self._map, at)
            _NUMBER.pack_into(self._map, at, number + 1)
        return int(number) + 1

    def fold(self, injection: Injection, call: Call) -> CallAction | None:
        """Apply the fault's ``step`` to the stored state and keep the new one."""
        fault = injection.fault
        with self._state(injection, fault.key_of(call)) as held:
            held.state, action = fault.step(held.state, call, held.now)
        return action

    def settle(self, injection: Injection, call: Call, tokens: int) -> None:
        """Apply the fault's ``settle`` to the stored state and keep the new one."""
        fault = injection.fault
        with self._state(injection, fault.key_of(call)) as held:
            held.state = fault.settle(held.state, call, tokens, held.now)

    @contextmanager
    def _state(self, injection: Injection, key: str | None) -> "Iterator[_Held]":
        """Lend the state of a key, under the injection's lock; what it is afterwards is kept."""
        with self._locked(injection.id) as slot:
            # read under the lock: a clock read before it would run backwards between workers
            now = self._clock() - injection.start
            if key is None:
                number, *state = _SLOT.unpack_from(self._map, slot)
                held = _Held(tuple(state), now)
                yield held
                _SLOT.pack_into(self._map, slot, number, *_padded(held.state))
                return
            mark = _hash(key)
            at = self._place(self._tables[injection.id], mark)
            other, _, *state = _ENTRY.unpack_from(self._map, at)
            held = _Held(tuple(state) if other == mark else (0.0,) * STATE_SIZE, now)
            yield held
            _ENTRY.pack_into(self._map, at, mark, now, *_padded(held.state))

    def close(self) -> None:
        """Let go of the file; it stays for the other workers."""
        self._map.close()
        os.close(self._file)

    def _place(self, table: int, mark: int) -> int:
        """Return where the key is, or else where it is to be put."""
        first = table + mark % SETS * WAYS * _ENTRY.size
        oldest, best = float("inf"), first
        for at in range(first, first + WAYS * _ENTRY.size, _ENTRY.size):
            other, used = _MARK.unpack_from(self._map, at)
            if other in (mark, 0):  # places are never freed: what follows a free one is free too
                return at
            if used < oldest:
                oldest, best = used, at
        return best

    @contextmanager
    def _locked(self, injection: str) -> Iterator[int]:
        at = self._slots[injection]
        fcntl.lockf(self._file, fcntl.LOCK_EX, _SLOT.size, at)
        try:
            yield at
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _SLOT.size, at)


def _padded(state: State) -> State:
    return (*state, *(0.0,) * (STATE_SIZE - len(state)))


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(errors="surrogateescape"), digest_size=8).digest()) or 1
