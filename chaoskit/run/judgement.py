"""From a run's folder to its result: nothing is run, the same record gives the same answer."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaoskit.catalogue.defects import advices
from chaoskit.core.machine import Outcome
from chaoskit.core.result import Result, RunEvent, Window
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.run import clients
from chaoskit.run.record import Record, evidence, read
from chaoskit.slos import judge as judging
from chaoskit.slos import summary, unsent
from chaoskit.slos.evidence import Evidence
from chaoskit.slos.peaks import peaks
from chaoskit.slos.proof_hits import approximation

EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
ABORTED = 4
INTERRUPTED = 130


def judge(path: Path) -> Result:
    """Judge the record in ``path``. RecordError if it is none, SpecError if its experiment does not parse."""
    record = read(path)
    found = evidence(record)
    facts = record.facts
    outcome = _outcome(facts)
    began = facts.get("t0") is not None
    # Before a phase began there is nothing to judge, and a list of checks without a sample is noise.
    findings = (*judging.judge(found), *_death(record, outcome)) if began else ()
    verdict, sentence, code = _verdict(found, findings, outcome, str(facts.get("why", "")))
    experiment = record.experiment
    return Result(
        name=experiment.name,
        run=path.resolve().name,
        verdict=verdict,
        outcome=str(facts.get("outcome", "unknown")),
        sentence=sentence,
        exit_code=code,
        seed=experiment.seed,
        command=str(facts.get("command", "")),
        file=str(facts["file"]),
        started=str(facts.get("started", "")),
        versions=tuple((str(k), str(v)) for k, v in facts.get("versions", {}).items()),
        findings=findings,
        phases=tuple(Window(each.name, each.start, each.stop) for each in experiment.phases),
        injections=summary.injection_rows(found),
        endpoints=summary.endpoint_rows(found) if began else (),
        series=summary.series(found) if began else (),
        events=tuple(RunEvent(float(t), str(text)) for t, text in facts.get("events", ()) if t is not None),
        notes=_notes(found, facts),
        not_sent=unsent.not_sent(found) if began else (),
        experiment=masked(record.text),
        peaks=peaks(found) if began else (),
        provider_calls=summary.provider_calls(found) if began else (),
        connections_to=summary.connections_to(found) if began else (),
        provider_turns=summary.provider_turns(found) if began else (),
    )


def _outcome(facts: Mapping[str, Any]) -> Outcome | None:
    try:
        return Outcome(facts.get("outcome", ""))
    except ValueError:  # "running": the controller was killed and wrote no ending
        return None


def _verdict(
    found: Evidence, findings: tuple[Finding, ...], outcome: Outcome | None, why: str
) -> tuple[Verdict | None, str, int]:
    match outcome:
        case Outcome.JUDGED:
            verdict = judging.verdict(findings)
            return verdict, judging.sentence(findings, found.experiment), EXIT_CODES[verdict]
        case Outcome.ABORTED:
            return None, f"aborted by a guard: {why}", ABORTED
        case Outcome.INTERRUPTED:
            return None, f"interrupted: {why}", INTERRUPTED
        case Outcome.NOT_STARTED:
            return Verdict.INCONCLUSIVE, why, EXIT_CODES[Verdict.INCONCLUSIVE]
        case Outcome.CRASHED if any(each.kind == "alive" for each in findings):
            return Verdict.FAIL, why, EXIT_CODES[Verdict.FAIL]
        case Outcome.CRASHED:
            return Verdict.INCONCLUSIVE, f"the run broke off: {why}", EXIT_CODES[Verdict.INCONCLUSIVE]
        case None:
            sentence = "the controller ended without writing how the run ended; its record may lack a part"
            return Verdict.INCONCLUSIVE, sentence, EXIT_CODES[Verdict.INCONCLUSIVE]


def _death(record: Record, outcome: Outcome | None) -> tuple[Finding, ...]:
    """A target that ends while, or after, a fault was on did not survive it: that is an answer."""
    why = str(record.facts.get("why", ""))
    events = record.facts.get("events", ())
    if outcome is not Outcome.CRASHED or not why.startswith("target:"):
        return ()
    last = max((float(t) for t, _ in events if t is not None), default=0.0)
    before = [each.id for each in record.experiment.every_injection if each.start <= last]
    if not before:
        return ()
    return (
        Finding(
            check="target/alive",
            kind="alive",
            phase="",
            subject="target",
            verdict=Verdict.FAIL,
            objective="is running at the end",
            measured=f"ended after {last:.1f}s",
            reason=f"{why}; {', '.join(before)} had begun",
        ),
    )


def _notes(found: Evidence, facts: Mapping[str, Any]) -> tuple[str, ...]:
    approximated = [approximation(each) for each in found.experiment.injections]
    met = advices(clients.met(found.experiment, facts.get("runtime")))
    lag = float(facts.get("proxy_lag", 0.0))
    notes = [
        *found.notes,
        *unsent.left_out(found),
        *found.experiment.notes,
        *(each for each in approximated if each is not None),
        *met,
    ]
    if lag > 0.05:
        notes.append(
            f"the proxy's event loop was once {lag * 1e3:.0f} ms late: latencies near that are partly its own"
        )
    before = [str(text) for t, text in facts.get("events", ()) if t is None]
    return (*notes, *(f"before the first phase: {each}" for each in before if not each.endswith(" is up")))


_SECRET = re.compile(
    r"(?i)(?P<key>[\w-]*(?:authorization|api[_-]?key|token|password|secret|cookie)[\w-]*['\"]?\s*:\s*)"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s,{}\[\]#][^,{}\[\]#\n]*)"
)


def masked(text: str) -> str:
    """Return the experiment's text with values that look like secrets replaced; a report is passed around."""
    return _SECRET.sub(lambda found: f"{found['key']}(masked)", text)
