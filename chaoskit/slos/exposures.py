"""How far the samples of each check met the faults of its phase: the numbers for ``core.exposure``."""

from collections.abc import Sequence
from functools import cache

from chaoskit.core.experiment import Experiment, Injection, Phase
from chaoskit.core.exposure import Basis, Exposure
from chaoskit.core.frozen import frozen
from chaoskit.core.service import ServiceInjection
from chaoskit.slos import arrays as np
from chaoskit.slos.evidence import Bools, Evidence, Samples
from chaoskit.slos.links import Links
from chaoskit.slos.scope import judged, overlapping
from chaoskit.slos.tied import among, in_time

_STRENGTH = (Basis.UNKNOWN, Basis.ONLY_CALLER, Basis.PROBES, Basis.TRACES)
"""A check that rests on several links rests on the weakest."""


@frozen(kw_only=True)
class _Part:
    """The samples of one endpoint in one phase that were under the faults ``mine``."""

    name: str
    phase: Phase
    samples: Samples
    mine: tuple[Injection, ...]

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(injection.provider for injection in self.mine))


class Exposures:
    """The exposures of one record."""

    def __init__(self, evidence: Evidence) -> None:
        """Count nothing yet."""
        self.evidence = evidence
        self.links = Links(evidence)
        self.tied = self.links.tied
        self.of = cache(self._of)

    def _of(self, name: str, phase: Phase) -> Exposure | None:
        """Return how far an endpoint's judged samples of a phase met its faults; None where none is on."""
        there = overlapping(self.evidence.experiment, phase)
        if not there:
            return None
        mine = tuple(
            injection
            for injection in there
            if isinstance(injection, Injection) and self.links.of(name, injection.provider).may_depend
        )
        on_services = tuple(each for each in there if isinstance(each, ServiceInjection))
        samples = judged(self.evidence, name, phase)
        under = is_under(samples, (*mine, *on_services) or there)
        count = int(np.count_nonzero(under))
        if not mine:
            basis = Basis.UNKNOWN if on_services else Basis.TRACES
            return Exposure(judged=len(samples), under=count, basis=basis)
        return self._met(_Part(name=name, phase=phase, samples=samples.where(under), mine=mine), len(samples))

    def _met(self, part: _Part, total: int) -> Exposure:
        links = [self.links.of(part.name, provider) for provider in part.providers]
        basis = min((link.basis for link in links), key=_STRENGTH.index)
        n = len(part.samples)
        met, called = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
        for injection in part.mine:
            met |= in_time(part.samples, self.tied.struck(injection.id))
            called |= in_time(part.samples, self.tied.about(injection.id))
        is_traced = basis is Basis.TRACES
        more_called, more_met = self._untied(part, early=is_traced)
        if is_traced and more_met:
            # a fault of the connection strikes before any header is read
            basis = Basis.PROBES if self.tied.probes.get(part.name) else Basis.ONLY_CALLER
        called_count = min(n, int(called.sum()) + more_called)
        instead, how = self._instead(part, called)
        instead = min(instead, n - called_count)
        return Exposure(
            judged=total,
            under=n,
            basis=basis,
            providers=part.providers,
            called=called_count,
            met=min(n, int(met.sum()) + more_met),
            instead=instead,
            instead_by=how if instead else (),
            is_always=all(link.is_always for link in links),
            is_stated=any(link.is_stated for link in links),
        )

    def _untied(self, part: _Part, *, early: bool) -> tuple[int, int]:
        """Estimate the requests behind calls that are tied to none: those that called, and those struck.

        What went to a provider while the fault was on is dealt out as the probes foretell it. ``early``:
        calls carry traces, so that only connections count that were struck before any call.
        """
        called = met = 0.0
        for injection in part.mine:
            moves = self.tied.moves(injection.provider)
            spans = [
                (max(start, part.phase.start), min(stop, part.phase.stop))
                for start, stop in injection.windows
                if start < part.phase.stop and stop > part.phase.start
            ]
            struck = self.tied.loose_hits(injection.id, part.phase.start, part.phase.stop, early=early)
            seen = 0.0 if early else sum(moves.loose(start, stop) for start, stop in spans)
            each = self._share(part.name, injection.provider, part.phase, early=early)
            each /= max(1.0, self.links.rate(part.name, injection.provider))
            called, met = max(called, max(seen, struck) * each), max(met, struck * each)
        return round(called), round(met)

    def _share(self, name: str, provider: str, phase: Phase, *, early: bool) -> float:
        """Return an endpoint's share of the calls to a provider that are tied to no request."""
        own = self.links.requests(name, phase) * self.links.rate(name, provider)
        others = sum(
            self.links.requests(other, phase) * self.links.rate(other, provider)
            for other in self.evidence.endpoints
            if other != name and (early or not self.links.is_traced(other, provider))
        )
        return own / (own + others) if own else 0.0

    def _instead(self, part: _Part, called: Bools) -> tuple[int, tuple[str, ...]]:
        """Count samples that called no struck provider and did something else that is seen, and say what."""
        first = self.evidence.experiment.phases[0]
        quiet = judged(self.evidence, part.name, first)
        left, found = ~called, np.zeros(len(called), dtype=np.bool_)
        how: list[str] = []

        def take(mask: Bools, usual: Bools, what: str) -> None:
            share = float(np.count_nonzero(usual)) / len(usual) if len(usual) else 0.0
            if np.count_nonzero(mask) > 2 * share * len(mask):  # not what it always does
                np.logical_or(found, mask, out=found)
                how.append(what)

        take(left & part.samples.degraded, quiet.degraded, "degraded answers")
        take(left & ~part.samples.good, ~quiet.good, "failed")
        risen = 0
        for provider in self.evidence.experiment.providers:
            if provider.name in part.providers:
                continue
            carried = np.unique(self.tied.moves(provider.name).trace)
            if self.links.is_traced(part.name, provider.name):
                turned = left & among(part.samples.trace, carried)
                take(turned, among(quiet.trace, carried), f"called {provider.name}")
            elif (more := self._rise(provider.name, part.phase)) > 0:
                risen += more
                how.append(f"called {provider.name}")
        return int(np.count_nonzero(found)) + risen, tuple(how)

    def _rise(self, provider: str, phase: Phase) -> int:
        """Return by how much more went to a provider in a phase than the first phase foretells."""
        first = self.evidence.experiment.phases[0]
        moves = self.tied.moves(provider)
        now = moves.loose(phase.start, phase.stop)
        usual = moves.loose(first.start, first.stop) * phase.length / first.length
        return round(now - usual) if now > 2 * usual else 0


def is_under(samples: Samples, injections: Sequence[Injection | ServiceInjection]) -> Bools:
    """Tell of each sample whether it was sent, or open, while one of the injections was on."""
    found = np.zeros(len(samples), dtype=np.bool_)
    for injection in injections:
        for start, stop in injection.windows:
            found |= (samples.start < stop) & (samples.start + samples.latency > start)
    return found


def covered(experiment: Experiment, phase: Phase) -> float:
    """Return for which share of a phase some injection is on, as far as the file says."""
    spans = sorted(
        (max(start, phase.start), min(stop, phase.stop))
        for injection in overlapping(experiment, phase)
        for start, stop in injection.windows
        if start < phase.stop and stop > phase.start
    )
    total, reached = 0.0, phase.start
    for start, stop in spans:
        total += max(0.0, stop - max(start, reached))
        reached = max(reached, stop)
    return total / phase.length if phase.length else 0.0
