"""Waits as precise as the kernel's: those of asyncio are up to a millisecond late, as any delay would be."""

import select
import selectors
import sys

NEAR = 0.002
"""Seconds: a wait that is shorter is left to select, which counts in microseconds, where epoll does in
milliseconds, and rounds up."""

_MOST = 1024
"""The first file that select cannot take (FD_SETSIZE)."""

if sys.platform == "linux":

    class Precise(selectors.EpollSelector):
        """An epoll that returns before a wait is over rather than after; the loop then waits for the rest."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait for a file to be ready, or for ``timeout`` seconds at the most."""
            if timeout is None or timeout <= 0:
                return super().select(timeout)
            if timeout >= NEAR or self.fileno() >= _MOST:
                return super().select(coarse(timeout))
            # an epoll is a file itself, ready when one of its own is
            select.select((self.fileno(),), (), (), timeout)
            return super().select(0)


def selector() -> selectors.BaseSelector:
    """Return what a loop is to wait with; elsewhere than on Linux, what Python takes is precise by itself."""
    return Precise() if sys.platform == "linux" else selectors.DefaultSelector()


def coarse(timeout: float) -> float:
    """Return a wait, in seconds, that is no longer than ``timeout`` when it is rounded up to milliseconds."""
    return max(0.0005, timeout - 0.001)
