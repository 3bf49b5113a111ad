"""A world to judge: an experiment, and the evidence that its run would leave, from a few plain functions."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import numpy as np
import pytest

from chaoskit.core.curve import Curve
from chaoskit.core.experiment import Endpoint, Experiment, Injection, Load, Phase, Provider, Target
from chaoskit.core.fault import Fault
from chaoskit.core.objective import Comparison, Slo
from chaoskit.core.samples import CAUSES
from chaoskit.slos.evidence import Attempt, Evidence, Samples


class Dark(Fault):
    """Stands for any fault on calls."""

    def on_call(self, call, dice):
        return None


BLACKHOLE = Injection(
    id="dark", provider="stripe", fault=Dark(), fault_name="blackhole", start=20.0, stop=50.0
)


def samples(start, latency=0.02, good=True, degraded=False, **columns):
    """Samples at these intended starts; every other column is one value or one for each."""
    n = len(start)
    start = np.asarray(start, dtype=np.float64)
    good = np.broadcast_to(np.asarray(good, dtype=np.bool_), n).copy()
    plain = {"delay": 0.0, "censored": False, "saturated": False, "arrival": True, "trace": 0} | columns
    cause = columns.pop("cause", None)
    plain.pop("cause", None)
    return Samples(
        start=start,
        latency=np.broadcast_to(np.asarray(latency, dtype=np.float64), n).copy(),
        delay=np.broadcast_to(np.asarray(plain["delay"], dtype=np.float64), n).copy(),
        good=good,
        degraded=good & np.broadcast_to(np.asarray(degraded, dtype=np.bool_), n),
        censored=np.broadcast_to(np.asarray(plain["censored"], dtype=np.bool_), n).copy(),
        saturated=np.broadcast_to(np.asarray(plain["saturated"], dtype=np.bool_), n).copy(),
        arrival=np.broadcast_to(np.asarray(plain["arrival"], dtype=np.bool_), n).copy(),
        cause=np.where(good, 0, CAUSES.index(cause or "deadline")).astype(np.uint8),
        trace=np.broadcast_to(np.asarray(plain["trace"], dtype=np.uint64), n).copy(),
    )


@dataclass
class World:
    """A run of ``baseline`` 0-20 s, ``fault`` 20-50 s, ``recovery`` 50-80 s; ``stripe`` is dark in ``fault``.

    ``bad``, ``degraded``: the share of samples at a time; ``latency``: seconds at a time; ``calls``: calls to
    stripe for each request at a time. All take and return arrays. ``bursts``: of the experiment; failures are
    drawn one by one here.
    """

    slos: tuple = ()
    rate: float = 50.0
    endpoints: tuple = ("checkout",)
    injections: tuple = (BLACKHOLE,)
    lengths: tuple = (20.0, 30.0, 30.0)
    seed: int = 1
    bursts: float = 0.0
    bad: object = staticmethod(np.zeros_like)
    degraded: object = staticmethod(np.zeros_like)
    latency: object = staticmethod(lambda t, rng: rng.lognormal(np.log(0.02), 0.4, len(t)))
    calls: object = staticmethod(np.ones_like)
    changes: dict = field(default_factory=dict)  # of the Evidence

    def experiment(self):
        names = ("baseline", "fault", "recovery", "fourth")
        edges = np.concatenate([[0.0], np.cumsum(self.lengths)]).tolist()
        phases = [Phase(n, a, b) for n, a, b in zip(names, edges, edges[1:], strict=False)]
        return Experiment(
            name="world",
            target=Target(url="http://127.0.0.1:1"),
            load=Load(
                arrivals=self.rate,
                endpoints=tuple(
                    Endpoint(name=n, method="GET", path="/", depends_on=("stripe",)) for n in self.endpoints
                ),
            ),
            phases=tuple(phases),
            providers=(Provider(name="stripe", hosts=("api.stripe.com",)),),
            injections=self.injections,
            slos=tuple(self.slos),
            bursts=self.bursts,
        )

    def evidence(self):
        rng = np.random.default_rng(self.seed)
        experiment = self.experiment()
        due = np.arange(0.0, experiment.length, 1.0 / self.rate)
        which = rng.integers(len(self.endpoints), size=len(due))
        found = {}
        for index, name in enumerate(self.endpoints):
            t = due[which == index]
            bad = rng.random(len(t)) < self.bad(t)
            latency = np.where(bad, experiment.load.deadline, self.latency(t, rng))
            trace = np.flatnonzero(which == index) + 1
            found[name] = samples(t, latency, ~bad, rng.random(len(t)) < self.degraded(t), trace=trace)
        offered = {p.name: int(np.sum((due >= p.start) & (due < p.stop))) for p in experiment.phases}
        evidence = Evidence(
            experiment=experiment, samples=found, attempts=self.attempts(due), offered=offered
        )
        return replace(evidence, **self.changes)

    def attempts(self, due):
        found = []
        for number, (t, many) in enumerate(
            zip(due.tolist(), np.asarray(self.calls(due)).tolist(), strict=True), 1
        ):
            on = tuple(i.id for i in self.injections if i.start <= t < i.stop and i.provider == "stripe")
            found += [
                Attempt(
                    t=t,
                    provider="stripe",
                    is_call=True,
                    identity=f"{number:016x}{0:016x} GET /",
                    identified_by="traceparent",
                    eligible=on,
                    drawn=on,
                    hits=on,
                    text="GET /",
                )
                for _ in range(int(many))
            ]
        return tuple(found)


def slo(objectives, **fields):
    """An SLO; ``objectives`` are pairs of a YAML name and an objective."""
    return Slo(**({"id": "s", "in_": "fault"} | fields), objectives=tuple(objectives.items()))


@pytest.fixture(scope="session")
def make():
    """The builders of this folder."""
    return SimpleNamespace(
        World=World,
        samples=samples,
        slo=slo,
        BLACKHOLE=BLACKHOLE,
        at_least=lambda limit: Comparison(">=", limit),
        at_most=lambda limit: Comparison("<=", limit),
        Curve=Curve,
    )
