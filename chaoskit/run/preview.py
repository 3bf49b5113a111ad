"""What a run would do, in its order, without any of it being done."""

import os
import shlex
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from chaoskit.core.experiment import Compose, Experiment, ProxySettings
from chaoskit.core.service import ServiceInjection
from chaoskit.run.cores import cores
from chaoskit.run.probe import providers
from chaoskit.run.stack import DOWN_WITHIN, name_beforehand
from chaoskit.run.system import PREPARE_WITHIN
from chaoskit.spec.shapes import summary
from chaoskit.target import needs, perform
from chaoskit.target.engine import Engine, EngineError
from chaoskit.target.prospects import Prospect, beforehand, prospects
from chaoskit.target.sidecar import aliases


def preview(experiment: Experiment, file: Path) -> list[str]:
    """Return lines for people; what cannot be told is one of them."""
    engine, rest = None, []
    if experiment.target.compose is not None or experiment.service_injections:
        engine, found = needs.reach(experiment.target)
        if engine is None:
            rest += ["", f"which containers there are cannot be told: {found.text}"]
        rest += ["", f"`chaoskit doctor {file}` says whether all that it needs is there"]
    lines = ["a run would, in this order"]
    lines += [f"  {number}. {each}" for number, each in enumerate(steps(experiment, engine), 1)]
    if experiment.service_injections:
        lines += ["", "on services it would"]
        lines += [f"  {each}" for each in on_services(experiment, engine, file)]
    return [*lines, *rest]


def steps(experiment: Experiment, engine: Engine | None) -> Iterator[str]:
    """Yield what would be started, and what becomes of it."""
    target = experiment.target
    if target.prepare:
        yield f"run `{shlex.join(target.prepare)}` to its end, {PREPARE_WITHIN:g}s at most"
    if target.compose is None:
        yield from _proxies(experiment)
        yield from _target(experiment)
    else:
        yield _up(experiment, target.compose, engine)
        yield _beside(experiment, target.compose)
    if experiment.service_injections:
        yield "start a keeper, which puts the faults on services and takes them back"
    if probed := providers(experiment):
        yield f"call the service until the proxy has seen it call {', '.join(probed)}"
    load = experiment.load
    yield (
        f"start {_count(load.processes, 'load process', 'load processes')}, which {_send(load.processes)} to "
        f"{target.url} and nowhere else"
    )
    yield f"let {experiment.length:g}s pass, and judge what was recorded"
    if target.compose is not None:
        yield _down(target.compose)


def _proxies(experiment: Experiment) -> Iterator[str]:
    proxy = experiment.proxy
    where = str(proxy.listen) if proxy.listen.port else f"a free port of {proxy.listen.host}"
    yield f"start {_workers(proxy)} at {where}"
    if proxy.transparent is not None:
        ports = ", ".join(str(each) for each in proxy.transparent.ports)
        yield f"lead connections of this network namespace to the ports {ports} through the proxy"


def _target(experiment: Experiment) -> Iterator[str]:
    target = experiment.target
    if target.command:
        yield f"start `{shlex.join(target.command)}`"
    yield f"wait until {target.url} answers GET {target.ready.get}, {target.ready.within:g}s at most"


def _up(experiment: Experiment, target: Compose, engine: Engine | None) -> str:
    where = f" on the engine at {engine.address}" if engine is not None else ""
    ready = f"wait until all of it is ready, {experiment.target.ready.within:g}s at most"
    if target.attach:
        return f"find the containers of {_project(target)} that run already{where}; {ready}"
    profile = f", with the profile {target.profile}" if target.profile is not None else ""
    return (
        f"bring up {', '.join(experiment.services)} of {target.file}{profile}, and what they depend on, as "
        f"{_project(target)}{where}; {ready}"
    )


def _project(target: Compose) -> str:
    if target.project is not None:
        return f"the project {target.project}"
    return "its folder's project" if target.attach else "a project of the run's own"


def _beside(experiment: Experiment, target: Compose) -> str:
    what = f"start {_workers(experiment.proxy)} in a container of {experiment.target.image},"
    if target.capture == "sidecar":
        rights = "NET_ADMIN" if os.getuid() == 0 else "NET_ADMIN and DAC_OVERRIDE"
        return f"{what} in the network namespace of {target.service}, with no right but {rights}"
    names = ", ".join(aliases(target, experiment.providers))
    return f"{what} on the networks of {target.service}, with no right, under the names {names}"


def _down(target: Compose) -> str:
    logs = "keep the containers' logs in the run's folder"
    if target.attach:
        return f"{logs}, and leave the project running"
    if target.keep:
        return f"{logs}, and leave the project running, since it says `keep`"
    volumes = ", its volumes as well" if target.project is None else ", but not its volumes"
    return f"{logs}, and take the project down{volumes}, {DOWN_WITHIN:g}s at most"


def on_services(experiment: Experiment, engine: Engine | None, file: Path) -> Iterator[str]:
    """Yield what each fault on a service would do to which container."""
    target = experiment.target.compose
    there: list[Prospect] = []
    project = None
    if target is not None:
        project = name_beforehand(target, (file.resolve().parent / target.file).resolve())
    if engine is not None and (target is None or project is not None):
        try:
            there = prospects(engine, experiment.service_injections, project)
        except EngineError as problem:
            yield f"cannot be told: {problem}"
    known = {key: list(found) for key, found in groupby(there, lambda each: each.injection.id)}
    for each in experiment.service_injections:
        found = known.get(each.id, [])
        if target is not None and not target.attach and not any(one.container for one in found):
            found = []  # they are made when the run begins
        if not found:
            yield from _to_come(each)
        for one in found:
            name = each.service if one.container is None else one.container.name
            yield f"{each.id}: {each.fault_name} on {name}"
            yield from (f"  {line}" for line in one.lines)


def _to_come(injection: ServiceInjection) -> Iterator[str]:
    """Yield what a fault would do to containers that are not there, or are not known."""
    yield f"{injection.id}: {injection.fault_name} on each container of {injection.service}"
    found = beforehand(injection)
    if found is None:
        yield f"  {summary(type(injection.fault))}"
    else:
        yield from (f"  {perform.describe(each)}" for each in found)


def _workers(proxy: ProxySettings) -> str:
    count = _count(proxy.workers_on(cores()), "proxy", "proxies")
    return f"{count} (auto)" if proxy.workers == "auto" else count


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _send(number: int) -> str:
    return "sends" if number == 1 else "send"
