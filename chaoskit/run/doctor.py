"""Looks at everything that a run needs from its surroundings, without running it."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from chaoskit.catalogue.defects import advices, meetings
from chaoskit.catalogue.diagnosis import Check, Diagnosis, diagnose
from chaoskit.core.experiment import Address, Experiment
from chaoskit.proxy.dial import may_mark
from chaoskit.proxy.nft import program
from chaoskit.run.stack import name_beforehand
from chaoskit.target import needs
from chaoskit.target.runtime import look


def examine(experiment: Experiment, file: Path) -> Diagnosis:
    """Return what was found about the experiment in ``file``."""
    target = experiment.target
    environment = dict(os.environ) | dict(target.environment)
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", "")])
    folder = file.resolve().parent / target.folder
    runtime = look(target.command, environment, folder) if target.command else None
    found = diagnose(experiment, runtime, tuple(_checks(experiment, file)))
    return replace(found, cautions=advices(meetings(experiment, runtime)))


def _checks(experiment: Experiment, file: Path) -> Iterator[Check]:
    compose = experiment.target.compose
    base = file.resolve().parent
    if compose is None:
        yield from _on_this_machine(experiment)
    project = None if compose is None else name_beforehand(compose, (base / compose.file).resolve())
    yield from needs.checks(experiment, base, project)
    upstream_ca = experiment.proxy.upstream_ca
    if upstream_ca is not None:
        path = base / upstream_ca
        yield Check(
            is_good=path.is_file() or bool(experiment.target.prepare),
            text=f"proxy.upstream_ca is {path}"
            if path.is_file()
            else f"proxy.upstream_ca: {path} is not there"
            + (" yet; target.prepare may make it" if experiment.target.prepare else ""),
        )


def _on_this_machine(experiment: Experiment) -> Iterator[Check]:
    """Look at what the proxy needs, where it is not in a container."""
    settings = experiment.proxy
    yield from _free("proxy.listen", settings.listen)
    for provider in experiment.providers:
        if provider.reverse is not None:
            yield from _free(f"providers.{provider.name}.reverse", provider.reverse)
    for each in settings.gateway:
        yield from _free("proxy.gateway", each)
    if settings.transparent is not None:
        found = program()
        yield Check(
            is_good=found is not None,
            text=f"nft is {found}" if found else "proxy.transparent needs nft (the package nftables)",
        )
        yield Check(
            is_good=may_mark(),
            text="the network namespace may be changed"
            if may_mark()
            else "proxy.transparent needs CAP_NET_ADMIN in this network namespace: run as root",
        )


def _free(what: str, address: Address) -> Iterator[Check]:
    if address.port == 0:
        return
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(found[0], socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(found[4])
    except OSError as problem:
        yield Check(is_good=False, text=f"{what}: cannot listen on {address}: {problem.strerror or problem}")
    else:
        yield Check(is_good=True, text=f"{what}: {address} is free")
