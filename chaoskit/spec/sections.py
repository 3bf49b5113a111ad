"""What a file may say: one class for each mapping, read by the decoder and by the schema."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from chaoskit.core.call import Headers
from chaoskit.core.experiment import Address
from chaoskit.core.fault import Fault
from chaoskit.core.match import Key
from chaoskit.core.objective import Objective
from chaoskit.core.rhythm import Reroll
from chaoskit.core.units import Count, PerSecond, Seconds, Share
from chaoskit.spec import registry, timing, words
from chaoskit.spec.nodes import Node, Pairs, Text, keys
from chaoskit.spec.shapes import AnyJson, At, Named, OneOf, OrOne, Rest, Section, Written

Name = Annotated[str, Written("a name", "stripe-down", words.name, words.NAME)]
Line = Annotated[str, Written("one line of text", "checkout-survives", words.one_line)]
Host = Annotated[str, Written("a host", "api.example.com", words.host)]
Where = Annotated[Address, Written("an address", "127.0.0.1:8080", words.address)]
Resolver = Annotated[Address, Written("the address of a name server", "192.0.2.53", words.resolver)]
Ip = Annotated[str, Written("an IP address", "127.0.0.1", words.ip)]
Url = Annotated[str, Written("a URL", "http://127.0.0.1:8080", words.url)]
Base = Annotated[str, Written("a URL, or tcp://host:port", "https://api.example.com", words.base)]
Path = Annotated[str, Written("a path", "/items", words.path)]
PathGlob = Annotated[str, Written("a pattern over paths", "/v1/*", words.path_glob)]
PathRegex = Annotated[str, Written("a regular expression over paths", "/v[12]/.*", words.path_regex)]
HostGlob = Annotated[str, Written("a pattern over hosts", "*.eu-*.example.com", words.host_glob)]
Network = Annotated[str, Written("an address or a network", "10.0.0.0/8", words.network)]
Operation = Annotated[str, Written("a pattern over operations", "PutObject", words.operation)]
Model = Annotated[str, Written("a pattern over models", "gpt-4*", words.model)]
Method = Annotated[str, Written("a method", "POST", words.method)]
Request = Annotated[tuple[str, str], Written("a method and a path", "POST /checkout", words.request)]
Status = Annotated[int, Written("a status", "200", words.status)]
Statuses = Annotated[tuple[Status, ...], OrOne()]
Moment = Annotated[timing.Moment, Written("a moment", "fault + 5s", timing.moment)]
Portion = Annotated[timing.Portion, Written("a share", "30% of requests", timing.portion)]
Below = Annotated[float, Written("a comparator and a share", '"< 20%"', words.below)]
Names = Annotated[tuple[At[str], ...], OrOne()]


def _suggested_id(kind: str, otherwise: str) -> str:
    safe = kind.replace("_", "-")
    return f"for example `id: {f'{safe}-1' if re.fullmatch(words.NAME, safe) else otherwise}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadySection(Section):
    """When the target is ready: its answer to a GET is below 400.

    ``get``: the path to ask.
    ``within``: how long it may take.
    """

    get: Path | None = "/"
    within: Seconds | None = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSection(Section):
    """The system under test.

    ``url``: load goes here and nowhere else.
    ``command``: starts it, as a list; left out, it is already running.
    ``prepare``: a command that must end well before anything else starts.
    ``folder``: where the commands start, seen from this file.
    ``ready``: how to know that it is up.
    ``environment``: variables added to those that chaoskit sets.
    ``allow``: hosts other than this machine that ``url`` may name.
    """

    url: At[Url] | None
    command: At[tuple[str, ...]] | None = None
    prepare: At[tuple[str, ...]] | None = None
    folder: At[str] | None = None
    ready: ReadySection | None = None
    environment: At[Headers] | None = None
    allow: Annotated[tuple[Host, ...], OrOne()] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TransparentSection(Section):
    """Lead connections to the proxy by a rule in the network namespace that chaoskit runs in.

    ``ports``: connections to which ports; default: 443 and 80.
    ``to``: ``everything`` on those ports, or only the addresses that providers' hosts have at the start.
    ``quic``: ``block`` refuses UDP to port 443, so that HTTP/3 clients fall back to TCP; ``pass`` does not.
    """

    ports: At[Annotated[tuple[Count, ...], OrOne()]] | None = None
    to: At[Literal["everything", "providers"]] | None = None
    quic: Literal["block", "pass"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsSection(Section):
    """Where the proxy answers DNS questions.

    ``listen``: its address, for UDP and TCP; port 0 lets it choose.
    ``upstream``: the resolver that is asked about everything else; default: this machine's first.
    ``answer``: what the providers' hosts resolve to: the proxy's own address, so that calls come to it.
    """

    listen: At[Where] | None
    upstream: At[Where] | None = None
    answer: Annotated[tuple[Ip, ...], OrOne()] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySection(Section):
    """How the proxy listens.

    ``listen``: its address; port 0 lets it choose.
    ``workers``: processes that share the work.
    ``lease``: faults go off when the controller was silent for this long.
    ``upstream_ca``: a PEM file that the providers' certificates may be signed by, seen from this file.
    ``gateway``: addresses where it stands for providers whose names lead to it.
    ``resolver``: the name server that it asks for their real addresses; default: the system's.
    ``transparent``: take connections that know nothing of a proxy.
    ``dns``: where it answers DNS questions: an address, or a mapping.
    """

    listen: Where | None = None
    workers: At[Count] | None = None
    lease: At[Seconds] | None = None
    upstream_ca: At[str] | None = None
    gateway: At[Annotated[tuple[Where, ...], OrOne()]] | None = None
    resolver: Resolver | None = None
    transparent: At[TransparentSection] | None = None
    dns: At[Where | DnsSection] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSection(Section):
    """What an answer looks like; every part that is given must hold.

    ``status``: one status, or a list.
    ``body``: text that the body contains.
    ``header``: names and patterns of their values.
    """

    status: Statuses | None = None
    body: str | None = None
    header: At[Headers] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSection(Section):
    """One kind of request that the load makes.

    ``name``: what reports call it.
    ``request``: method and path.
    ``headers``: of the request.
    ``json``: the body, sent as JSON; sets ``content-type`` unless ``headers`` do.
    ``body``: the body as text, instead.
    ``weight``: how often it is made, against the others.
    ``depends_on``: providers that it needs.
    ``expect``: what makes an answer good; default: a status below 400.
    ``degraded_when``: what marks a good answer as a degraded one.
    """

    name: At[Name] | None
    request: Request | None
    headers: At[Headers] | None = None
    json: At[Annotated[bytes, AnyJson()]] | None = None
    body: At[str] | None = None
    weight: At[float] | None = None
    depends_on: Names | None = None
    expect: At[AnswerSection] | None = None
    degraded_when: At[AnswerSection] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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
    ``endpoints``: the requests.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchSection(Section):
    """Which calls an injection is about; every part that is given must hold.

    ``method``: one method, or a list.
    ``path``: a pattern over the path without its query.
    ``path_regex``: a regular expression that must match all of it.
    ``host``: a pattern over the host; a region is often part of its name.
    ``query``: names and patterns of their values.
    ``header``: names and patterns of their values.
    ``json``: dotted paths into the call's JSON body and patterns of what is there.
    ``content_type``: a pattern over the call's content type.
    ``client``: its address, or a network.
    ``operation``: patterns over AWS's names of operations, one or a list.
    ``model``: patterns over the names of AI models, one or a list.
    """

    method: Annotated[tuple[Method, ...], OrOne()] | None = None
    path: PathGlob | None = None
    path_regex: PathRegex | None = None
    host: HostGlob | None = None
    query: At[Headers] | None = None
    header: At[Headers] | None = None
    json: At[Headers] | None = None
    content_type: str | None = None
    client: Network | None = None
    operation: Annotated[tuple[Operation, ...], OrOne()] | None = None
    model: Annotated[tuple[Model, ...], OrOne()] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowSection(Section):
    """A part of the run.

    ``from``: when it begins.
    ``for``: how long it lasts.
    ``to``: instead, when it ends.
    """

    from_: At[Moment] | None
    for_: Seconds | None = None
    to: At[Moment] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageSection(Section):
    """A real outage, replayed.

    ``outage``: its name.
    ``id``: what reports call it; default: its name.
    ``provider``: whom it strikes; default: the file's providers that it was about.
    ``during``: a phase, or a window; default: the phase called ``fault``. It is fitted into that.
    """

    outage: At[str] | None
    id: At[Name] | None = None
    provider: At[str] | None = None
    during: At[Annotated[tuple[At[Moment | WindowSection], ...], OrOne()]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionSection(Section):
    """A fault applied to a provider during a window.

    ``id``: what reports call it.
    ``provider``: whom it is about.
    ``fault``: one fault over its parameters.
    ``during``: a phase, a window, or a list of them.
    ``share``: how much it strikes, and of what; it may change over time.
    ``key``: what a share of keys keeps together.
    ``reroll``: draws for each period whether it is on.
    ``match``: which calls it is about; default: all.
    ``first_n``: of the calls that it is about, only so many.
    ``every_nth``: only each n-th.
    ``after_n``: only those after so many.
    ``between``: only those from the one to the other, [3, 5].
    """

    id: At[Name] | None
    provider: At[str] | None
    fault: At[Annotated[Named[Fault], OneOf("fault", registry.faults)]] | None
    during: At[Annotated[tuple[At[Moment | WindowSection], ...], OrOne()]] | None
    share: At[Portion] | None = None
    key: At[Key] | None = None
    reroll: At[Reroll] | None = None
    match: At[MatchSection] | None = None
    first_n: At[Count] | None = None
    every_nth: At[Count] | None = None
    after_n: At[Count] | None = None
    between: At[tuple[Count, ...]] | None = None

    @classmethod
    def variant(cls, node: Node) -> type[Section]:
        return OutageSection if "outage" in keys(node) else cls

    @classmethod
    def variants(cls) -> tuple[type[Section], ...]:
        return (cls, OutageSection)

    @classmethod
    def missing_hint(cls, name: str, node: Pairs) -> str | None:
        fault = node.get("fault")
        kind = fault.text if isinstance(fault, Text) else next(iter(keys(fault)), "") if fault else ""
        return _suggested_id(kind, "stripe-down") if name == "id" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SloSection(Section):
    """Objectives for one phase.

    ``id``: what reports call it.
    ``in``: the phase.
    ``of``: an endpoint, a list of them, or a pattern; default: all.
    ``provider``: for objectives that are about one.
    ``stable_for``: how long it must stay good before it counts as recovered.
    """

    id: At[Name] | None
    in_: At[str] | None = None
    of: Names | None = None
    provider: At[str] | None = None
    stable_for: At[Seconds] | None = None
    objectives: Annotated[tuple[tuple[str, At[Objective]], ...], Rest("objective", registry.objectives)] = ()

    @classmethod
    def missing_hint(cls, name: str, node: Pairs) -> str | None:
        kinds = [each for each in keys(node) if each in registry.objectives()]
        return _suggested_id(kinds[0] if kinds else "", "survive") if name == "id" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortSection(Section):
    """When to stop: availability has stayed below a limit.

    ``availability``: the limit.
    ``of``: endpoints; default: all.
    ``for``: how long it must have been below.
    """

    availability: Below | None
    of: Names | None = None
    for_: At[Seconds] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
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
