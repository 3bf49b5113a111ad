"""What the tests of the file share."""

import re
from pathlib import Path

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import SpecError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def example() -> str:
    """Return the example of docs/experiment-file.md, which says everything that a file can say."""
    page = (ROOT / "docs" / "experiment-file.md").read_text(encoding="utf-8")
    return re.findall(r"```yaml\n(version: 1\n.*?)```", page, re.DOTALL)[0]


@pytest.fixture
def small():
    """Return a file as short as it can be, with lines added at its end."""

    def text(*lines: str) -> str:
        return "\n".join([
            "version: 1",
            "name: small",
            "target: {url: 'http://127.0.0.1:8080'}",
            "providers: {stripe: {hosts: [api.stripe.com]}}",
            "load: {arrivals: 50/s, endpoints: [{name: checkout, request: POST /checkout}]}",
            "phases: {baseline: 20s, fault: 30s, recovery: 10s}",
            *lines,
            "",
        ])  # fmt: skip

    return text


@pytest.fixture
def refusal():
    """Return the whole text of what is said about a wrong file."""

    def text(content: str, changes: tuple[str, ...] = (), seed: int | None = None) -> str:
        with pytest.raises(SpecError) as caught:
            spec.load("shop.yaml", content, changes, seed)
        return str(caught.value)

    return text
