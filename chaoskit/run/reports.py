"""The reports of a result, written into the run's folder and where else they were asked for."""

from pathlib import Path

from chaoskit.core.result import Result
from chaoskit.report import html, junit, markdown, result_json
from chaoskit.run.folder import Folder


def write(result: Result, path: Path, *, junit_to: Path | None = None, json_to: Path | None = None) -> Path:
    """Write every report; return the HTML file's path. OSError if a file cannot be written."""
    folder = Folder(path)
    as_json = result_json.render(result)
    as_junit = junit.render(result)
    folder.write("result.json", as_json)
    folder.write("junit.xml", as_junit)
    folder.write("summary.md", markdown.render(result))
    for where, text in ((json_to, as_json), (junit_to, as_junit)):
        if where is not None:
            where.write_text(text, encoding="utf-8")
    return folder.write("report.html", html.render(result))
