"""The service's clock is wrong."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceError, ServiceFault, Steps
from chaoskit.core.units import Seconds

# $1 is libfaketime's file, $2 what it shall say. The first copy is kept, and the file keeps its owner.
_SET = 'test -e "$1.chaoskit" || cp "$1" "$1.chaoskit" && printf %s "$2" >"$1"'
_RESTORE = 'test ! -e "$1.chaoskit" || { cat "$1.chaoskit" >"$1" && rm -f "$1.chaoskit"; }'


@frozen(kw_only=True)
class Clock(ServiceFault):
    """The container's processes read another time, through libfaketime, which it must have been made with.

    ``ahead``: so much later than it is. ``behind``: so much earlier. One of them.
    """

    on_open_connections: ClassVar[str] = (
        "nothing by itself; timers of the service jump, because its monotonic clock moves as well"
    )
    leaves: ClassVar[str] = (
        "nothing; without FAKETIME_NO_CACHE=1 libfaketime reads the file every 10 s only, also afterwards"
    )

    ahead: Seconds | None = None
    behind: Seconds | None = None

    def __post_init__(self) -> None:
        if (self.ahead is None) == (self.behind is None):
            raise ValueError("expected either ahead or behind")
        if not (self.ahead or self.behind or 0) > 0:
            raise ValueError(f"{'ahead' if self.behind is None else 'behind'} must be above 0s, got 0s")

    def enter(self, scene: Scene) -> Steps:
        offset = f"+{self.ahead:.15g}" if self.ahead is not None else f"-{self.behind:.15g}"
        return (service.Execute(("sh", "-c", _SET, "sh", _file(scene), offset), "its clock"),)

    def leave(self, scene: Scene) -> Steps:
        return (service.Execute(("sh", "-c", _RESTORE, "sh", _file(scene)), "its clock"),)


def _file(scene: Scene) -> str:
    found = dict(scene.victim.environment).get("FAKETIME_TIMESTAMP_FILE", "")
    if not found.startswith("/"):
        raise ServiceError(
            "libfaketime is not set up in it: FAKETIME_TIMESTAMP_FILE must name a file in its environment "
            "from the start, and LD_PRELOAD the library"
        )
    return found
