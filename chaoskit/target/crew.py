"""Slow work, done one piece after the other for each container, and side by side for several."""

import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Crew:
    """A thread for each key. What a piece of work raises goes to standard error."""

    _queues: dict[str, "queue.SimpleQueue[Callable[[], None]]"] = field(default_factory=dict)
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, key: str, work: Callable[[], None]) -> None:
        """Have a piece of work done after those with the same key."""
        with self._lock:
            self._open += 1
            if key not in self._queues:
                self._queues[key] = queue.SimpleQueue()
                threading.Thread(target=self._toil, args=(self._queues[key],), name=key, daemon=True).start()
            self._queues[key].put(work)

    def is_idle(self) -> bool:
        """Tell whether all is done."""
        with self._lock:
            return self._open == 0

    def _toil(self, works: "queue.SimpleQueue[Callable[[], None]]") -> None:
        while True:
            work = works.get()
            try:
                work()
            except Exception:  # noqa: BLE001 - a bug in one piece must not keep the others from being taken back
                traceback.print_exc()
            finally:
                with self._lock:
                    self._open -= 1
