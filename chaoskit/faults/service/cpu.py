"""The service is starved of processor time."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Limits, Scene, ServiceError, ServiceFault, Steps

_PERIOD = 100_000


@frozen(kw_only=True)
class Cpu(ServiceFault):
    """All processes of the container together get a part of one core, or some cores.

    ``cores``: for example ``0.1``; at least 0.01.
    """

    on_open_connections: ClassVar[str] = "they stay open and get slow"
    leaves: ClassVar[str] = (
        "nothing that acts; where there was no limit, the engine goes on showing a quota of -1"
    )

    cores: float

    def __post_init__(self) -> None:
        if not 0.01 <= self.cores <= 1024:
            raise ValueError(f"cores must be 0.01 to 1024, got {self.cores:g}")

    def enter(self, scene: Scene) -> Steps:
        limits = scene.victim.limits
        has = _cores(limits)
        if has is not None and has <= self.cores:
            raise ServiceError(f"it has {has:g} cores already, so a limit of {self.cores:g} changes nothing")
        if limits.nano_cpus:
            return (service.SetCpu(nano=round(self.cores * 1e9)),)
        period = limits.cpu_period or _PERIOD
        return (service.SetCpu(period, max(1000, round(period * self.cores))),)

    def leave(self, scene: Scene) -> Steps:
        limits = scene.victim.limits
        if limits.nano_cpus:
            return (service.SetCpu(nano=limits.nano_cpus),)
        # 0 would be taken for "leave it as it is"
        return (service.SetCpu(limits.cpu_period or _PERIOD, limits.cpu_quota or -1),)


def _cores(limits: Limits) -> float | None:
    if limits.nano_cpus:
        return limits.nano_cpus / 1e9
    return limits.cpu_quota / (limits.cpu_period or _PERIOD) if limits.cpu_quota > 0 else None
