"""What a file may say about injections: what is struck, when, and how much of it."""

from typing import Annotated

from chaoskit.core.call import Headers
from chaoskit.core.fault import Fault
from chaoskit.core.frozen import frozen
from chaoskit.core.match import Key
from chaoskit.core.rhythm import Reroll
from chaoskit.core.service import ServiceFault
from chaoskit.core.units import Count, Seconds
from chaoskit.spec import registry
from chaoskit.spec.nodes import Node, Pairs, Text, keys
from chaoskit.spec.shapes import At, Named, OneOf, OrOne, Section
from chaoskit.spec.written import (
    HostGlob,
    Method,
    Model,
    Moment,
    Name,
    Network,
    Operation,
    PathGlob,
    PathRegex,
    Portion,
    suggested_id,
)


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class WindowSection(Section):
    """A part of the run.

    ``from``: when it begins.
    ``for``: how long it lasts.
    ``to``: instead, when it ends.
    """

    from_: At[Moment] | None
    for_: Seconds | None = None
    to: At[Moment] | None = None


@frozen(kw_only=True)
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


@frozen(kw_only=True)
class ServiceInjectionSection(Section):
    """A fault on the containers of one of your own services, during a window.

    ``id``: what reports call it.
    ``service``: whose containers: a service of the compose project, or a container's name.
    ``fault``: one fault over its parameters.
    ``during``: a phase, a window, or a list of them.
    """

    id: At[Name] | None
    service: At[Name] | None
    fault: At[Annotated[Named[ServiceFault], OneOf("fault", registry.service_faults)]] | None
    during: At[Annotated[tuple[At[Moment | WindowSection], ...], OrOne()]] | None


@frozen(kw_only=True)
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
        given = keys(node)
        if "outage" in given:
            return OutageSection
        return ServiceInjectionSection if "service" in given and "provider" not in given else cls

    @classmethod
    def variants(cls) -> tuple[type[Section], ...]:
        return (cls, ServiceInjectionSection, OutageSection)

    @classmethod
    def missing_hint(cls, name: str, node: Pairs) -> str | None:
        fault = node.get("fault")
        kind = fault.text if isinstance(fault, Text) else next(iter(keys(fault)), "") if fault else ""
        return suggested_id(kind, "stripe-down") if name == "id" else None
