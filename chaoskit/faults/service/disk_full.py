"""The service's disk is full."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Scene, ServiceError, ServiceFault, Steps
from chaoskit.core.units import Bytes

# $1 the file, $2 its folder, $3 the kilobytes to leave; every shell and every dd knows this much
_FILL = """\
set -- "$1" "$3" $(df -Pk "$2" | tail -n 1)
[ "$6" -gt "$2" ] || exit 0
dd if=/dev/zero of="$1" bs=1024 count=$(($6 - $2)) 2>/dev/null || test -s "$1"
"""


@frozen(kw_only=True)
class DiskFull(ServiceFault):
    """A file system of the container has no space left: one in memory with a size, never the host's disk.

    ``path``: where; it must lie on a tmpfs of the container that has a size.
    ``left``: so much stays free, to the kilobyte.
    """

    on_open_connections: ClassVar[str] = "nothing"
    leaves: ClassVar[str] = "nothing; the file that fills it counts as the container's memory meanwhile"

    path: str
    left: Bytes = 0

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or ".." in self.path.split("/"):
            raise ValueError(f"path must be an absolute path such as /tmp, got {self.path!r}")

    def enter(self, scene: Scene) -> Steps:
        folder = self._folder(scene)
        left = str(self.left // 1024)
        command = ("sh", "-c", _FILL, "sh", self._file(scene), folder, left)
        return (service.Execute(command, f"the space in {folder}", in_memory=True),)

    def leave(self, scene: Scene) -> Steps:
        takes = f"the space in {self._folder(scene)}"
        return (service.Execute(("rm", "-f", self._file(scene)), takes, in_memory=True),)

    def _file(self, scene: Scene) -> str:
        return f"{self._folder(scene).rstrip('/')}/.{scene.table}"

    def _folder(self, scene: Scene) -> str:
        mounts = dict(scene.victim.tmpfs)
        path = f"{self.path.rstrip('/')}/"
        around = max(
            (each for each in mounts if path.startswith(f"{each.rstrip('/')}/")), default=None, key=len
        )
        known = ", ".join(sorted(each for each, size in mounts.items() if size)) or "none"
        if around is None or not mounts[around]:
            what = "is no tmpfs" if around is None else "is a tmpfs without a size"
            raise ServiceError(
                f"{self.path} {what}, so filling it would fill the host; its sized tmpfs mounts are: {known}"
            )
        return around
