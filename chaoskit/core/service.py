"""What a fault does to a container: steps for the engine, and the steps that take them back. Pure.

The steps back are known before the first step forward is done, and are written down: so whoever finds them
can undo a fault without knowing what it was.
"""

from dataclasses import asdict, fields
from typing import Any, ClassVar, Literal, cast

from chaoskit.core.frozen import frozen
from chaoskit.core.rhythm import Span
from chaoskit.core.units import Seconds

State = Literal["running", "paused", "stopped"]


@frozen(kw_only=True)
class Attachment:
    """A container on a network. ``ipv4`` and ``ipv6`` were asked for; it has the other addresses."""

    network: str
    aliases: tuple[str, ...] = ()
    address: str | None = None
    address6: str | None = None
    ipv4: str | None = None
    ipv6: str | None = None
    links: tuple[str, ...] = ()
    driver_opts: tuple[tuple[str, str], ...] = ()


@frozen(kw_only=True)
class Limits:
    """What a container may use, as the engine says it: microseconds, bytes; 0 is no limit.

    A container that was made with ``nano_cpus`` (Compose's ``cpus``) takes no period and quota.
    """

    nano_cpus: int = 0
    cpu_period: int = 0
    cpu_quota: int = 0
    memory: int = 0
    memory_swap: int = 0


@frozen(kw_only=True)
class Container:
    """A container as it is before a fault. ``ports`` are its own, and where the host publishes them.

    ``tmpfs`` are its mounts in memory, with their size in bytes.
    ``network_of`` is whose network it uses where that is not its own: ``the host``, or another container.
    """

    id: str
    name: str
    service: str
    state: State = "running"
    attachments: tuple[Attachment, ...] = ()
    ports: tuple[tuple[str, str], ...] = ()
    limits: Limits = Limits()
    tmpfs: tuple[tuple[str, int], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    network_of: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its addresses, on all its networks."""
        both = [address for each in self.attachments for address in (each.address, each.address6)]
        return tuple(each for each in both if each)


@frozen(kw_only=True)
class Scene:
    """What a fault looks at: the container that it strikes, and the project's others.

    ``table`` is a name for rules that nobody else uses.
    """

    victim: Container
    others: tuple[Container, ...] = ()
    table: str = "chaoskit"

    def of(self, service: str) -> tuple[Container, ...]:
        """Return the containers of another service; ServiceError if there is none."""
        found = tuple(each for each in self.others if each.service == service)
        if not found:
            known = ", ".join(sorted({each.service for each in self.others})) or "none"
            raise ServiceError(f"no container of the service {service!r} is running; others are: {known}")
        return found

    def addresses_of(self, service: str) -> tuple[str, ...]:
        """Return the addresses of another service's containers; ServiceError if there is none."""
        found = sorted({address for each in self.of(service) for address in each.addresses})
        if not found:
            raise ServiceError(f"the service {service!r} has no address")
        return tuple(found)


class ServiceError(Exception):
    """A fault cannot be put on this container; a sentence without a full stop."""


@frozen
class Pause:
    """Freeze all processes of the container."""


@frozen
class Unpause:
    """Let them go on."""


@frozen
class Send:
    """Send a signal to its first process."""

    signal: str


@frozen
class Stop:
    """Ask it to end, and kill it after ``grace`` seconds."""

    grace: Seconds


@frozen
class Start:
    """Start it again, as it was created."""


@frozen
class Restart:
    """Stop it, then start it."""

    grace: Seconds


@frozen
class Disconnect:
    """Take it off a network."""

    network: str


@frozen
class Connect:
    """Put it on a network, with everything that it had there."""

    attachment: Attachment


@frozen
class SetCpu:
    """Let it run ``quota`` of each ``period`` microseconds; -1: as long as it likes.

    ``nano``: billionths of a core instead, for a container that was made so; then the others are 0.
    """

    period: int = 0
    quota: int = 0
    nano: int = 0


@frozen
class SetMemory:
    """Let it use ``memory`` bytes, and as much with swap; 2**60 is no limit."""

    memory: int
    swap: int


@frozen
class Rules:
    """Put nft rules into its network namespace: those of the chains of one table.

    Each rule that catches anything asks ``meta l4proto @alive``, a set that the table gets besides: the
    kernel forgets its elements after the lease. ``counter`` rules count into the counter ``hits``.
    """

    table: str
    chains: str


@frozen
class NoRules:
    """Take the table away."""

    table: str


@frozen
class Queue:
    """Give each of its network interfaces, loopback apart, this queue discipline (words for ``tc``)."""

    words: tuple[str, ...]


@frozen
class NoQueue:
    """Give them the ordinary one back."""


@frozen
class Execute:
    """Run a command in the container, as root; anything but status 0 is a failure.

    ``takes``: what of the container it takes hold of, so that no other run does so too.
    ``in_memory``: what it changes is gone once the container has stopped, so there is nothing to take back.
    """

    command: tuple[str, ...]
    takes: str
    in_memory: bool = False


Step = (
    Pause
    | Unpause
    | Send
    | Stop
    | Start
    | Restart
    | Disconnect
    | Connect
    | SetCpu
    | SetMemory
    | Rules
    | NoRules
    | Queue
    | NoQueue
    | Execute
)
Steps = tuple[Step, ...]

_KINDS: dict[str, type[Any]] = {each.__name__.lower(): each for each in Step.__args__}


def to_json(step: Step) -> dict[str, Any]:
    """Return a step as plain data, to be written down."""
    return {"do": type(step).__name__.lower(), **asdict(step)}


def from_json(said: dict[str, Any]) -> Step:
    """Return the step that was written down. ValueError where it is none."""
    try:
        kind = _KINDS[said["do"]]
        values = {each.name: _tuples(said[each.name]) for each in fields(kind)}
        if kind is Connect:
            values["attachment"] = Attachment(**values["attachment"])
        return kind(**values)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a step: {said!r}") from error


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(each) for each in cast("list[Any]", value))
    if isinstance(value, dict):
        return {key: _tuples(each) for key, each in cast("dict[str, Any]", value).items()}
    return value


class ServiceFault:
    """Base of the faults on a service's containers: frozen dataclasses, pure, with a way back.

    ``Scene`` is the same for both, the one before the fault.
    """

    on_open_connections: ClassVar[str]
    """What connections that are open suffer, as a sentence."""

    leaves: ClassVar[str]
    """What is not as before when it is over, as a sentence."""

    interrupts: ClassVar[bool] = False
    """True: the container's processes end, and with them whatever is captured in its namespace."""

    def others(self) -> tuple[str, ...]:
        """Return the services that it is about besides the one that it strikes."""
        return ()

    def enter(self, scene: Scene) -> Steps:
        """Return what brings the fault about. Raises ServiceError where that cannot be."""
        raise NotImplementedError

    def leave(self, scene: Scene) -> Steps:
        """Return what takes it back, whatever has happened to the container in between."""
        raise NotImplementedError


class Ends(ServiceFault):
    """Base of the faults that end a container's processes, and start them again when they are over."""

    leaves: ClassVar[str] = (
        "a container that was started again, with what it had in memory lost; its address, and ports of the "
        "host that the engine chose itself, may be others"
    )
    interrupts: ClassVar[bool] = True

    def leave(self, scene: Scene) -> Steps:
        return (Start(),)


@frozen(kw_only=True)
class EndsInOrder(Ends):
    """Base of those that ask first, and kill after ``grace``."""

    on_open_connections: ClassVar[str] = (
        "as the service ends them within its grace; the rest is closed by the kernel"
    )

    grace: Seconds = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.grace <= 300:
            raise ValueError(f"grace must be 0s to 300s, got {self.grace:g}s")


@frozen(kw_only=True)
class ServiceInjection:
    """A fault on all containers of a service, during each of ``windows``: ``[start, stop)``, in order."""

    id: str
    service: str
    fault: ServiceFault
    fault_name: str
    windows: tuple[Span, ...]
    line: int | None = None

    @property
    def start(self) -> float:
        return self.windows[0][0]

    @property
    def stop(self) -> float:
        return self.windows[-1][1]

    @property
    def subject(self) -> str:
        """What it strikes."""
        return self.service

    def is_on(self, t: float) -> bool:
        """Tell whether it is on at ``t``."""
        return any(start <= t < stop for start, stop in self.windows)

    def overlaps(self, start: float, stop: float) -> bool:
        """Tell whether it is on at some time in ``[start, stop)``."""
        return any(low < stop and high > start for low, high in self.windows)
