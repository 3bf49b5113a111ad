"""What a record knows of an endpoint's calls to a struck provider; the rules are in ``core.exposure``."""

from collections.abc import Sequence
from functools import cache, cached_property

from chaoskit.core.experiment import Injection, Phase
from chaoskit.core.exposure import Basis, Counted, Link
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Evidence, ProbeRequest, Samples
from chaoskit.slos.scope import judged, overlapping
from chaoskit.slos.tied import Tied, among


class Links:
    """The links of one record."""

    def __init__(self, evidence: Evidence) -> None:
        """Count nothing yet."""
        self.evidence = evidence
        self.tied = Tied(evidence)
        self.of = cache(self._of)
        self.is_traced = cache(self._is_traced)
        self._listed = {endpoint.name: endpoint for endpoint in evidence.experiment.load.endpoints}

    @cached_property
    def every(self) -> tuple[Link, ...]:
        """Every endpoint's link to every provider that an injection is aimed at, in file order."""
        struck = dict.fromkeys(injection.provider for injection in self.evidence.experiment.injections)
        return tuple(self.of(name, provider) for name in self.evidence.endpoints for provider in struck)

    def states(self, name: str, provider: str) -> bool:
        """Tell whether the file says that an endpoint depends on a provider, or on one behind that edge."""
        endpoint = self._listed.get(name)
        return endpoint is not None and not self.tied.behind(provider).isdisjoint(endpoint.depends_on)

    def rate(self, name: str, provider: str) -> float:
        """Return how many calls to a provider one request makes, as its probes show.

        Without a probe it is 1 where the file says that the endpoint depends on the provider, else 0.
        """
        probes = self._probes(name, is_last=False)
        if not probes:
            return float(self.states(name, provider))
        return sum(self.tied.seen_in(probe, provider) for probe in probes) / len(probes)

    def requests(self, name: str, phase: Phase) -> int:
        """Return how many judged requests of an endpoint were really sent in a phase."""
        return int(np.count_nonzero(~judged(self.evidence, name, phase).saturated))

    def _of(self, name: str, provider: str) -> Link:
        experiment = self.evidence.experiment
        first, last = experiment.phases[0], experiment.phases[-1]
        endpoint = self._listed.get(name)
        before = self._probed(name, provider, is_last=False)
        basis = self._basis(name, provider, before)
        is_free = all(
            not isinstance(injection, Injection) or injection.provider != provider
            for injection in overlapping(experiment, last)
        )
        return Link(
            endpoint=name,
            provider=provider,
            request="" if endpoint is None else f"{endpoint.method} {endpoint.path}",
            is_stated=self.states(name, provider),
            is_always=endpoint is None or endpoint.calls == "always",
            basis=basis,
            before=before,
            after=self._probed(name, provider, is_last=True),
            quiet=self._calling(name, provider, first, basis),
            late=self._calling(name, provider, last, basis) if is_free else None,
            is_seen=self.is_traced(name, provider) or before.calling > 0,
        )

    def _probes(self, name: str, *, is_last: bool) -> Sequence[ProbeRequest]:
        return [probe for probe in self.tied.probes.get(name, ()) if probe.is_last == is_last]

    def _probed(self, name: str, provider: str, *, is_last: bool) -> Counted:
        probes = self._probes(name, is_last=is_last)
        seen = sum(self.tied.seen_in(probe, provider) > 0 for probe in probes)
        return Counted(requests=len(probes), calling=seen)

    def _is_traced(self, name: str, provider: str) -> bool:
        """Tell whether a call to the provider carries the trace of one of the endpoint's requests."""
        own = self.tied.own.get(name)
        return own is not None and bool(among(self.tied.moves(provider).trace, own).any())

    def _basis(self, name: str, provider: str, before: Counted) -> Basis:
        if self.is_traced(name, provider):
            return Basis.TRACES
        if before.requests:
            return Basis.PROBES
        return Basis.ONLY_CALLER if self._is_only_caller(name, provider) else Basis.UNKNOWN

    def _is_only_caller(self, name: str, provider: str) -> bool:
        """Tell whether no other endpoint may have made the calls to a provider."""
        for other in self.evidence.endpoints:
            endpoint = self._listed.get(other)
            says_others = endpoint is not None and bool(endpoint.depends_on)
            probed = self._probed(other, provider, is_last=False)
            is_silent = probed.requests > 0 and not probed.calling
            if other != name and (self.states(other, provider) or not (says_others or is_silent)):
                return False
        return True

    def _calling(self, name: str, provider: str, phase: Phase, basis: Basis) -> Counted:
        """Count the judged requests of a phase without a fault, and those of them that called."""
        samples = judged(self.evidence, name, phase)
        sent: Samples = samples.where(~samples.saturated)
        n, moves = len(sent), self.tied.moves(provider)
        if basis is Basis.TRACES:
            return Counted(requests=n, calling=int(among(sent.trace, np.unique(moves.trace)).sum()))
        seen = moves.loose(phase.start, phase.stop)
        if not self.evidence.experiment.needs_calls(provider):
            # nobody knows how many requests a connection carried that was passed on unread
            return Counted(requests=n, calling=n if seen else 0)
        if basis is not Basis.PROBES:
            return Counted(requests=n, calling=min(n, round(seen)))
        own = n * self.rate(name, provider)
        foretold = sum(
            self.requests(other, phase) * self.rate(other, provider)
            for other in self.evidence.endpoints
            if not self.is_traced(other, provider)
        )
        # what is missing may all be missing of this endpoint
        share = 1.0 - max(0.0, foretold - seen) / own if own else 0.0
        return Counted(requests=n, calling=round(n * max(0.0, share)))
