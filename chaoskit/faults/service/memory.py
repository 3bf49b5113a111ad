"""The service has too little memory."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceError, ServiceFault, Steps
from chaoskit.core.units import Bytes

_LEAST = 6 * 2**20
_UNLIMITED = 2**60
"""The engine takes 0 for "leave it as it is", and refuses -1."""


@frozen(kw_only=True)
class Memory(ServiceFault):
    """The container may use no more than so much memory, swap included; the kernel kills what needs more.

    ``limit``: for example ``64MB``; at least 6MiB. What is in use already must fit, else the engine refuses.
    """

    on_open_connections: ClassVar[str] = "they stay open, until the process that has them is killed"
    leaves: ClassVar[str] = (
        "what the kernel has killed stays killed, unless the container has a restart policy; without a limit "
        "before, the engine goes on showing one of 2**60 bytes"
    )

    limit: Bytes

    def __post_init__(self) -> None:
        if self.limit < _LEAST:
            raise ValueError(f"limit must be at least 6MiB, got {self.limit}B")

    def enter(self, scene: Scene) -> Steps:
        has = scene.victim.limits.memory
        if 0 < has <= self.limit:
            raise ServiceError(f"it may use {has} bytes already, so a limit of {self.limit} changes nothing")
        return (service.SetMemory(self.limit, self.limit),)

    def leave(self, scene: Scene) -> Steps:
        limits = scene.victim.limits
        if not limits.memory:
            return (service.SetMemory(_UNLIMITED, _UNLIMITED),)
        # without a limit of its own, swap may be as large as memory
        return (service.SetMemory(limits.memory, limits.memory_swap or 2 * limits.memory),)
