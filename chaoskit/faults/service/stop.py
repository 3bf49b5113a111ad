"""The service is shut down in good order."""

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import EndsInOrder, Scene, Steps


@frozen(kw_only=True)
class Stop(EndsInOrder):
    """The container is asked to end (TERM, or its own stop signal), and is down until the fault is over.

    ``grace``: how long it may take; then it is killed.
    """

    def enter(self, scene: Scene) -> Steps:
        return (service.Stop(self.grace),)
