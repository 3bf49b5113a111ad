"""An experiment: one frozen value that says everything about a run before it starts.

Times are seconds from the start of the first phase. A trailing underscore in a field's name
(``in_``, ``from_``) is not part of its YAML name.
"""

import math
from fnmatch import fnmatchcase
from typing import Literal

from chaoskit.core.call import Headers
from chaoskit.core.edge import Clue, Clues, Edge, matched
from chaoskit.core.fault import needs_calls
from chaoskit.core.frozen import frozen
from chaoskit.core.hosts import covers
from chaoskit.core.injection import Injection
from chaoskit.core.objective import Slo
from chaoskit.core.service import ServiceInjection

MOST_USERS = 5000
"""Of one load process: 5,000 idle users take 198 MB (Locust 2.47, measured)."""

PROXY = "chaoskit-proxy"
"""The proxy's own name on the networks of a service."""

BURSTS = 0.2
"""Seconds that failures which belong together last at most, where the file does not say. One packet that is
lost holds up all that shares its connection for at least that long (``TCP_RTO_MIN`` of Linux is 200 ms)."""

FORWARD_PORT = 8080
"""Where the proxy listens in a container, for a service that is told its address."""


@frozen
class Address:
    """A host (name or literal address) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen(kw_only=True)
class Provider:
    """Somebody else's service that the target calls.

    ``hosts`` are names or patterns (``core.hosts``). ``resolve`` is where its connections really go, if not
    where DNS says; ``reverse`` is a local address that stands for it (``base`` is then what is called: a URL,
    or ``tcp://host:port``).

    With an ``edge`` it stands for every host behind that; ``hosts`` are then those that the user says are,
    and ``resolve`` is for those that belong to no other provider.
    """

    name: str
    hosts: tuple[str, ...]
    resolve: Address | None = None
    reverse: Address | None = None
    base: str | None = None
    edge: Edge | None = None

    @property
    def where(self) -> str:
        """Its hosts, in words."""
        named = ", ".join(self.hosts)
        return named if self.edge is None else f"hosts behind {self.edge.name}{named and ': '}{named}"

    @property
    def is_plain_tcp(self) -> bool:
        """Whether nothing is known about what is spoken to it, so that there are connections and no calls."""
        return self.base is not None and self.base.startswith("tcp://")

    def owns(self, host: str) -> bool:
        """Tell whether ``host`` belongs to this provider. To an edge none does: see ``fronts``."""
        return self.edge is None and any(covers(pattern, host) for pattern in self.hosts)

    def fronts(self, host: str, known: Clues = ()) -> Clue | None:
        """Return by what ``host`` is behind this edge, given what is known of it, or None."""
        return None if self.edge is None else matched(self.edge, self.hosts, host, known)


@frozen(kw_only=True)
class Ready:
    """The target is ready when GET ``get`` answers below 400, ``within`` that time."""

    get: str = "/"
    within: float = 30.0


@frozen(kw_only=True)
class Compose:
    """The target is a service of a compose project. ``file`` is seen from the experiment's own folder.

    ``capture``: a ``sidecar`` in the service's network namespace takes every connection; a ``gateway`` on its
    networks answers to the providers' names; ``forward`` sets proxy variables. ``attach``: the project runs
    already, and is left running. ``project`` is its name; None: a name of the run's own, or the folder's.
    """

    file: str
    service: str
    profile: str | None = None
    project: str | None = None
    capture: Literal["sidecar", "gateway", "forward"] = "sidecar"
    keep: bool = False
    attach: bool = False


@frozen(kw_only=True)
class Target:
    """The user's own system. Without a ``command`` or ``compose`` it is already running.

    ``prepare`` is a command that must end with status 0 before anything else starts.
    ``folder`` is where the command starts, seen from the experiment's own folder. ``allow`` names
    the hosts other than this machine that load may be sent to.
    """

    url: str
    command: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()
    ready: Ready = Ready()
    environment: tuple[tuple[str, str], ...] = ()
    folder: str = "."
    allow: tuple[str, ...] = ()
    compose: Compose | None = None
    engine: str | None = None  # a remote Docker engine; without it only one on this machine is used
    image: str = "chaoskit:local"  # chaoskit's own, for what must run in containers


@frozen(kw_only=True)
class Expect:
    """What makes an answer good. Without it: a status below 400."""

    status: tuple[int, ...] = ()
    body: str | None = None  # text that the body must contain
    header: Headers = ()  # name and glob


@frozen(kw_only=True)
class DegradedWhen:
    """What marks a good answer as a degraded one; every part that is given must hold."""

    status: tuple[int, ...] = ()
    body: str | None = None
    header: Headers = ()


@frozen(kw_only=True)
class Endpoint:
    """One kind of request that the load makes. Those of a locustfile have no ``method`` and no ``path``.

    ``calls``: whether each of its requests calls the providers that it depends on. ``safe_to_repeat``:
    whether a probe may send it.
    """

    name: str
    method: str
    path: str
    headers: Headers = ()
    body: bytes | None = None
    weight: float = 1.0
    depends_on: tuple[str, ...] = ()
    expect: Expect = Expect()
    degraded_when: DegradedWhen | None = None
    calls: Literal["always", "sometimes"] = "always"
    safe_to_repeat: bool = True

    @property
    def may_be_probed(self) -> bool:
        """Whether chaoskit knows its request, and may send it once more."""
        return bool(self.method) and self.safe_to_repeat


@frozen(kw_only=True)
class Load:
    """The traffic: ``arrivals`` a second (open model) or ``users`` (closed model), never both.

    Every request has a total ``deadline``. ``processes`` share the arrivals evenly.
    """

    arrivals: float | None = None
    users: int | None = None
    process: Literal["constant", "poisson"] = "constant"
    locustfile: str | None = None
    deadline: float = 5.0
    settle: float = 2.0  # seconds of load before the first phase, recorded but not judged
    processes: int = 1
    connections: Literal["reuse", "new"] = "reuse"
    endpoints: tuple[Endpoint, ...] = ()
    leave_out: tuple[str, ...] = ()  # names, or patterns over them, whose samples are not judged

    def leaves_out(self, name: str) -> bool:
        """Tell whether the samples of ``name`` are not to be judged."""
        return any(fnmatchcase(name, pattern) for pattern in self.leave_out)

    def users_of(self, process: int) -> int:
        """Return how many users load process number ``process`` runs.

        Open model: as many as are busy when every request takes the whole deadline, and a fifth more, up
        to 5000.
        """
        if self.users is not None:
            whole, rest = divmod(self.users, self.processes)
            return whole + (process < rest)
        each = math.ceil((self.arrivals or 0.0) / self.processes * self.deadline * 1.2)
        return min(MOST_USERS, max(2, each))


@frozen
class Phase:
    """A named stretch ``[start, stop)`` of the run."""

    name: str
    start: float
    stop: float

    @property
    def length(self) -> float:
        return self.stop - self.start


@frozen(kw_only=True)
class Abort:
    """Stop when availability ``of`` these endpoints stays below ``availability`` for ``for_`` seconds."""

    availability: float
    of: tuple[str, ...] = ()  # no name: all endpoints
    for_: float = 3.0
    line: int | None = None


@frozen(kw_only=True)
class Transparent:
    """Lead connections to the proxy that were not meant for it, by a rule in this network namespace.

    ``quic``: refuse HTTP/3, so that its clients fall back to what the proxy sees.
    """

    ports: tuple[int, ...] = (443, 80)
    to: Literal["everything", "providers"] = "everything"
    quic: Literal["block", "pass"] = "block"


@frozen(kw_only=True)
class DnsSettings:
    """Where the proxy answers DNS questions, over UDP and TCP.

    ``upstream`` is asked what the proxy does not answer itself (default: the machine's first nameserver).
    With ``answer``, these addresses are what providers' hosts resolve to: capture by DNS.
    """

    listen: Address
    upstream: Address | None = None
    answer: tuple[str, ...] = ()


MOST_WORKERS = 64


@frozen(kw_only=True)
class ProxySettings:
    """How the proxy listens. ``upstream_ca`` is a PEM file that providers' certificates may be signed by.

    A ``gateway`` stands at providers' own names, so it must look them up elsewhere: ``resolver`` is a name
    server, and ``None`` the system's.
    """

    listen: Address = Address("127.0.0.1", 0)
    workers: int | Literal["auto"] = 1
    lease: float = 5.0
    upstream_ca: str | None = None
    gateway: tuple[Address, ...] = ()
    resolver: Address | None = None
    transparent: Transparent | None = None
    dns: DnsSettings | None = None

    def workers_on(self, cores: int) -> int:
        """Return how many workers there are where that many cores may be used; ``auto`` is one for each."""
        return max(1, min(cores, MOST_WORKERS)) if self.workers == "auto" else self.workers


@frozen(kw_only=True)
class Experiment:
    """Everything that a run needs to know."""

    name: str
    target: Target
    load: Load
    phases: tuple[Phase, ...]
    seed: int = 0
    providers: tuple[Provider, ...] = ()
    injections: tuple[Injection, ...] = ()
    service_injections: tuple[ServiceInjection, ...] = ()
    slos: tuple[Slo, ...] = ()
    aborts: tuple[Abort, ...] = ()
    proxy: ProxySettings = ProxySettings()
    confidence: float = 0.95
    bursts: float = BURSTS  # seconds; a phase holds no more independent samples than it holds of these
    notes: tuple[str, ...] = ()  # what could not be done as it was asked
    edges: tuple[Edge, ...] = ()  # all that are known, where a provider is one: an answer may name another

    @property
    def every_injection(self) -> tuple[Injection | ServiceInjection, ...]:
        """Those on providers, then those on services."""
        return (*self.injections, *self.service_injections)

    @property
    def services(self) -> tuple[str, ...]:
        """The services that it names: the one under test, and those that faults are about."""
        named = [] if self.target.compose is None else [self.target.compose.service]
        for each in self.service_injections:
            named += [each.service, *each.fault.others()]
        return tuple(dict.fromkeys(named))

    @property
    def length(self) -> float:
        """Seconds from the start of the first phase to the end of the last."""
        return self.phases[-1].stop

    def phase(self, name: str) -> Phase:
        """Return the phase called ``name``; KeyError if there is none."""
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise KeyError(name)

    def provider(self, name: str) -> Provider:
        """Return the provider called ``name``; KeyError if there is none."""
        for provider in self.providers:
            if provider.name == name:
                return provider
        raise KeyError(name)

    def needs_only_questions(self, provider: str) -> bool:
        """Tell whether DNS questions about ``provider`` are all that must reach the proxy.

        True where all that is aimed at it acts on them, no SLO counts its calls, and its connections do not
        come here by the answers.
        """
        aimed = [each for each in self.injections if each.provider == provider]
        return (
            bool(aimed)
            and all("query" in each.layers for each in aimed)
            and not any(slo.provider == provider for slo in self.slos)
            and (self.proxy.dns is None or not self.proxy.dns.answer)
        )

    @property
    def reads_edges(self) -> bool:
        """Whether HTTPS to every provider is decrypted, to learn from answers which edge they came through.

        A part of the rule of ``core.lanes``. Only where calls through an edge must be seen: faults of
        connections need no CA, here neither.
        """
        return any(each.edge is not None and self.needs_calls(each.name) for each in self.providers)

    def needs_calls(self, provider: str) -> bool:
        """Tell whether the proxy must see single calls to ``provider``, and so decrypt its HTTPS.

        True where a fault above the connection is aimed at it, or one that answers its TLS handshakes, and
        where an SLO counts its calls. A part of the rule of ``core.lanes``, which says the rest.
        """
        return any(i.provider == provider and needs_calls(i.fault) for i in self.injections) or any(
            slo.provider == provider for slo in self.slos
        )
