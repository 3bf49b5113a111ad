"""The page in a real browser: nothing sticks out at the side of a phone, and the right drawing is shown."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest

from chaoskit.core.result import Result

pytestmark = pytest.mark.socket

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MEASURE = """
addEventListener("load", () => {
  const found = [...document.querySelectorAll("iframe")].map(frame => {
    const page = frame.contentDocument;
    const shown = [...page.querySelectorAll("svg")].filter(each => each.getBoundingClientRect().width > 0);
    const heading = page.querySelector("h1");
    return {
      name: frame.name,
      overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
      svgs: shown.map(each => each.classList[1]),
      size: heading ? parseFloat(frame.contentWindow.getComputedStyle(heading).fontSize) : null,
    };
  });
  document.body.innerHTML = "";
  document.body.append(Object.assign(document.createElement("pre"), {textContent: JSON.stringify(found)}));
});
"""


def measured(folder: Path, pages: Iterable[tuple[str, int, str]]) -> dict[str, dict[str, Any]]:
    """Open each page in a frame of its width, and return what the browser made of it, by name."""
    if BROWSER is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    frames = "".join(
        f'<iframe name="{name}" width="{width}" height="800" srcdoc="{escape(page)}"></iframe>'
        for name, width, page in pages
    )
    harness = folder / "harness.html"
    harness.write_text(
        f'<!doctype html><meta charset="utf-8"><body>{frames}<script>{MEASURE}</script>', encoding="utf-8"
    )
    command = [BROWSER, *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", harness.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    found = re.search(r"<pre>(.*?)</pre>", ended.stdout, re.DOTALL)
    assert found, ended.stdout[:2000]
    return {each["name"]: each for each in json.loads(unescape(found[1]))}


def long_names(result: Result) -> Result:
    """Return a result whose names have nowhere to break."""
    return replace(
        result,
        name="n" * 300,
        command="c" * 300,
        findings=tuple(replace(each, check="c" * 200, measured="m" * 90) for each in result.findings),
        endpoints=tuple(replace(each, endpoint="e" * 200) for each in result.endpoints),
        experiment="x" * 500,
    )


@pytest.mark.timeout(150)
def test_nothing_sticks_out_at_the_side_of_a_phone_or_a_screen(
    examples: dict[str, Result], rendered: Callable[[Result], str], tmp_path: Path
) -> None:
    given = {**examples, "long": long_names(examples["fail"])}
    pages = [
        (f"{name}-{width}", width, rendered(each)) for name, each in given.items() for width in (390, 1280)
    ]
    # a page that does stick out shows that this would be seen
    wide = ("control", 390, '<!doctype html><div style="width: 500px">wide</div>')

    found = measured(tmp_path, [*pages, wide])

    assert found.pop("control")["overflow"] > 0
    assert {name: each["overflow"] for name, each in found.items() if each["overflow"] > 0} == {}
    assert {name: each["svgs"] for name, each in found.items()} == {
        f"{name}-{width}": [drawing] for name in given for width, drawing in ((390, "narrow"), (1280, "wide"))
    }
    assert min(each["size"] for each in found.values()) >= 20  # pixels of the sentence that all is about
