"""The service's cable is pulled."""

from typing import ClassVar

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Attachment, Scene, ServiceError, ServiceFault, Steps


@frozen(kw_only=True)
class Disconnect(ServiceFault):
    """The container is taken off a network: its name there is unknown, and nothing reaches it.

    ``network``: its name, as the engine or the Compose file has it; ``all`` is every network that it is on.
    """

    on_open_connections: ClassVar[str] = (
        "they stay open and fall silent; those that live long enough go on afterwards"
    )
    leaves: ClassVar[str] = (
        "the interface under another name (eth1 for eth0); an address that is not static, and ports of the "
        "host that the engine chose itself, may be others"
    )

    network: str = "all"

    def __post_init__(self) -> None:
        if not self.network.strip():
            raise ValueError("network must be a name, or all")

    def enter(self, scene: Scene) -> Steps:
        return tuple(service.Disconnect(each.network) for each in self._attachments(scene))

    def leave(self, scene: Scene) -> Steps:
        return tuple(service.Connect(each) for each in self._attachments(scene))

    def _attachments(self, scene: Scene) -> tuple[Attachment, ...]:
        every = scene.victim.attachments
        known = ", ".join(each.network for each in every) or "none"
        if self.network == "all":
            found = every
        else:
            # Compose names a network after its project: shop_backend
            found = tuple(each for each in every if each.network == self.network) or tuple(
                each for each in every if each.network.endswith(f"_{self.network}")
            )
        if not found:
            raise ServiceError(f"it is not on a network {self.network!r}; its networks are: {known}")
        if self.network != "all" and len(found) > 1:
            raise ServiceError(f"several of its networks could be {self.network!r}: {known}")
        return found
