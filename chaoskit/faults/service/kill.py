"""The service dies."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Ends, Scene, Steps

_SIGNALS = ("KILL", "TERM", "INT", "QUIT", "HUP", "ABRT", "SEGV", "USR1", "USR2")


@frozen(kw_only=True)
class Kill(Ends):
    """The container's first process gets a signal; if it ends, it stays down until the fault is over.

    ``signal``: ``KILL`` gives it no time to say goodbye, ``TERM`` does. The engine counts it as stopped by
    hand, so its restart policy does not start it.
    """

    on_open_connections: ClassVar[str] = "the kernel closes them (FIN, or RST where something was unread)"

    signal: str = "KILL"

    def __post_init__(self) -> None:
        if self.signal in ("STOP", "TSTP", "CONT"):
            raise ValueError(f"signal {self.signal} does not end a process; to freeze one use pause")
        if self.signal not in _SIGNALS:
            raise ValueError(f"signal must be one of {', '.join(_SIGNALS)}, got {self.signal!r}")

    def enter(self, scene: Scene) -> Steps:
        return (service.Send(self.signal),)
