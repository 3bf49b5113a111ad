"""Find the containers that may be struck: those of the project, or those that say so themselves."""

from collections.abc import Sequence
from typing import Any

from chaoskit.core.service import Container, Scene, ServiceError
from chaoskit.target import snapshot
from chaoskit.target.engine import Engine, GoneError, asking

ALLOW = "chaoskit.allow"
OURS = "chaoskit"
_ONE_OFF = "com.docker.compose.oneoff"


def find(engine: Engine, service: str, project: str | None) -> tuple[Container, ...]:
    """Return the containers of a service, in order of their names. ServiceError where none may be struck.

    With a project: the containers of its service. Without: those that are called so, or whose Compose
    service is, and that carry the label ``chaoskit.allow=true``.
    """
    if project is not None:
        return _of_project(engine, service, project)
    called = [each for each in _all(engine) if service in (_name(each), _labels(each).get(snapshot.SERVICE))]
    allowed = [each for each in called if _is_allowed(each)]
    if called and not allowed:
        raise ServiceError(
            f"the container {_name(called[0])} may not be struck: it carries no label {ALLOW}=true, and the "
            "experiment names no Compose project"
        )
    if not called:
        known = sorted({_name(each) for each in _all(engine) if _is_allowed(each)})
        raise ServiceError(
            f"there is no container {service!r}; with the label {ALLOW}=true there are: "
            f"{', '.join(known) or 'none'}"
        )
    return _snapshots(engine, allowed)


def _of_project(engine: Engine, service: str, project: str) -> tuple[Container, ...]:
    every = _all(engine, f"{snapshot.PROJECT}={project}")
    found = [each for each in every if _labels(each).get(snapshot.SERVICE) == service]
    if not found:
        known = sorted({_labels(each).get(snapshot.SERVICE, "") for each in every})
        raise ServiceError(
            f"the Compose project {project!r} has no container of a service {service!r}; it has: "
            f"{', '.join(known) or 'none'}"
        )
    return _snapshots(engine, found)


def others(engine: Engine, project: str | None) -> tuple[Container, ...]:
    """Return the running containers that a fault may look at: the project's, or those with the label."""
    found = _all(engine, f"{snapshot.PROJECT}={project}" if project is not None else f"{ALLOW}=true")
    return tuple(each for each in _snapshots(engine, found) if each.state != "stopped")


def scene(victim: Container, around: Sequence[Container], table: str) -> Scene:
    """Return what a fault looks at."""
    return Scene(victim=victim, others=tuple(each for each in around if each.id != victim.id), table=table)


def now(engine: Engine, container: str) -> Container | None:
    """Return a container as it is now; None if it is gone."""
    try:
        return snapshot.container(engine.inspect(container))
    except GoneError:
        return None


def _all(engine: Engine, *labels: str) -> list[dict[str, Any]]:
    with asking("cannot list the containers"):
        every = engine.client.api.containers(all=True, filters={"label": list(labels)})
    return [
        each
        for each in sorted(every, key=_name)
        if OURS not in _labels(each) and _labels(each).get(_ONE_OFF, "False") != "True"
    ]


def _snapshots(engine: Engine, found: Sequence[dict[str, Any]]) -> tuple[Container, ...]:
    every = (now(engine, each["Id"]) for each in found)
    return tuple(each for each in every if each is not None)


def _is_allowed(found: dict[str, Any]) -> bool:
    return _labels(found).get(ALLOW) == "true"


def _labels(found: dict[str, Any]) -> dict[str, str]:
    return found.get("Labels") or {}


def _name(found: dict[str, Any]) -> str:
    return str(found["Names"][0]).lstrip("/")
