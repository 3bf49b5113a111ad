"""An engine made of dictionaries, for the order of things. Its twin is the real one, in tests/docker."""

import copy
from typing import Any

import requests
from docker.errors import APIError, NotFound


def refusal(text: str, status: int = 500) -> APIError:
    response = requests.Response()
    response.status_code = status
    kind = NotFound if status == 404 else APIError
    return kind(text, response=response, explanation=text)


class FakeApi:
    """What the SDK's low-level client does. ``done`` is what was asked for; ``refuses`` what will fail."""

    def __init__(self) -> None:
        self.containers_by_id: dict[str, dict[str, Any]] = {}
        self.done: list[str] = []
        self.refuses: set[str] = set()
        self.images: set[str] = set()

    def inspect_image(self, name: str) -> dict[str, Any]:
        if name not in self.images:
            raise refusal(f"No such image: {name}", 404)
        return {"RepoTags": [name]}

    def add(self, name: str, labels: dict[str, str] | None = None, **networks: dict[str, Any]) -> str:
        identity = name.ljust(64, "0")
        self.containers_by_id[identity] = {
            "Id": identity,
            "Name": f"/{name}",
            "State": {"Running": True, "Paused": False, "StartedAt": "1"},
            "Config": {"Labels": {"chaoskit.allow": "true"} if labels is None else labels, "Env": []},
            "HostConfig": {"NetworkMode": "default", "IpcMode": "private", "ShmSize": 64},
            "NetworkSettings": {"Networks": networks},
        }
        return identity

    def _act(self, what: str, identity: str) -> dict[str, Any]:
        self.done.append(f"{what} {identity.rstrip('0')}")
        if what in self.refuses:
            raise refusal(f"the engine would not {what}")
        return self._of(identity)

    def _of(self, identity: str) -> dict[str, Any]:
        if identity not in self.containers_by_id:
            raise refusal(f"No such container: {identity.rstrip('0')}", 404)
        return self.containers_by_id[identity]

    def inspect_container(self, identity: str) -> dict[str, Any]:
        return copy.deepcopy(self._of(identity))

    def containers(self, *, all: bool = False, filters: dict[str, list[str]]) -> list[dict[str, Any]]:  # noqa: A002
        found = []
        for each in self.containers_by_id.values():
            labels = each["Config"]["Labels"]
            if all_in(labels, filters.get("label", [])):
                found.append({"Id": each["Id"], "Names": [each["Name"]], "Labels": labels})
        return found

    def pause(self, identity: str) -> None:
        self._act("pause", identity)["State"]["Paused"] = True

    def unpause(self, identity: str) -> None:
        state = self._act("unpause", identity)["State"]
        if not state["Paused"]:
            raise refusal("is not paused")
        state["Paused"] = False

    def kill(self, identity: str, signal: str) -> None:
        self._act(f"kill {signal}", identity)["State"]["Running"] = False

    def start(self, identity: str) -> None:
        self._act("start", identity)["State"]["Running"] = True

    def stop(self, identity: str, timeout: int) -> None:
        self._act("stop", identity)["State"]["Running"] = False

    def disconnect_container_from_network(self, identity: str, network: str) -> None:
        del self._act(f"disconnect {network}", identity)["NetworkSettings"]["Networks"][network]

    def connect_container_to_network(self, identity: str, network: str, **more: Any) -> None:
        attrs = self._act(f"connect {network}", identity)
        attrs["NetworkSettings"]["Networks"][network] = {
            "Aliases": more["aliases"],
            "IPAddress": more["ipv4_address"] or "172.20.0.2",
            "IPAMConfig": {"IPv4Address": more["ipv4_address"]} if more["ipv4_address"] else None,
        }


class FakeClient:
    def __init__(self) -> None:
        self.api = FakeApi()


def all_in(labels: dict[str, str], wanted: list[str]) -> bool:
    pairs = (each.partition("=") for each in wanted)
    return all(name in labels and (not equals or labels[name] == value) for name, equals, value in pairs)
