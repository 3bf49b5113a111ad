"""The service is restarted."""

from dataclasses import dataclass

from chaoskit.core import service
from chaoskit.core.service import EndsInOrder, Scene, Steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart(EndsInOrder):
    """The container stops and starts again, once, when the fault begins.

    ``grace``: how long it may take to end; then it is killed.
    """

    def enter(self, scene: Scene) -> Steps:
        return (service.Restart(self.grace),)
