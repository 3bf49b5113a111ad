"""The service is restarted."""

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import EndsInOrder, Scene, Steps


@frozen(kw_only=True)
class Restart(EndsInOrder):
    """The container stops and starts again, once, when the fault begins.

    ``grace``: how long it may take to end; then it is killed.
    """

    def enter(self, scene: Scene) -> Steps:
        return (service.Restart(self.grace),)
