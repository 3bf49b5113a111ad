"""A target that is a service of a compose project, and how its calls get to the proxy."""

from dataclasses import replace

from chaoskit.core.experiment import FORWARD_PORT, Address, Compose, ProxySettings, Transparent
from chaoskit.spec.nodes import Problems
from chaoskit.spec.sections import ProxySection, TargetSection


def compose(section: TargetSection, problems: Problems) -> Compose | None:
    """Return the compose project that the target is a service of; None without one, or where it is wrong."""
    only = {
        "service": section.service,
        "profile": section.profile,
        "project": section.project,
        "capture": section.capture,
        "keep": section.keep,
        "attach": section.attach,
    }
    if section.compose is None:
        for name, given in only.items():
            if given is not None:
                problems.add(
                    given.node.place,
                    f"`{name}` goes with a compose project, and there is no `compose`",
                    "for example compose: compose.yaml",
                )
        return None
    place = section.compose.node.place
    if not section.compose.value:
        problems.add(place, "expected a compose file, got none", "leave the key out")
    if section.command is not None:
        problems.add(
            section.command.node.place,
            "`compose` starts the target, and so does `command`",
            "leave one of them out",
        )
    if section.service is None:
        problems.add(place, "`compose` needs `service`", "the one under test, whose calls are captured")
        return None
    keep = section.keep is not None and section.keep.value
    attach = section.attach is not None and section.attach.value
    if section.keep is not None and keep and attach:
        problems.add(section.keep.node.place, "what was running already is always kept", "leave `keep` out")
    return Compose(
        file=section.compose.value,
        service=section.service.value,
        profile=section.profile.value if section.profile is not None else None,
        project=section.project.value if section.project is not None else None,
        capture=section.capture.value if section.capture is not None else "sidecar",
        keep=keep,
        attach=attach,
    )


def captured(
    section: ProxySection | None, proxy: ProxySettings, project: Compose | None, problems: Problems
) -> ProxySettings:
    """Return how the proxy listens in the container that it runs in, where the target is a project."""
    if project is None:
        return proxy
    workers = section.workers if section is not None else None
    if workers is not None and project.capture != "sidecar":
        if workers.value != "auto" and workers.value > 1:
            problems.add(
                workers.node.place,
                f"expected one worker for `capture: {project.capture}`, got {workers.value}",
                "a sidecar's workers share one port",
            )
        proxy = replace(proxy, workers=1)
    match project.capture:
        case "sidecar":
            return replace(proxy, transparent=proxy.transparent or Transparent())
        case "gateway":
            everywhere = (Address("0.0.0.0", 443), Address("0.0.0.0", 80))  # noqa: S104 - in a container
            return replace(proxy, gateway=proxy.gateway or everywhere)
        case "forward":
            return replace(proxy, listen=Address("0.0.0.0", FORWARD_PORT))  # noqa: S104 - in a container
