"""Known defects of clients that a way of capturing provokes: the service would not have them in production.

Each row was measured by tests/catalogue/test_defects.py, or says where it was. Looked for and not provoked
here, since the proxy answers every CONNECT with 200 and fails only what is inside the tunnel: undici's loop
on a CONNECT that is dropped (nodejs/undici#3897), AsyncHttpClient's reuse of a CONNECT that was refused
(AsyncHttpClient/async-http-client#2071).
"""

from collections.abc import Sequence
from typing import Literal

from chaoskit.catalogue.diagnosis import Runtime
from chaoskit.core.experiment import Experiment, Injection
from chaoskit.core.frozen import frozen

State = Literal["installed", "absent", "unknown"]

IN_THE_HANDSHAKE = frozenset({
    "alpn", "bandwidth", "blackhole", "certificate", "connect_delay", "delay", "disconnect", "dns_error",
    "dns_timeout", "half_close", "handshake_delay", "handshake_stall", "limit_data", "limit_time", "refuse",
    "reset", "tls_alert", "tls_version",
})  # fmt: skip
"""Faults that may end a TLS handshake, where they act on connections or handshakes and not on calls."""


@frozen(kw_only=True)
class Defect:
    """One defect. ``package`` is what it is known by; ``fixed`` is the first version without it, if any.

    ``since``: the oldest version that was measured to have it.
    """

    client: str
    runtime: str
    package: str
    since: str
    fixed: str | None
    capture: Literal["tunnel"]
    faults: frozenset[str]
    looks: str
    source: str

    def state(self, runtime: Runtime | None) -> State:
        """Tell whether a target that runs on ``runtime`` can call with it."""
        if runtime is None or runtime.kind is None:
            return "unknown"
        if runtime.kind != self.runtime or self.package not in runtime.packages:
            return "absent"
        version = dict(runtime.versions).get(self.package)
        if self.fixed is not None and version is not None and _numbers(version) >= _numbers(self.fixed):
            return "absent"
        return "installed"


_SLOT = "each TLS handshake that fails inside a CONNECT tunnel costs a slot of its pool for ever"

DEFECTS = (
    Defect(
        client="httpx", runtime="python", package="httpcore", since="0.14.7", fixed=None, capture="tunnel",
        faults=IN_THE_HANDSHAKE, looks=_SLOT, source="encode/httpcore#1023",
    ),
    Defect(
        client="httpx2", runtime="python", package="httpcore2", since="2.16.2", fixed=None, capture="tunnel",
        faults=IN_THE_HANDSHAKE, looks=_SLOT, source="pydantic/httpx2#1010",
    ),
)  # fmt: skip

PACKAGES = frozenset(each.package for each in DEFECTS)


@frozen(kw_only=True)
class Meeting:
    """An injection that may provoke a defect, through the capture that the experiment has."""

    injection: Injection
    defect: Defect
    state: State  # never ``absent``
    version: str | None

    @property
    def client(self) -> str:
        """The client, as far as it is known."""
        return f"{self.defect.client} ({self.defect.package}{f' {self.version}' if self.version else ''})"

    @property
    def remedy(self) -> str:
        """The one thing to do."""
        return remedy(self.injection.provider)


def remedy(provider: str) -> str:
    """Say how to capture a provider without CONNECT."""
    return (
        f"capture {provider} without CONNECT: `providers.{provider}.reverse`, `proxy.gateway` or "
        "`proxy.transparent` (docs/capture.md)"
    )


def tunnels(experiment: Experiment, provider: str) -> bool:
    """Tell whether calls to a provider come through a proxy that the client knows of, and so in a tunnel."""
    compose = experiment.target.compose
    if compose is not None:
        return compose.capture == "forward"
    if experiment.proxy.transparent is not None or experiment.proxy.gateway:
        return False
    return experiment.provider(provider).reverse is None


def provoking(experiment: Experiment) -> tuple[Injection, ...]:
    """Return the injections that may provoke some defect, whatever the client is."""
    return tuple(
        each
        for each in experiment.injections
        if each.layers & {"connect", "hello"}
        and any(each.fault_name in defect.faults for defect in DEFECTS)
        and tunnels(experiment, each.provider)
    )


def meetings(experiment: Experiment, runtime: Runtime | None) -> tuple[Meeting, ...]:
    """Return where an injection and a client with a defect meet, or may, for all that is known of it."""
    versions = {} if runtime is None else dict(runtime.versions)
    found = [
        Meeting(injection=injection, defect=defect, state=state, version=versions.get(defect.package))
        for injection in provoking(experiment)
        for defect in DEFECTS
        if injection.fault_name in defect.faults and (state := defect.state(runtime)) != "absent"
    ]
    certain = tuple(each for each in found if each.state == "installed")
    first = {each.injection.id: each for each in reversed(found)}  # of what nobody knows, one name will do
    return certain or tuple(first.values())


def advices(met: Sequence[Meeting]) -> tuple[str, ...]:
    """Return what to tell people, once for each provider and client."""
    groups: dict[tuple[str, str], list[Meeting]] = {}
    for meeting in met:
        groups.setdefault((meeting.injection.provider, meeting.client), []).append(meeting)
    return tuple(_advice(group) for group in groups.values())


def _advice(group: Sequence[Meeting]) -> str:
    first = group[0]
    names = [f"{each.injection.id} ({each.injection.fault_name})" for each in group[:3]]
    more = f" and {len(group) - 3} more" if len(group) > 3 else ""
    has = "which the target has installed" if first.state == "installed" else "if the target calls with it"
    return (
        f"{', '.join(names)}{more} on {first.injection.provider} behind CONNECT meets a known defect of "
        f"{first.client}, {has}: {first.defect.looks}, so that it may never recover, whatever the service "
        f"does ({first.defect.source}); {first.remedy}"
    )


def _numbers(version: str) -> tuple[int, ...]:
    words = version.split("+", maxsplit=1)[0].split(".")
    return tuple(int(each) for each in words if each.isdigit())
