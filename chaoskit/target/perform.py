"""Perform steps on the engine, and bring back the evidence that each took hold.

Steps back may be performed any number of times: what is as it should be already is fine, and so is a
container that is gone.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from chaoskit.core import service
from chaoskit.core.service import Attachment, Container, ServiceError, Step, Steps
from chaoskit.target.agents import Agents
from chaoskit.target.engine import Engine, EngineError, GoneError, asking

type Evidence = dict[str, Any]


class Hands(Protocol):
    """What steps are performed with."""

    @property
    def engine(self) -> Engine: ...

    @property
    def agents(self) -> Agents: ...


def forward(steps: Steps, victim: Container, hands: Hands) -> Evidence:
    """Perform the steps of a fault; return the evidence. EngineError where one cannot be."""
    evidence: Evidence = {}
    for each in steps:
        evidence |= perform(each, victim.id, hands)
    return evidence


def back(steps: Steps, victim: Container, hands: Hands) -> Evidence:
    """Perform all the steps that take a fault back, also when one fails; then EngineError says which."""
    evidence: Evidence = {}
    problems: list[str] = []
    for each in steps:
        try:
            evidence |= perform(each, victim.id, hands)
        except EngineError as problem:
            if isinstance(problem, GoneError) and _is_gone(victim.id, hands):
                return {**evidence, "gone": True}
            problems.append(str(problem))
    if problems:
        raise EngineError("; ".join(problems))
    return evidence


def perform(step: Step, container: str, hands: Hands) -> Evidence:
    """Perform one step; return what shows that it took hold."""
    engine = hands.engine
    api = engine.client.api
    with asking(f"cannot {describe(step)}"):
        match step:
            case service.Pause():
                api.pause(container)
                return {"paused": _is(engine, container, "Paused")}
            case service.Unpause():
                if _is(engine, container, "Paused"):
                    api.unpause(container)
                return {"paused": _is(engine, container, "Paused")}
            case service.Send(signal):
                api.kill(container, signal=signal)
                _wait(lambda: not _is(engine, container, "Running"), 1.0)
                return {"running": _is(engine, container, "Running")}
            case service.Stop(grace):
                api.stop(container, timeout=round(grace))
                return {"running": _is(engine, container, "Running")}
            case service.Start():
                api.start(container)
                return {"running": _is(engine, container, "Running")}
            case service.Restart(grace):
                api.restart(container, timeout=round(grace))
                return {"running": _is(engine, container, "Running")}
            case service.Disconnect(network):
                api.disconnect_container_from_network(container, network)
                return {"networks": _networks(engine, container)}
            case service.Connect(attachment):
                if attachment.network not in _networks(engine, container):
                    _connect(engine, container, attachment)
                return {"networks": _networks(engine, container)}
            case service.SetCpu(period, quota, nano):
                wanted = {"NanoCpus": nano} if nano else {"CpuPeriod": period, "CpuQuota": quota}
                return _update(engine, container, wanted)
            case service.SetMemory(memory, swap):
                return _update(engine, container, {"Memory": memory, "MemorySwap": swap})
            case service.Rules(table, chains):
                hands.agents.of(container).ask(do="rules", table=table, chains=chains)
                return {"table": table}
            case service.NoRules(table):
                return _in_network(hands, container, do="norules", table=table)
            case service.Queue(words):
                return _in_network(hands, container, do="queue", words=list(words))
            case service.NoQueue():
                return _in_network(hands, container, do="noqueue")
            case service.Execute(command, _, in_memory):
                if in_memory and not _is(engine, container, "Running"):
                    return {}
                return _execute(engine, container, command)


def describe(step: Step) -> str:
    """Return a step in a few words."""
    match step:
        case service.Send(signal):
            return f"send {signal}"
        case service.Disconnect(network):
            return f"disconnect it from {network}"
        case service.Connect(attachment):
            return f"connect it to {attachment.network}"
        case service.SetCpu(_, quota, nano):
            return f"set its share of the processor to {nano or quota}"
        case service.SetMemory(memory):
            return f"set its memory to {memory} bytes"
        case service.Rules(table):
            return f"put the nft table {table}"
        case service.NoRules(table):
            return f"take the nft table {table} away"
        case service.Queue(words):
            return f"queue its packets with {' '.join(words)}"
        case service.NoQueue():
            return "take the queue away"
        case service.Execute(command):
            return f"run {' '.join(command[:1] if command[1:2] == ('-c',) else command)} in it"
        case _:
            return f"{type(step).__name__.lower()} it"


def check(victim: Container, steps: Iterable[Step]) -> None:
    """Raise ServiceError where a step would strike somebody else than the container."""
    of_network = (service.Rules, service.Queue, service.Disconnect)
    if victim.network_of is not None and any(isinstance(each, of_network) for each in steps):
        raise ServiceError(
            f"it uses the network of {victim.network_of}, which the fault would strike as well"
        )


def _connect(engine: Engine, container: str, attachment: Attachment) -> None:
    engine.client.api.connect_container_to_network(
        container,
        attachment.network,
        aliases=list(attachment.aliases) or None,
        links=[_link(each) for each in attachment.links] or None,
        ipv4_address=attachment.ipv4,
        ipv6_address=attachment.ipv6,
        driver_opt=dict(attachment.driver_opts) or None,
    )


def _link(text: str) -> tuple[str, str]:
    name, _, alias = text.partition(":")
    return name, alias or name


def _update(engine: Engine, container: str, wanted: Mapping[str, int]) -> Evidence:
    api: Any = engine.client.api
    # the SDK's own method knows no NanoCpus
    answer = api._post_json(api._url("/containers/{0}/update", container), data=wanted)  # noqa: SLF001
    api._raise_for_status(answer)  # noqa: SLF001
    host = engine.inspect(container)["HostConfig"]
    return {name: host.get(name) for name in wanted}


def _in_network(hands: Hands, container: str, **order: Any) -> Evidence:
    is_back = order["do"] in ("norules", "noqueue")
    if is_back and not _is(hands.engine, container, "Running"):
        return {}  # its network namespace is gone, and all that was in it
    answer = hands.agents.of(container).ask(**order)
    return {key: value for key, value in answer.items() if key != "id"}


def _execute(engine: Engine, container: str, command: tuple[str, ...]) -> Evidence:
    api = engine.client.api
    made = api.exec_create(container, list(command), user="0")
    said = api.exec_start(made["Id"])
    status = api.exec_inspect(made["Id"])["ExitCode"]
    if status:
        first = said.decode(errors="replace").strip().splitlines()[:1]
        raise EngineError(f"{command[0]} ended with status {status}{': ' if first else ''}{''.join(first)}")
    return {"status": 0}


def _is(engine: Engine, container: str, what: str) -> bool:
    return bool(engine.inspect(container)["State"][what])


def _is_gone(container: str, hands: Hands) -> bool:
    try:
        hands.engine.inspect(container)
    except GoneError:
        return True
    return False


def _networks(engine: Engine, container: str) -> list[str]:
    return sorted(engine.inspect(container)["NetworkSettings"]["Networks"])


def _wait(done: Callable[[], bool], within: float) -> None:
    until = time.monotonic() + within
    while not done() and time.monotonic() < until:
        time.sleep(0.05)
