"""The way to the Docker engine: a local one, unless a remote one was asked for by name."""

import os
from typing import Any

import docker
import requests
from docker.context import ContextAPI
from docker.errors import APIError, DockerException, NotFound
from docker.utils import kwargs_from_env

from chaoskit.core.frozen import frozen

_DEFAULT = "unix:///var/run/docker.sock"
_LOCAL = ("unix://", "http+unix://", "npipe://")


class EngineError(Exception):
    """The engine cannot be reached, or would not do something; a sentence without a full stop."""


class GoneError(EngineError):
    """What it was about is no longer there."""


@frozen
class Engine:
    """A connection. ``address`` is what ``DOCKER_HOST`` would say."""

    client: docker.DockerClient
    address: str

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return self.address.startswith(_LOCAL)

    def inspect(self, container: str) -> dict[str, Any]:
        """Return what the engine knows of a container. GoneError if there is none."""
        with asking(f"cannot look at the container {container[:12]}"):
            return self.client.api.inspect_container(container)

    def has(self, image: str) -> bool:
        """Tell whether it has the image; nothing is fetched."""
        with asking(f"cannot look for the image {image}"):
            try:
                self.client.api.inspect_image(image)
            except NotFound:
                return False
            return True


class asking:  # noqa: N801 - reads as a statement: with asking("cannot ..."):
    """Turn what the docker SDK raises into an EngineError that begins with what was tried."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case NotFound():
                raise GoneError(f"{self._what}: {_said(error)}") from error
            case APIError():
                raise EngineError(f"{self._what}: {_said(error)}") from error
            case DockerException() | requests.RequestException() | OSError():
                raise EngineError(f"{self._what}: {root_cause(error)}") from error
            case _:
                pass


def connect(wanted: str | None = None) -> Engine:
    """Return the engine that is ``wanted``, else the one that ``docker`` itself would use.

    That is ``DOCKER_HOST``, else the current context. A remote one must be wanted. Raises EngineError.
    """
    address, tls = _address(wanted)
    if wanted is None and not address.startswith(_LOCAL):
        raise EngineError(
            f"the Docker engine at {address} is not on this machine; to strike containers there, say so: "
            f"`engine: {address}`"
        )
    with asking(f"no Docker engine answers at {address}"):
        client = docker.DockerClient(
            base_url=address, tls=tls, version="auto", timeout=60, use_ssh_client=True, max_pool_size=50
        )
        client.ping()
    return Engine(client, address)


def _address(wanted: str | None) -> tuple[str, Any]:
    environment = kwargs_from_env()
    said = wanted or os.environ.get("DOCKER_HOST")
    if said:
        return said, environment.get("tls", False)
    with asking("cannot read docker's own configuration"):
        context = ContextAPI.get_current_context()
    if context is None or context.Name == "default":
        return _DEFAULT, False
    return str(context.Host), context.TLSConfig or False


def _said(error: APIError) -> str:
    said = str(error.explanation or error).strip().splitlines()
    return said[0].rstrip(".") if said else "no reason was given"


def root_cause(error: BaseException) -> str:
    """Return the innermost reason of a chain of exceptions, without Python's words for it."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip().rstrip(".") or type(error).__name__
