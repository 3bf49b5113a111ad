"""What a file may say: one class for each mapping, read by the decoder and by the schema."""

from typing import Annotated, Literal

from chaoskit.core.call import Headers
from chaoskit.core.frozen import frozen
from chaoskit.core.objective import Objective
from chaoskit.core.units import Count, PerSecond, Seconds, Share
from chaoskit.spec import registry
from chaoskit.spec.nodes import Pairs, keys
from chaoskit.spec.shapes import AnyJson, At, OrOne, Rest, Section
from chaoskit.spec.striking import InjectionSection
from chaoskit.spec.written import (
    Base,
    Below,
    EndpointName,
    Host,
    Ip,
    Line,
    Name,
    Names,
    Path,
    Request,
    Resolver,
    Statuses,
    Url,
    Where,
    Workers,
    suggested_id,
)


@frozen(kw_only=True)
class ReadySection(Section):
    """When the target is ready: its answer to a GET is below 400.

    ``get``: the path to ask.
    ``within``: how long it may take.
    """

    get: Path | None = "/"
    within: Seconds | None = 30.0


@frozen(kw_only=True)
class TargetSection(Section):
    """The system under test.

    ``url``: load goes here and nowhere else.
    ``command``: starts it, as a list; left out, it is already running.
    ``prepare``: a command that must end well before anything else starts.
    ``folder``: where the commands start, seen from this file.
    ``ready``: how to know that it is up.
    ``environment``: variables added to those that chaoskit sets.
    ``allow``: hosts other than this machine that ``url`` may name.
    ``compose``: instead of a command, a compose file, seen from this file.
    ``service``: the service of it that is under test; its connections are captured.
    ``profile``: the profile of the compose file.
    ``project``: what compose calls the project; default: a name of the run's own.
    ``capture``: how its calls get to the proxy: a ``sidecar`` in its network namespace takes them all, a
    ``gateway`` answers to the providers' names, ``forward`` sets proxy variables.
    ``keep``: leave the containers running at the end.
    ``attach``: the project runs already; it is neither started nor stopped.
    ``engine``: a Docker engine on another machine, which is never used unasked.
    ``image``: chaoskit's own image, for what must run in containers.
    """

    url: At[Url] | None
    command: At[tuple[str, ...]] | None = None
    prepare: At[tuple[str, ...]] | None = None
    folder: At[str] | None = None
    ready: ReadySection | None = None
    environment: At[Headers] | None = None
    allow: Annotated[tuple[Host, ...], OrOne()] | None = None
    compose: At[str] | None = None
    service: At[Name] | None = None
    profile: At[Name] | None = None
    project: At[Name] | None = None
    capture: At[Literal["sidecar", "gateway", "forward"]] | None = None
    keep: At[bool] | None = None
    attach: At[bool] | None = None
    engine: At[str] | None = None
    image: At[str] | None = None


@frozen(kw_only=True)
class ProviderSection(Section):
    """Somebody else's service that the target calls.

    ``hosts``: names, or patterns: ``*.name`` is every name below one, ``*`` elsewhere a part of a label. By
    default what the catalogue knows of the provider.
    ``catalogue``: its name in the catalogue, if it is called otherwise here.
    ``region``: only its hosts of this region.
    ``fronted_by``: every host behind this edge of the catalogue, whichever provider it belongs to; ``hosts``
    are then some that are known to be, and ``resolve`` is for those of no other provider.
    ``ranges``: a file with the edge's ranges of addresses, one a line, in the place of the catalogue's.
    ``resolve``: where connections to it really go; default: where DNS says.
    ``reverse``: a local port that stands for it, for clients that ignore proxy variables.
    ``base``: what that port stands for: a URL, or tcp://host:port; default: https and the first host.
    """

    hosts: At[Annotated[tuple[At[Host], ...], OrOne()]] | None = None
    catalogue: At[Name] | None = None
    region: At[Name] | None = None
    fronted_by: At[Name] | None = None
    ranges: At[str] | None = None
    resolve: Where | None = None
    reverse: Where | None = None
    base: At[Base] | None = None


@frozen(kw_only=True)
class TransparentSection(Section):
    """Lead connections to the proxy by a rule in the network namespace that chaoskit runs in.

    ``ports``: connections to which ports; default: 443 and 80.
    ``to``: ``everything`` on those ports, or only the addresses that providers' hosts have at the start.
    ``quic``: ``block`` refuses UDP to port 443, so that HTTP/3 clients fall back to TCP; ``pass`` does not.
    """

    ports: At[Annotated[tuple[Count, ...], OrOne()]] | None = None
    to: At[Literal["everything", "providers"]] | None = None
    quic: Literal["block", "pass"] | None = None


@frozen(kw_only=True)
class DnsSection(Section):
    """Where the proxy answers DNS questions.

    ``listen``: its address, for UDP and TCP; port 0 lets it choose.
    ``upstream``: the resolver that is asked about everything else; default: this machine's first.
    ``answer``: what the providers' hosts resolve to: the proxy's own address, so that calls come to it.
    """

    listen: At[Where] | None
    upstream: At[Where] | None = None
    answer: Annotated[tuple[Ip, ...], OrOne()] | None = None


@frozen(kw_only=True)
class ProxySection(Section):
    """How the proxy listens.

    ``listen``: its address; port 0 lets it choose.
    ``workers``: processes that share the work; ``auto``: one for each core that may be used.
    ``lease``: faults go off when the controller was silent for this long.
    ``upstream_ca``: a PEM file that the providers' certificates may be signed by, seen from this file.
    ``gateway``: addresses where it stands for providers whose names lead to it.
    ``resolver``: the name server that it asks for their real addresses; default: the system's.
    ``transparent``: take connections that know nothing of a proxy.
    ``dns``: where it answers DNS questions: an address, or a mapping.
    """

    listen: Where | None = None
    workers: At[Workers] | None = None
    lease: At[Seconds] | None = None
    upstream_ca: At[str] | None = None
    gateway: At[Annotated[tuple[Where, ...], OrOne()]] | None = None
    resolver: Resolver | None = None
    transparent: At[TransparentSection] | None = None
    dns: At[Where | DnsSection] | None = None


@frozen(kw_only=True)
class AnswerSection(Section):
    """What an answer looks like; every part that is given must hold.

    ``status``: one status, or a list.
    ``body``: text that the body contains.
    ``header``: names and patterns of their values.
    """

    status: Statuses | None = None
    body: str | None = None
    header: At[Headers] | None = None


@frozen(kw_only=True)
class EndpointSection(Section):
    """One kind of request that the load makes.

    ``name``: what reports call it; beside a locustfile, a name of its requests.
    ``request``: method and path; required, but not beside a locustfile, which makes the requests.
    ``headers``: of the request.
    ``json``: the body, sent as JSON; sets ``content-type`` unless ``headers`` do.
    ``body``: the body as text, instead.
    ``weight``: how often it is made, against the others.
    ``depends_on``: providers that it needs.
    ``expect``: what makes an answer good; default: a status below 400.
    ``degraded_when``: what marks a good answer as a degraded one.
    ``calls``: ``always``, or ``sometimes`` where few of its requests call their provider (a cache).
    ``safe_to_repeat``: false keeps it out of the probes that are sent before and after the run.
    """

    name: At[EndpointName] | None
    request: Request | None = None
    headers: At[Headers] | None = None
    json: At[Annotated[bytes, AnyJson()]] | None = None
    body: At[str] | None = None
    weight: At[float] | None = None
    depends_on: Names | None = None
    expect: At[AnswerSection] | None = None
    degraded_when: At[AnswerSection] | None = None
    calls: Literal["always", "sometimes"] | None = None
    safe_to_repeat: bool | None = None


@frozen(kw_only=True)
class LoadSection(Section):
    """The traffic.

    ``arrivals``: new requests a second, whatever the target does (open model).
    ``users``: instead, so many that each wait for their answer (closed model).
    ``process``: how arrivals are spaced: ``constant``, or ``poisson`` as independent visitors are.
    ``deadline``: the total time of every request.
    ``settle``: load before the first phase, recorded but not judged.
    ``processes``: that share the load.
    ``connections``: ``reuse`` them, or a ``new`` one for each request.
    ``locustfile``: Locust users instead of endpoints, seen from this file.
    ``endpoints``: the requests; beside a locustfile, what is known of its names.
    ``leave_out``: names, or patterns over them, that are sent and recorded, and not judged.
    """

    arrivals: At[PerSecond] | None = None
    users: At[Count] | None = None
    process: At[Literal["constant", "poisson"]] | None = None
    deadline: At[Seconds] | None = None
    settle: Seconds | None = None
    processes: At[Count] | None = None
    connections: Literal["reuse", "new"] | None = None
    locustfile: At[str] | None = None
    endpoints: At[tuple[At[EndpointSection], ...]] | None = None
    leave_out: Names | None = None


@frozen(kw_only=True)
class SloSection(Section):
    """Objectives for one phase.

    ``id``: what reports call it.
    ``in``: the phase.
    ``of``: an endpoint, a list of them, or a pattern; default: all.
    ``provider``: for objectives that are about one.
    ``stable_for``: how long it must stay good before it counts as recovered.
    ``dilution``: ``allowed`` lets it pass although most of the phase's samples met no fault.
    """

    id: At[Name] | None
    in_: At[str] | None = None
    of: Names | None = None
    provider: At[str] | None = None
    stable_for: At[Seconds] | None = None
    dilution: Literal["allowed"] | None = None
    objectives: Annotated[tuple[tuple[str, At[Objective]], ...], Rest("objective", registry.objectives)] = ()

    @classmethod
    def missing_hint(cls, name: str, node: Pairs) -> str | None:
        kinds = [each for each in keys(node) if each in registry.objectives()]
        return suggested_id(kinds[0] if kinds else "", "survive") if name == "id" else None


@frozen(kw_only=True)
class AbortSection(Section):
    """When to stop: availability has stayed below a limit.

    ``availability``: the limit.
    ``of``: endpoints; default: all.
    ``for``: how long it must have been below.
    """

    availability: Below | None
    of: Names | None = None
    for_: At[Seconds] | None = None


@frozen(kw_only=True)
class FileSection(Section):
    """An experiment: take a provider away, under load, and judge the answer.

    ``version``: of this format: 1.
    ``name``: what reports call it.
    ``seed``: which of the calls are struck follows from it.
    ``catalogue``: files of your own providers, seen from this file.
    ``target``: the system under test.
    ``providers``: the services that it calls, by name.
    ``proxy``: how chaoskit stands between them.
    ``load``: the traffic.
    ``phases``: names and lengths, in order.
    ``inject``: the injections.
    ``slos``: what must hold.
    ``abort``: when to stop, one condition or a list.
    ``confidence``: of the verdict's bounds.
    ``bursts``: how long failures that belong together last at most; 200ms if not given.
    """

    version: Literal["1"] | None
    name: Line | None
    seed: At[int] | None = None
    catalogue: At[Annotated[tuple[At[str], ...], OrOne()]] | None = None
    target: TargetSection | None
    providers: At[tuple[tuple[str, At[ProviderSection]], ...]] | None = None
    proxy: ProxySection | None = None
    load: At[LoadSection] | None
    phases: At[tuple[tuple[str, At[Seconds]], ...]] | None
    inject: tuple[At[InjectionSection], ...] | None = None
    slos: tuple[At[SloSection], ...] | None = None
    abort: Annotated[tuple[At[AbortSection], ...], OrOne()] | None = None
    confidence: At[Share] | None = None
    bursts: At[Seconds] | None = None
