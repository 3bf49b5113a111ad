"""What injections on services would do, before it is done: for a preview, and to find problems early."""

from collections.abc import Iterable, Iterator

from chaoskit.core import service
from chaoskit.core.frozen import frozen
from chaoskit.core.service import Attachment, Container, ServiceError, ServiceInjection, Steps
from chaoskit.target import containers, perform
from chaoskit.target.agents import Agents
from chaoskit.target.engine import Engine, EngineError


@frozen(kw_only=True)
class Prospect:
    """What an injection would do to one container. ``problem``: why it cannot; then there are no steps."""

    injection: ServiceInjection
    container: Container | None = None
    enter: Steps = ()
    leave: Steps = ()
    problem: str | None = None

    @property
    def lines(self) -> list[str]:
        """What would be done, and what would take it back, in words."""
        if self.problem is not None:
            return [f"cannot be put: {self.problem}"]
        return [
            *map(perform.describe, self.enter),
            *(f"afterwards, {perform.describe(e)}" for e in self.leave),
        ]


def prospects(engine: Engine, injections: Iterable[ServiceInjection], project: str | None) -> list[Prospect]:
    """Return what each injection would do to each container. EngineError where the engine is lost."""
    around = containers.others(engine, project)
    return [each for injection in injections for each in _of(engine, injection, project, around)]


def beforehand(injection: ServiceInjection) -> Steps | None:
    """Return what would be done to a container that is not there yet; None where that depends on it."""
    fault = injection.fault
    victim = Container(id="", name="", service=injection.service)
    somewhere = (Attachment(network="", address="192.0.2.1"),)  # of the networks for documentation
    others = (Container(id=each, name=each, service=each, attachments=somewhere) for each in fault.others())
    try:
        steps = fault.enter(containers.scene(victim, tuple(others), "chaoskit"))
    except ServiceError:
        return None
    # how a limit is set depends on the one that was there before
    return None if any(isinstance(each, service.SetCpu | service.SetMemory) for each in steps) else steps


def _of(
    engine: Engine, injection: ServiceInjection, project: str | None, around: tuple[Container, ...]
) -> Iterator[Prospect]:
    try:
        found = containers.find(engine, injection.service, project)
    except ServiceError as problem:
        yield Prospect(injection=injection, problem=str(problem))
        return
    for each in found:
        scene = containers.scene(each, around, "chaoskit")
        try:
            enter, leave = injection.fault.enter(scene), injection.fault.leave(scene)
            perform.check(each, enter)
        except ServiceError as problem:
            yield Prospect(injection=injection, container=each, problem=f"{each.name}: {problem}")
        else:
            yield Prospect(injection=injection, container=each, enter=enter, leave=leave)


def prepare(found: Iterable[Prospect], agents: Agents) -> dict[str, str]:
    """Start the helpers that will be needed; return what stands in the way, by injection."""
    problems: dict[str, str] = {}
    kinds: dict[tuple[str, ...], str | None] = {}
    for each in found:
        if each.problem is not None:
            problems.setdefault(each.injection.id, each.problem)
        try:
            for step in each.enter:
                if isinstance(step, service.Queue):
                    if step.words not in kinds:
                        kinds[step.words] = agents.lacks(step.words)
                    if (why := kinds[step.words]) is not None:
                        problems.setdefault(each.injection.id, why)
                victim = each.container
                if victim is None or victim.state == "stopped":
                    continue
                if isinstance(step, service.Queue | service.Rules):
                    agents.of(victim.id)
        except EngineError as problem:
            problems.setdefault(each.injection.id, str(problem))
    return problems
