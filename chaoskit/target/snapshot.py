"""A container as the engine describes it, as a value that can be written down and compared. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from chaoskit.core.service import Attachment, Container, Limits, State

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
_UNLIMITED = 2**60
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}


def container(attrs: Mapping[str, Any]) -> Container:
    """Return what ``docker inspect`` says of a container."""
    host, config = attrs["HostConfig"], attrs["Config"]
    labels = config.get("Labels") or {}
    name = str(attrs["Name"]).lstrip("/")
    return Container(
        id=attrs["Id"],
        name=name,
        service=labels.get(SERVICE, name),
        state=_state(attrs["State"]),
        attachments=tuple(_attachments(attrs)),
        ports=tuple(sorted(_ports(attrs))),
        limits=Limits(
            nano_cpus=host.get("NanoCpus") or 0,
            cpu_period=host.get("CpuPeriod") or 0,
            cpu_quota=host.get("CpuQuota") or 0,
            memory=host.get("Memory") or 0,
            memory_swap=host.get("MemorySwap") or 0,
        ),
        tmpfs=tuple(sorted(_tmpfs(attrs))),
        environment=tuple(_variables(config.get("Env") or ())),
        network_of=_network_of(host.get("NetworkMode") or ""),
    )


def _state(state: Mapping[str, Any]) -> State:
    if state.get("Paused"):
        return "paused"
    return "running" if state.get("Running") else "stopped"


def _attachments(attrs: Mapping[str, Any]) -> Iterator[Attachment]:
    for network, said in sorted((attrs["NetworkSettings"].get("Networks") or {}).items()):
        if network in ("host", "none"):
            continue
        asked = said.get("IPAMConfig") or {}
        yield Attachment(
            network=network,
            # the engine adds the short id itself; asked for again, it would be there twice
            aliases=tuple(each for each in said.get("Aliases") or () if each != attrs["Id"][:12]),
            address=said.get("IPAddress") or None,
            address6=said.get("GlobalIPv6Address") or None,
            ipv4=asked.get("IPv4Address") or None,
            ipv6=asked.get("IPv6Address") or None,
            links=tuple(said.get("Links") or ()),
            driver_opts=tuple(sorted((said.get("DriverOpts") or {}).items())),
        )


def _ports(attrs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for port, bindings in (attrs["NetworkSettings"].get("Ports") or {}).items():
        for each in bindings or ():
            yield port, f"{each['HostIp']}:{each['HostPort']}"


def _tmpfs(attrs: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    host = attrs["HostConfig"]
    for path, options in (host.get("Tmpfs") or {}).items():
        yield path, _size(options)
    for mount in host.get("Mounts") or ():
        if mount.get("Type") == "tmpfs":
            yield mount["Target"], (mount.get("TmpfsOptions") or {}).get("SizeBytes") or 0
    if host.get("IpcMode") in ("", "private", None) and host.get("ShmSize"):
        yield "/dev/shm", host["ShmSize"]  # noqa: S108 - a mount of the container


def _size(options: str) -> int:
    found = re.search(r"(?:^|,)size=([0-9]+)([bkmg]?)(?:,|$)", options.lower())
    return int(found[1]) * _UNITS[found[2]] if found else 0


def _variables(lines: Any) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = str(line).partition("=")
        # what a journal holds can be read by whoever reads the folder: no secrets in it
        if name.startswith("FAKETIME"):
            yield name, value


def _network_of(mode: str) -> str | None:
    if mode == "host":
        return "the host"
    return f"the container {mode.removeprefix('container:')[:12]}" if mode.startswith("container:") else None


def from_json(said: Mapping[str, Any]) -> Container:
    """Return the container that ``to_json`` wrote down. ValueError where it is none."""
    try:
        attachments = tuple(Attachment(**_tuples(each)) for each in said["attachments"])
        rest = _tuples({key: value for key, value in said.items() if key not in ("attachments", "limits")})
        return Container(**rest, attachments=attachments, limits=Limits(**said["limits"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a container: {said!r}") from error


def to_json(container: Container) -> dict[str, Any]:
    """Return a container as plain data."""
    return asdict(container)


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in said.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(each) for each in value) if isinstance(value, list | tuple) else value


def differences(before: Container, after: Container | None) -> list[str]:
    """Say what is not as before, a sentence each; a limit that the engine only shows otherwise is none."""
    if after is None:
        return ["the container is gone"]
    found: list[str] = []
    if after.state != before.state:
        found.append(f"it was {before.state} and is {after.state}")
    was, now = ({each.network: each for each in one.attachments} for one in (before, after))
    found += [f"it is no longer on the network {each}" for each in was if each not in now]
    found += [f"it is on the network {each}, where it was not" for each in now if each not in was]
    for network in was.keys() & now.keys():
        for name, value in asdict(was[network]).items():
            if name in _dynamic(was[network]):
                continue
            if getattr(now[network], name) != value and before.state == after.state == "running":
                found.append(
                    f"on the network {network}, {name}: {value} before, {getattr(now[network], name)} now"
                )
    if before.ports != after.ports and before.state == after.state == "running":
        found.append(f"published ports: {_listed(before.ports)} before, {_listed(after.ports)} now")
    for name, value in asdict(_acting(before.limits)).items():
        if getattr(_acting(after.limits), name) != value:
            found.append(f"{name}: {value} before, {getattr(_acting(after.limits), name)} now")
    return sorted(found)


def moves(before: Container, after: Container | None) -> str:
    """Say which addresses the engine, whose choice they are, has chosen anew; empty: none."""
    if after is None or after.state != "running":
        return ""
    now = {each.network: each for each in after.attachments}
    return ", ".join(
        f"{each.address} on {each.network} is {now[each.network].address}"
        for each in before.attachments
        if each.network in now and "address" in _dynamic(each) and now[each.network].address != each.address
    )


def _dynamic(attachment: Attachment) -> tuple[str, ...]:
    """Return the fields that nobody asked for: any restart may change them, once another has the address."""
    four = () if attachment.ipv4 else ("address",)
    return four if attachment.ipv6 else (*four, "address6")


def _listed(ports: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{port} at {where}" for port, where in ports) or "none"


def _acting(limits: Limits) -> Limits:
    quota = max(0, limits.cpu_quota)
    memory, swap = (0 if each >= _UNLIMITED else each for each in (limits.memory, limits.memory_swap))
    return Limits(
        nano_cpus=limits.nano_cpus,
        cpu_period=limits.cpu_period if quota else 0,
        cpu_quota=quota,
        memory=memory,
        memory_swap=swap,
    )
