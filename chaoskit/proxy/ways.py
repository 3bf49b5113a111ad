"""Where each host is to be found, whose it is, and whether calls to it must be seen."""

from collections.abc import Callable

from chaoskit.core.experiment import Address, Experiment, Provider
from chaoskit.core.lanes import is_decrypted, is_needed
from chaoskit.proxy.fronts import MOST, Fronts
from chaoskit.proxy.routes import Route, owner, route_to, route_to_address


class Ways:
    """The routes of an experiment, given what is known about its edges."""

    def __init__(self, experiment: Experiment, fronts: Fronts) -> None:
        self.fronts = fronts
        self._experiment = experiment
        self._routes: dict[tuple[str, int, bool], Route] = {}

    def route_to(self, host: str, port: int, *, tls: bool = False) -> Route:
        """Return the way to ``host``, as far as it is known what that is behind."""
        found = self._routes.get((host, port, tls))
        if found is None:
            found = self._placed(
                lambda: route_to(self._experiment, host, port, tls=tls, edges=self.fronts.groups(host))
            )
            if not self._experiment.edges and len(self._routes) < MOST:  # else it may change
                self._routes[host, port, tls] = found
        return found

    def route_to_address(self, where: Address, name: str | None, *, tls: bool = False) -> Route:
        """Return the way of a client that dialled ``where`` itself, and named ``name`` there."""
        host = where.host if name is None else name
        return self._placed(
            lambda: route_to_address(self._experiment, where, name, tls=tls, edges=self.fronts.groups(host))
        )

    def _placed(self, find: Callable[[], Route]) -> Route:
        route = find()
        if route.dial.host == route.host:
            return route
        self.fronts.see_names(route.host, (route.dial.host,))
        return find()

    def owner(self, host: str) -> Provider | None:
        """Return the provider that ``host`` belongs to, or the edge that it is behind."""
        return owner(self._experiment, host, self.fronts.groups(host))

    def groups(self, route: Route) -> tuple[str, ...]:
        """Return the edges that the host of a provider's route is behind, besides that provider."""
        assert route.provider is not None
        return self.groups_of(route.host, route.provider.name)

    def groups_of(self, host: str, provider: str) -> tuple[str, ...]:
        """Return the edges that ``host`` is behind, besides the provider that it belongs to."""
        return tuple(each for each in self.fronts.groups(host) if each != provider)

    def wants_calls(self, route: Route) -> bool:
        """Tell whether calls on ``route`` must be seen, and so its HTTPS decrypted."""
        provider = route.provider
        if provider is None:
            return False
        return is_decrypted(self._experiment, provider, self.groups(route), route.port)

    def needs_calls(self, route: Route) -> bool:
        """Tell whether calls on ``route`` must be seen for more than to learn which edge it is behind."""
        assert route.provider is not None
        return is_needed(self._experiment, route.provider, self.groups(route))
