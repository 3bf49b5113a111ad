"""JUnit XML (xunit2, as pytest and Jenkins read it): one test case for each check, and one for the run.

A fail is a ``failure``; an inconclusive check is an ``error``, because a check that could not be judged
must never look green in CI. Names carry no numbers, so that their history stays in one line.
"""

from xml.etree import ElementTree as ET

from chaoskit.core.exposure import described
from chaoskit.core.result import Result
from chaoskit.core.verdict import Finding, Verdict
from chaoskit.report import words


def render(result: Result) -> str:
    """Return the XML document as text; characters that XML forbids are spelled out."""
    cases = [_case(result, each) for each in result.findings]
    cases.append(_run_case(result, has_red=any(len(case) for case in cases)))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": "0",
    }
    length = f"{max((each.stop for each in result.phases), default=0.0):.3f}"
    root = ET.Element("testsuites")
    about = {"name": _text(result.name), **counts, "time": length, "timestamp": _text(result.started)}
    suite = ET.SubElement(root, "testsuite", about)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result):
        ET.SubElement(properties, "property", name=_text(name), value=_text(value))
    suite.extend(cases)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _properties(result: Result) -> tuple[tuple[str, str], ...]:
    return (
        ("run", result.run),
        ("verdict", words.headline(result).lower()),
        ("seed", str(result.seed)),
        ("repeat", words.repeat_command(result)),
        *((f"version {name}", version) for name, version in result.versions),
        *(("not sent", words.not_sent(row)) for row in result.not_sent),
        *(("note", note) for note in result.notes),
    )


def _case(result: Result, finding: Finding) -> ET.Element:
    case = _element(result, finding.phase or "run", finding.check)
    if finding.verdict is Verdict.PASS:
        return case
    message = f"asked {finding.objective}, got {finding.measured}: {finding.reason}"
    body = [message]
    if finding.line is not None:
        body.append(f"{result.file}:{finding.line}")
    if finding.samples:
        body.append(words.plural(finding.samples, "sample"))
    if finding.exposure is not None:
        body.append(described(finding.exposure))
    if finding.needed is not None:
        body.append(f"{words.plural(finding.needed, 'sample')} would settle it")
    body.append(f"repeat with: {words.repeat_command(result)}")
    _mark(case, finding.verdict, finding.kind, message, body)
    return case


def _run_case(result: Result, *, has_red: bool) -> ET.Element:
    """Return the case of the run itself: red where it has no verdict, or no check is to blame for it."""
    case = _element(result, "run", "judged")
    is_green = result.verdict is Verdict.PASS or (result.verdict is not None and has_red)
    if not is_green:
        verdict = Verdict.FAIL if result.verdict is Verdict.FAIL else Verdict.INCONCLUSIVE
        message = f"{words.headline(result)}: {result.sentence}"
        events = [f"{each.t:.1f} s: {each.text}" for each in result.events]
        _mark(case, verdict, result.outcome, message, [message, *events])
    return case


def _element(result: Result, phase: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_text(f"{result.name}.{phase}"), name=_text(name))


def _mark(case: ET.Element, verdict: Verdict, kind: str, message: str, body: list[str]) -> None:
    tag = "failure" if verdict is Verdict.FAIL else "error"
    mark = ET.SubElement(case, tag, message=_text(message), type=_text(kind))
    mark.text = words.printable("\n".join(body))


def _text(text: str) -> str:
    return words.one_line(text)
