"""Load and its endpoints, checked together."""

from fnmatch import fnmatchcase

from chaoskit.core.experiment import Endpoint, Load
from chaoskit.spec.asking import endpoint
from chaoskit.spec.nodes import Problems, did_you_mean, quoted
from chaoskit.spec.sections import EndpointSection, LoadSection
from chaoskit.spec.shapes import At, mentions

MOST_ARRIVALS = 100_000
MOST_USERS = 100_000
MOST_PROCESSES = 64


def load(at: At[LoadSection], providers: tuple[str, ...] | None, problems: Problems) -> Load:
    """Return the load. ``providers`` are the known names; None where they cannot be known."""
    section = at.value
    _one_of(at, "arrivals", "users", problems)
    of_locustfile = _is_locustfile_with_names(at)
    if not of_locustfile:
        _one_of(at, "endpoints", "locustfile", problems)
    arrivals, users = section.arrivals, section.users
    if arrivals is not None and not 0 < arrivals.value <= MOST_ARRIVALS:
        problems.add(
            arrivals.node.place, f"expected above 0/s, at most {MOST_ARRIVALS}/s, got {arrivals.value:g}/s"
        )
    if users is not None and users.value > MOST_USERS:
        problems.add(users.node.place, f"expected at most {MOST_USERS} users, got {users.value}")
    if section.process is not None and arrivals is None and users is not None:
        problems.add(
            section.process.node.place,
            "`process` is about `arrivals`, and this load has `users`",
            "leave `process` out",
        )
    if section.deadline is not None and section.deadline.value <= 0:
        problems.add(section.deadline.node.place, "expected a deadline above 0s, got 0s")
    if section.processes is not None and section.processes.value > MOST_PROCESSES:
        problems.add(
            section.processes.node.place,
            f"expected at most {MOST_PROCESSES} processes, got {section.processes.value}",
        )
    if section.locustfile is not None and not section.locustfile.value:
        problems.add(section.locustfile.node.place, "expected a file, got none")
    endpoints: list[Endpoint] = []
    if section.endpoints is not None:
        if not section.endpoints.value:
            problems.add(section.endpoints.node.place, "expected at least one endpoint, got none")
        unique([each.value.name for each in section.endpoints.value], "endpoint", problems)
        for each in section.endpoints.value:
            found = endpoint(each, providers, problems, of_locustfile=of_locustfile)
            if found is not None:
                endpoints.append(found)
    for pattern in section.leave_out or ():
        names = [endpoint.name for endpoint in endpoints]
        if section.locustfile is None and not any(fnmatchcase(name, pattern.value) for name in names):
            problems.add(
                pattern.node.place,
                f"unknown endpoint {quoted(pattern.value)}",
                did_you_mean(pattern.value, names, "endpoints"),
            )
    return Load(
        arrivals=arrivals.value if arrivals is not None else None,
        users=users.value if users is not None else None,
        process=section.process.value if section.process is not None else "constant",
        locustfile=section.locustfile.value if section.locustfile is not None else None,
        deadline=section.deadline.value if section.deadline is not None else 5.0,
        settle=section.settle if section.settle is not None else 2.0,
        processes=section.processes.value if section.processes is not None else 1,
        connections=section.connections or "reuse",
        endpoints=tuple(endpoints),
        leave_out=tuple(pattern.value for pattern in section.leave_out or ()),
    )


def _is_locustfile_with_names(at: At[LoadSection]) -> bool:
    """Tell whether endpoints stand beside a locustfile only to say more about names of its requests."""
    given = at.value.endpoints
    both = all(mentions(at.node, key, LoadSection) for key in ("endpoints", "locustfile"))
    return both and not any(
        mentions(each.node, "request", EndpointSection) for each in (given.value if given else ())
    )


def _one_of(at: At[LoadSection], one: str, other: str, problems: Problems) -> None:
    given = [key for key in (one, other) if mentions(at.node, key, LoadSection)]
    if len(given) == 2:
        problems.add(at.node.place, f"expected `{one}` or `{other}`, got both", "leave one of them out")
    if not given:
        problems.add(at.node.place, f"`{one}` or `{other}` is missing")


def unique(ids: list[At[str] | None], what: str, problems: Problems) -> None:
    """Note every name that was taken before."""
    seen: dict[str, int] = {}
    for each in ids:
        if each is None:
            continue
        if each.value in seen:
            problems.add(
                each.node.place,
                f"duplicate {what} {quoted(each.value)}",
                f"it was given first in line {seen[each.value]}",
            )
        seen.setdefault(each.value, each.node.place.span.line)
