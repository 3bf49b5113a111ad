"""Four runs as they could have been: samples drawn with the core's dice, and numbers counted from them."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from math import ceil
from pathlib import Path

import pytest

import pages
from chaoskit.core.dice import Dice
from chaoskit.core.exposure import Basis, Exposure
from chaoskit.core.result import EndpointRow, InjectionRow, Result, RunEvent, Series, Window
from chaoskit.core.verdict import Finding, Verdict
from drawn_samples import RATES, Sample, blind, failover, naive, samples

PHASES = (Window("baseline", 0.0, 20.0), Window("fault", 20.0, 50.0), Window("recovery", 50.0, 80.0))
FILE = "experiments/checkout.yaml"
EXPERIMENT = """\
version: 1
name: checkout-survives-a-stripe-outage
seed: 7
target:
  command: [python, -m, chaoskit_shop]
  url: http://127.0.0.1:8080
  environment: {STRIPE_KEY: "***"}
providers:
  stripe: {hosts: [api.stripe.com]}
load:
  arrivals: 50/s
  deadline: 5s
  endpoints:
    - {name: checkout, request: POST /checkout, weight: 3, depends_on: [stripe],
       degraded_when: {header: {x-payment-provider: adyen}}}
    - {name: catalogue, request: GET /items, weight: 7}
phases: {baseline: 20s, fault: 30s, recovery: 30s}
bursts: 0s
inject:
  - {id: stripe-down, provider: stripe, fault: {blackhole: {}}, during: fault}
slos:
  - {id: base,      in: baseline, of: checkout, availability: ">= 99%", latency: {p95: "<= 300ms"}}
  - {id: survive,   in: fault, of: checkout, availability: ">= 97%", latency: {p95: "<= 1200ms"}}
  - {id: recover,   of: checkout, time_to_recover: "<= 5s"}
  - {id: storm,     provider: stripe, amplification: "<= 3x"}
  - {id: bystander, in: fault, of: catalogue, availability: ">= 99%"}
abort: {availability: "< 20%", of: catalogue, for: 3s}
"""


def quantile(values: Sequence[float], q: float) -> float | None:
    return sorted(values)[ceil(q * len(values)) - 1] if values else None


def series(label: str, given: Sequence[Sample], until: int) -> Series:
    seconds = [[each for each in given if int(each.t) == t] for t in range(until)]
    latencies = [[each.latency for each in one] for one in seconds]
    return Series(
        label=label,
        arrivals=tuple(float(len(one)) for one in seconds),
        errors=tuple(sum(bool(e.cause) for e in one) / len(one) if one else None for one in seconds),
        degraded=tuple(sum(e.degraded for e in one) / len(one) if one else None for one in seconds),
        p50=tuple(quantile(one, 0.5) for one in latencies),
        p95=tuple(quantile(one, 0.95) for one in latencies),
        p99=tuple(quantile(one, 0.99) for one in latencies),
    )


def endpoint_row(endpoint: str, phase: Window, given: Sequence[Sample]) -> EndpointRow:
    mine = [e for e in given if e.endpoint == endpoint and phase.start <= e.t < phase.stop]
    latencies = [e.latency for e in mine]
    causes = Counter(e.cause for e in mine if e.cause)
    return EndpointRow(
        endpoint=endpoint,
        phase=phase.label,
        samples=len(mine),
        good=sum(not e.cause for e in mine),
        degraded=sum(e.degraded for e in mine),
        p50=quantile(latencies, 0.5),
        p95=quantile(latencies, 0.95),
        p99=quantile(latencies, 0.99),
        causes=tuple(causes.most_common()),
    )


def injection_row(given: Sequence[Sample], until: int) -> InjectionRow:
    eligible = sum(e.calls for e in given if 20 <= e.t < 50)
    hits = sum(e.hits for e in given)
    return InjectionRow(
        id="stripe-down",
        provider="stripe",
        fault="blackhole",
        window=(20.0, 50.0),
        share="100% of requests",
        eligible=eligible,
        drawn=eligible,
        hits=hits,
        identified_by=(("traceparent", eligible),) if eligible else (),
        per_second=tuple(sum(e.hits for e in given if int(e.t) == t) for t in range(until)),
        examples=("20.1 s  POST /v1/charges: hold", "20.2 s  POST /v1/charges: hold") if hits else (),
    )


def availability(slo: str, row: EndpointRow, limit: float, line: int) -> Finding:
    phase, endpoint = row.phase, row.endpoint
    value = row.good / row.samples
    verdict = Verdict.PASS if value >= limit else Verdict.FAIL
    return Finding(
        check=f"{slo}/{endpoint}/{phase}/availability",
        kind="availability",
        phase=phase,
        subject=endpoint,
        verdict=verdict,
        objective=f">= {limit:.0%}",
        measured=f"{value:.1%}",
        reason=f"{row.good:,} of {row.samples:,} samples of {endpoint} were good in {phase}",
        value=value,
        lower=max(0.0, value - 0.02),
        upper=min(1.0, value + 0.02),
        limit=limit,
        samples=row.samples,
        effective=row.samples / 2,
        line=line,
        exposure=exposure(row),
    )


def exposure(row: EndpointRow) -> Exposure | None:
    """As many requests met it as checkout made calls: the rest was answered by a fallback."""
    if row.phase != "fault":
        return None
    if row.endpoint != "checkout":
        return Exposure(judged=row.samples, under=row.samples, basis=Basis.TRACES)
    met = min(33, row.samples)
    return Exposure(
        judged=row.samples,
        under=row.samples,
        basis=Basis.TRACES,
        providers=("stripe",),
        called=met,
        met=met,
        instead=row.samples - met,
        instead_by=("degraded answers",),
    )


def latency(slo: str, row: EndpointRow, limit: float, line: int) -> Finding:
    phase, endpoint = row.phase, row.endpoint
    assert row.p95 is not None
    verdict = Verdict.PASS if row.p95 <= limit else Verdict.FAIL
    return Finding(
        check=f"{slo}/{endpoint}/{phase}/p95",
        kind="latency",
        phase=phase,
        subject=endpoint,
        verdict=verdict,
        objective=f"p95 <= {limit:g}s",
        measured=f"{row.p95:.3g}s",
        reason=f"95% of the samples of {endpoint} in {phase} were answered within {row.p95:.3g}s",
        value=row.p95,
        limit=limit,
        samples=row.samples,
        effective=row.samples / 2,
        line=line,
    )


def hit_proof(hits: int) -> Finding:
    return Finding(
        check="proof/stripe-down/hits",
        kind="hits",
        phase="fault",
        subject="stripe-down",
        verdict=Verdict.PASS if hits else Verdict.INCONCLUSIVE,
        objective=">= 1",
        measured=f"{hits}",
        reason=f"stripe-down hit {hits} calls"
        if hits
        else "stripe-down hit nothing: no call to stripe passed the proxy during fault",
        is_proof=True,
    )


def run(story: Callable[[str, float, Dice], Sample], name: str, until: int = 80) -> Result:
    """Return the run with everything but its verdict; ``until`` is the second at which it ended."""
    made = samples(story, until)
    phases = tuple(replace(p, stop=min(p.stop, until)) for p in PHASES if p.start < until)
    rows = tuple(endpoint_row(endpoint, phase, made) for endpoint in RATES for phase in phases)
    labelled = {"all": made} | {e: [s for s in made if s.endpoint == e] for e in RATES}
    calls = tuple(sum(e.calls for e in made if int(e.t) == t) for t in range(until))
    return Result(
        name=name,
        run="2026-11-23T08-31-00",
        verdict=None,
        outcome="judged",
        sentence="",
        exit_code=0,
        seed=7,
        command=f"chaoskit run {FILE} --seed 7",
        file=FILE,
        started="2026-11-23T08:31:00+01:00",
        versions=(("chaoskit", "0.1.0"), ("mitmproxy", "12.2.3"), ("locust", "2.47.0"), ("python", "3.12.1")),
        phases=phases,
        injections=(injection_row(made, until),),
        endpoints=rows,
        series=tuple(series(label, given, until) for label, given in labelled.items()),
        events=(
            RunEvent(-6.2, "the proxy, the target and the load are up"),
            RunEvent(-2.0, "each provider was reached through the proxy"),
            RunEvent(0.0, "baseline began"),
            RunEvent(20.0, "fault began: stripe-down is on"),
        ),
        experiment=EXPERIMENT,
        provider_calls=(("stripe", calls),),
    )


def judged(result: Result, more: tuple[Finding, ...] = ()) -> tuple[Finding, ...]:
    rows = {(each.endpoint, each.phase): each for each in result.endpoints}
    return (
        hit_proof(result.injections[0].hits),
        availability("base", rows["checkout", "baseline"], 0.99, 21),
        latency("base", rows["checkout", "baseline"], 0.3, 21),
        availability("survive", rows["checkout", "fault"], 0.97, 22),
        latency("survive", rows["checkout", "fault"], 1.2, 22),
        availability("bystander", rows["catalogue", "fault"], 0.99, 25),
        *more,
    )


def recovery(verdict: Verdict, seconds: float, reason: str) -> Finding:
    return Finding(
        check="recover/checkout/recovery/time_to_recover",
        kind="time_to_recover",
        phase="recovery",
        subject="checkout",
        verdict=verdict,
        objective="<= 5s",
        measured=f"{seconds:.1f}s",
        reason=reason,
        value=seconds,
        limit=5.0,
        samples=450,
        line=23,
    )


@cache
def passed() -> Result:
    base = run(failover, "checkout-survives-a-stripe-outage")
    more = (recovery(Verdict.PASS, 0.9, "checkout kept its SLO from 0.9s after the fault ended"),)
    findings = judged(base, more)
    sentence = (
        "While stripe was a black hole, checkout kept its SLO by charging elsewhere, "
        "and recovered within 0.9s"
    )
    return replace(base, verdict=Verdict.PASS, sentence=sentence, findings=findings)


@cache
def failed() -> Result:
    base = run(naive, "checkout-without-a-timeout")
    more = (recovery(Verdict.PASS, 2.0, "checkout kept its SLO from 2.0s after the fault ended"),)
    sentence = (
        "While stripe was a black hole, checkout answered nothing and took catalogue down with it, "
        "which does not call stripe"
    )
    findings = judged(base, more)
    notes = ("every call was identified by its traceparent",)
    return replace(base, verdict=Verdict.FAIL, exit_code=1, sentence=sentence, findings=findings, notes=notes)


@cache
def inconclusive() -> Result:
    base = run(blind, "checkout-that-went-past-the-proxy")
    broken = "stripe-down hit nothing, so this says nothing about stripe's outage"
    findings = tuple(
        replace(each, verdict=Verdict.INCONCLUSIVE, reason=f"{broken}: {each.reason}")
        if each.phase == "fault" and not each.is_proof
        else each
        for each in judged(base)
    )
    sentence = (
        "stripe-down hit nothing: no call to stripe passed the proxy, so the run says nothing about an outage"
    )
    notes = ("the target has HTTPS_PROXY set; its HTTP client may ignore it: see docs/capture.md",)
    return replace(
        base, verdict=Verdict.INCONCLUSIVE, exit_code=3, sentence=sentence, findings=findings, notes=notes
    )


@cache
def aborted() -> Result:
    base = run(naive, "checkout-without-a-timeout", until=34)
    sentence = (
        "availability of catalogue was below 60% for 3s at 33.6s; the faults were lifted and the run ended"
    )
    ending = (RunEvent(33.6, "abort condition met; faults off"), RunEvent(34.0, "everything stopped"))
    events = (*base.events, *ending)
    return replace(base, outcome="aborted", exit_code=4, sentence=sentence, events=events)


ALL = {"pass": passed, "fail": failed, "inconclusive": inconclusive, "aborted": aborted}
SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture(params=sorted(ALL))
def example(request: pytest.FixtureRequest) -> Result:
    """Each of the four runs in turn."""
    return ALL[request.param]()


@pytest.fixture
def examples() -> dict[str, Result]:
    return {name: make() for name, make in ALL.items()}


@pytest.fixture(scope="session")
def rendered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Result], str]:
    """Render a page once for all tests that only read it."""
    here = tmp_path_factory.getbasetemp()
    return pages.kept_in((here.parent if hasattr(request.config, "workerinput") else here) / "pages")


@pytest.fixture
def matches(request: pytest.FixtureRequest) -> Callable[[str, str], bool]:
    """Compare a text with the file of that name; a file that is not there is written, and the test fails."""

    def compare(name: str, text: str) -> bool:
        file = SNAPSHOTS / name
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            pytest.fail(f"{file.name} was not there; it is written now: read it, then run again")
        return file.read_text(encoding="utf-8") == text

    return compare
