"""Listen to the engine: which containers have begun a new life."""

import time
from collections.abc import Callable

from chaoskit.target.engine import Engine, EngineError, asking

_FILTER = {"type": "container", "event": "start"}


def starts(engine: Engine, tell: Callable[[str], None]) -> None:
    """Call ``tell`` with the id of each container that starts, for ever."""
    while True:
        try:
            with asking("cannot listen to the engine"):
                for event in engine.client.api.events(decode=True, filters=_FILTER):
                    tell(str(event["id"]))
        except EngineError:
            pass
        time.sleep(1.0)  # the engine is being restarted
