"""A diagnosis as text: a table of clients, then what else was looked at."""

from chaoskit.catalogue.diagnosis import Diagnosis, Row

_WORDS = {"yes": "yes", "no": "NO", "code": "in code"}
_HEAD = ("client", "goes through the proxy", "trusts the CA", "what to set")


def render(diagnosis: Diagnosis) -> str:
    """Return the whole text; lines end without spaces."""
    lines = [f"captured by {diagnosis.way}", *diagnosis.lanes, ""]
    if diagnosis.rows:
        cells = [_HEAD, *(_cells(each) for each in diagnosis.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(3)]
        for row in cells:
            fixed = "  ".join(f"{row[column]:<{widths[column]}}" for column in range(3))
            lines.append(f"{fixed}  {row[3]}".rstrip())
        lines.append("")
    lines += [f"{'ok ' if each.is_good else 'NO '} {each.text}" for each in diagnosis.checks]
    lines += [f"but {each}" for each in diagnosis.cautions]
    if diagnosis.checks or diagnosis.cautions:
        lines.append("")
    lines.append(_conclusion(diagnosis))
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.client, _WORDS[row.proxied], _WORDS[row.trusts], row.remedy


def _conclusion(diagnosis: Diagnosis) -> str:
    if not diagnosis.is_clear:
        return "something stands in the way; see docs/capture.md for other ways to capture"
    if any("code" in (each.proxied, each.trusts) for each in diagnosis.rows):
        return (
            "nothing is sure to stand in the way; what depends on the target's code, the run's probe proves"
        )
    return "nothing stands in the way"
