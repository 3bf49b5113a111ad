"""What a run needs of an engine and of compose, looked at beforehand. Nothing of the target is started."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from chaoskit.catalogue.diagnosis import Check
from chaoskit.core import service
from chaoskit.core.experiment import Compose, Experiment, Target
from chaoskit.core.service import ServiceInjection
from chaoskit.target import compose, journal
from chaoskit.target.agents import Agents
from chaoskit.target.compose import ComposeError, Project
from chaoskit.target.engine import Engine, EngineError, connect
from chaoskit.target.prospects import beforehand, prospects

_LEASE = 10.0


def checks(experiment: Experiment, base: Path, project: str | None) -> Iterator[Check]:
    """Yield what was found; relative paths count from ``base``.

    ``project`` is what compose calls the project, if that is known; else its containers are not there yet.
    """
    target = experiment.target
    injections = experiment.service_injections
    if target.compose is None and not injections:
        return
    engine, found = reach(target)
    yield found
    if target.compose is not None:
        yield from files(target.compose, base, experiment.services, dict(target.environment))
    if engine is None:
        return
    if target.compose is not None or _needs_helper(injections):
        yield (there := image(engine, target.image))
        if there.is_good:
            yield from kernel(_asking(engine, target.image), injections)
    if target.compose is None or target.compose.attach:
        yield from victims(engine, injections, project)
    if target.compose is not None and target.compose.attach and project is not None:
        yield attached(target.compose.service, project)


def reach(target: Target) -> tuple[Engine | None, Check]:
    """Return the engine, if it answers and may be used, and what there is to say about it."""
    try:
        engine = connect(target.engine)
    except EngineError as problem:
        return None, Check(is_good=False, text=str(problem))
    if target.compose is not None and not engine.is_local:
        return None, Check(
            is_good=False,
            text=f"the engine at {engine.address} is not on this machine; a compose target needs one here, "
            "because the proxy beside the service shares folders with it",
        )
    return engine, Check(is_good=True, text=f"a Docker engine answers at {engine.address}")


def image(engine: Engine, name: str) -> Check:
    """Say whether the engine has the image; one that is not there is not fetched either."""
    if engine.has(name):
        return Check(is_good=True, text=f"target.image: the engine has {name}")
    return Check(
        is_good=False,
        text=f"target.image: the engine has no {name}; in chaoskit's checkout, `make image` or "
        f"`docker build -t {name} .` makes it",
    )


def files(target: Compose, base: Path, named: Sequence[str], given: Mapping[str, str]) -> Iterator[Check]:
    """Look for compose, for the compose file, and in that for the services that are named."""
    file = (base / target.file).resolve()
    if not file.is_file():
        yield Check(is_good=False, text=f"target.compose: there is no file {target.file}")
    try:
        program = compose.program()
        yield Check(is_good=True, text=f"compose is `{' '.join(program)}`")
        if file.is_file():
            # what a run sets by itself must not be missed here
            own = {"CHAOSKIT_USER": f"{os.getuid()}:{os.getgid()}", **os.environ}
            project = Project(name="chaoskit-doctor", files=(file,), program=program)
            known = compose.services(project, compose.variables(target.profile, given, own))
            yield _named(target, named, known)
    except ComposeError as problem:
        yield Check(is_good=False, text=str(problem))


def _named(target: Compose, named: Sequence[str], known: Sequence[str]) -> Check:
    where = target.file if target.profile is None else f"{target.file} with the profile {target.profile}"
    missing = [each for each in named if each not in known]
    if not missing:
        return Check(is_good=True, text=f"{', '.join(named)}: in {where}")
    return Check(
        is_good=False,
        text=f"no service of {where}: {', '.join(missing)}; there are: {', '.join(sorted(known)) or 'none'}",
    )


def attached(name: str, project: str) -> Check:
    """Say whether the service of a project that runs already does so."""
    try:
        found = [each for each in compose.containers(project) if each.service == name]
    except ComposeError as problem:
        return Check(is_good=False, text=str(problem))
    running = [each for each in found if each.status == "running"]
    if len(running) == 1:
        return Check(is_good=True, text=f"{running[0].name} runs")
    what = "no container" if not running else f"{len(running)} containers"
    return Check(
        is_good=False,
        text=f"target.attach: {what} of {name} in the project {project}; one must run",
    )


def victims(engine: Engine, injections: Sequence[ServiceInjection], project: str | None) -> Iterator[Check]:
    """Say for each fault on a service which containers it would strike."""
    try:
        for each in prospects(engine, injections, project):
            if each.problem is not None or each.container is None:
                yield Check(is_good=False, text=f"{each.injection.id}: {each.problem}")
            else:
                text = f"{each.injection.id}: {each.injection.fault_name} would strike {each.container.name}"
                yield Check(is_good=True, text=text)
    except EngineError as problem:
        yield Check(is_good=False, text=str(problem))


def kernel(
    lacks: Callable[[Sequence[str]], str | None], injections: Sequence[ServiceInjection]
) -> Iterator[Check]:
    """Say whether the engine's kernel can queue packets as faults ask for; each kind is asked about once."""
    asked: set[str] = set()
    for each in injections:
        for step in beforehand(each) or ():
            if isinstance(step, service.Queue) and step.words[0] not in asked:
                asked.add(step.words[0])
                why = lacks(step.words)
                text = f"{each.fault_name}: the engine's kernel has {step.words[0]}"
                yield Check(is_good=why is None, text=text if why is None else f"{each.id}: {why}")


def _needs_helper(injections: Sequence[ServiceInjection]) -> bool:
    steps = (step for each in injections for step in beforehand(each) or ())
    return any(isinstance(each, service.Queue | service.Rules) for each in steps)


def _asking(engine: Engine, image: str) -> Callable[[Sequence[str]], str | None]:
    """Return what asks the kernel: a helper container for a second, in nobody's network namespace."""
    pid = os.getpid()
    labels = {"chaoskit.run": "doctor", "chaoskit.keeper": f"{journal.boot_id()} {pid} {journal.birth(pid)}"}
    agents = Agents(engine, image, _LEASE, labels)

    def lacks(words: Sequence[str]) -> str | None:
        try:
            return agents.lacks(words)
        except EngineError as problem:
            return str(problem)

    return lacks
