"""What processes say once they were told to stop: the run is over, and its record needs to know."""

import contextlib
import queue
from collections.abc import Iterable
from typing import Any

from chaoskit.run.child import Line, Queue
from chaoskit.run.loads import Loads
from chaoskit.run.proxies import Proxies


def last_words(mailbox: Queue, closed: dict[str, Any], parts: Iterable[Proxies | Loads]) -> None:
    """Take what still waits once all processes have ended: what they wrote, and how late they were."""
    with contextlib.suppress(queue.Empty):
        while True:
            match mailbox.get_nowait():
                case Line(_, {"closed": dict(files)}):
                    closed.update(files)
                case Line(name, {"seen": _} | {"unkept": _}) as message:
                    for part in parts:
                        if part.owns(name):
                            list(part.hear(message))
                case _:
                    pass
