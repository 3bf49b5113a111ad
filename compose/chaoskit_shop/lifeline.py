"""End this process when the one that started it is gone, however it went.

The parent holds the other end of our standard input and never writes. A parent that dies by ``kill -9``
closes it all the same, which no exit handler could promise.
"""

import os
import sys
import threading


def hold() -> None:
    """End at once when standard input closes. Call it only when the parent keeps a pipe there."""
    threading.Thread(target=_end_with_the_parent, args=(sys.stdin.fileno(),), daemon=True).start()


def _end_with_the_parent(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    # Not sys.exit: that would end this thread alone, and a request that hangs would keep the rest.
    os._exit(0)
