"""How connections get here that know nothing of a proxy: by names that lead here, or by a redirect."""

import errno
import ipaddress
import logging
from collections.abc import Callable

from chaoskit.core.experiment import Address, Experiment, Provider
from chaoskit.proxy import nft
from chaoskit.proxy.dial import Names, current, may_mark
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.gate import Gate
from chaoskit.proxy.names import Pinned, Resolver, system_addresses

_NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


class CaptureError(Exception):
    """Traffic could not be led here; a sentence."""


class Capture:
    """The gateways and the redirect of one worker. The one that ``leads`` owns the redirect."""

    def __init__(
        self, experiment: Experiment, engine: Engine, gate: Gate, *, run: str, leads: bool, is_shared: bool
    ) -> None:
        self._experiment = experiment
        self._settings = experiment.proxy
        self._engine = engine
        self._gate = gate
        self._run = run
        self._is_owner = leads
        self._is_shared = is_shared
        self._rules: nft.Rules | None = None
        self._renewed = 0.0
        self._names: Names | None = None
        self.around = 0  # packets that went around the proxy, as of the last beat
        self.on_loss: Callable[[str], None] = logging.getLogger(__name__).error

    async def start(self, main: Address) -> list[str]:
        """Bind the gateways, set the redirect up; return the gateways' addresses.

        ``main`` is where the worker listens already. Raises CaptureError, InUseError and OSError.
        """
        loop = current()
        loop.refuses = self._engine.is_own
        if self._settings.resolver is not None:
            self._names = Resolver(self._settings.resolver)
        elif self._settings.gateway:
            self._names = Pinned(await self._look_up())
        loop.names = self._names
        gateways = [
            await self._gate.listen(each, None, is_shared=self._is_shared, is_gateway=True)
            for each in self._settings.gateway
        ]
        if gateways:
            await self._check_names({each.port for each in gateways})
        if self._settings.transparent is not None:
            await self._redirect(main)
        return [str(each) for each in gateways]

    async def beat(self) -> None:
        """Let the redirect live on. One that is gone is told: what follows would not be seen."""
        now = current().time()
        if self._rules is None or now - self._renewed < self._rules.lease / 4:
            return
        self._renewed = now
        try:
            said = await nft.apply(self._rules.renew() + self._rules.count())
            self.around = nft.packets(said)
        except nft.NftError as problem:
            self._rules = None
            self.on_loss(f"{problem}; so connections are not led to the proxy any more")

    async def stop(self) -> None:
        """Take the redirect away."""
        rules, self._rules = self._rules, None
        if rules is not None:
            try:
                await nft.apply(rules.remove())
            except nft.NftError as problem:
                logging.getLogger(__name__).warning("%s", problem)

    # a gateway

    async def _look_up(self) -> dict[str, list[str]]:
        """Find the providers' addresses now, before their names are made to lead here."""
        found: dict[str, list[str]] = {}
        for _, host in self._hosts():
            try:
                found[host] = await system_addresses(host)
            except OSError:
                continue  # the preflight says so, if it matters
        return found

    async def _check_names(self, ports: set[int]) -> None:
        assert self._names is not None
        for provider, host in self._hosts():
            try:
                addresses = await self._names.addresses(host)
            except OSError:
                continue
            for address in addresses:
                if any(self._engine.is_own(address, port) for port in ports):
                    raise CaptureError(
                        f"proxy.gateway: {host} leads to {address}, which is this proxy itself, so "
                        f"{provider.name} cannot be reached; set providers.{provider.name}.resolve to its "
                        "real address, or proxy.resolver to a name server that knows it"
                    )

    def _hosts(self) -> list[tuple[Provider, str]]:
        return [
            (provider, host.lower())
            for provider in self._experiment.providers
            if provider.resolve is None
            for host in provider.hosts
            if not host.startswith("*.")
        ]

    # the redirect

    async def _redirect(self, main: Address) -> None:
        settings = self._settings.transparent
        assert settings is not None
        if not may_mark():
            raise CaptureError(
                "proxy.transparent needs the right to change this network namespace "
                "(CAP_NET_ADMIN): run as root"
            )
        current().marks = True
        bound = ipaddress.ip_address(main.host) if main.host != "localhost" else None
        if bound is None or not (bound.is_unspecified or str(bound) == "127.0.0.1"):
            await self._gate.listen(Address("127.0.0.1", main.port), None, is_shared=self._is_shared)
        has_ipv6 = await self._listen_ipv6(main)
        if not self._is_owner:
            return
        to = None if settings.to == "everything" else await self._providers_addresses()
        rules = nft.Rules(
            table=nft.table_name(self._run),
            ports=settings.ports,
            port=main.port,
            lease=self._settings.lease,
            to=to,
            blocks_quic=settings.quic == "block",
            has_ipv6=has_ipv6,
            cuts=self._experiment.target.compose is not None,  # nobody else is in that namespace
        )
        try:
            await nft.apply(rules.install())
        except nft.NftError as problem:
            raise CaptureError(str(problem)) from problem
        self._rules, self._renewed = rules, current().time()

    async def _listen_ipv6(self, main: Address) -> bool:
        if main.host in ("::", "::1"):
            return True
        try:
            await self._gate.listen(Address("::1", main.port), None, is_shared=self._is_shared)
        except OSError as problem:
            if problem.errno in _NO_IPV6:  # then nobody can connect over it either
                return False
            raise
        return True

    async def _providers_addresses(self) -> tuple[str, ...]:
        found: list[str] = []
        for provider in self._experiment.providers:
            for host in provider.hosts:
                try:
                    found += await (self._names or Pinned({})).addresses(host)
                except OSError as problem:
                    raise CaptureError(
                        f"proxy.transparent: the address of {host} ({provider.name}) was not found, so what "
                        f"goes to it would not be seen: {problem}"
                    ) from problem
        return tuple(found)
