"""Whatever is given, the answer is an experiment or a SpecError whose carets lie under existing text."""

import re
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chaoskit import spec
from chaoskit.core.diagnostic import Diagnostic, SpecError
from chaoskit.core.experiment import Experiment

ROOT = Path(__file__).parents[2]
GOOD = re.findall(r"```yaml\n(version.*?)```", (ROOT / "docs/experiment-file.md").read_text(), re.DOTALL)[0]
LINES = GOOD.splitlines(keepends=True)

PRINTED = "- : { } [ ] , # &a *a << ? !!str | > ' % @ ` ~ null --- ... é 0% -> 5s -1 1e9 nan 1x"
ODD = [
    " ",
    "  ",
    "\n",
    "\t",
    ": ",
    "- ",
    "? ",
    '"',
    "\u2028",
    "\ufeff",
    "\x00",
    "\ud800",
    "\x85",
    "\r",
    "9" * 20,
]
PIECES = st.sampled_from([*PRINTED.split(), *ODD, '"\\UFFFFFFFF"'])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | PIECES
NAMES = re.findall(r"[a-z_]+(?=:)", GOOD)
KEYS = st.sampled_from(NAMES) | SCALARS
VALUES = st.recursive(
    SCALARS | st.sampled_from(re.findall(r"(?<=: )[^\s{\[][^,}\n]*", GOOD)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def check(text: str, changes: tuple[str, ...] = ()) -> None:
    found, problems = outcome(text, changes)
    assert (found is None) == bool(problems)
    lines = text.removeprefix("\ufeff").splitlines()
    for each in problems:
        assert each.message.isprintable(), each
        if each.span is not None:
            line = lines[each.span.line - 1]
            assert each.span.column >= 1
            assert each.span.length >= 1
            assert each.span.column + each.span.length - 1 <= max(1, len(line)), (each, line)


def outcome(text: str, changes: tuple[str, ...]) -> tuple[Experiment | None, tuple[Diagnostic, ...]]:
    try:
        return spec.load("any.yaml", text, changes), ()
    except SpecError as error:
        return None, error.diagnostics


@given(st.text(max_size=200) | st.lists(PIECES, max_size=40).map("".join))
@example("? ")
@example("\x01")
@example('a: "\\UFFFFFFFF"')
@example("%YAML 1.999999999999999999999999999\n---\na: b")
@example("[" * 5000)
@example("- " * 5000)
@example("&a [*a]")
@example("a: &a [*a]")
@example("? [a]\n: b")
@example("!!binary x: y")
@example("a: !<tag:yaml.org,2002:int> 0x")
@example("%TAG ! tag:x,2000:\n--- !y z")
@example("\ufeff\ufeffa: b")
@example("---\n...\n---")
@settings(deadline=None)
def test_any_text_loads_or_is_refused(text: str) -> None:
    check(text)


@given(st.dictionaries(KEYS, VALUES, max_size=8))
@settings(deadline=None, max_examples=50)
def test_any_structure_loads_or_is_refused(structure: dict[object, object]) -> None:
    check(yaml.safe_dump(structure))


@given(st.data())
@settings(deadline=None, max_examples=80)
def test_a_damaged_example_loads_or_is_refused(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match data.draw(st.sampled_from(["drop", "twice", "cut", "put", "swap"])):
            case "drop":
                lines[at] = ""
            case "twice":
                lines[at] = line * 2
            case "cut":
                start = data.draw(st.integers(0, max(0, len(line) - 1)))
                lines[at] = line[:start] + line[start + data.draw(st.integers(1, 5)) :]
            case "put":
                start = data.draw(st.integers(0, len(line)))
                lines[at] = (
                    line[:start] + data.draw(PIECES | st.sampled_from(string.printable)) + line[start:]
                )
            case _:
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], line
    check("".join(lines))


@given(st.lists(st.sampled_from([*NAMES, "0", "1", "x", ""]), max_size=4), SCALARS)
@example(["load", "endpoints"], "[]")
@example(["phases"], "{}")
@example(["inject", "0", "share"], "30% of connections")
@settings(deadline=None, max_examples=50)
def test_any_change_loads_or_is_refused(path: list[str], value: object) -> None:
    check(GOOD, (f"{'.'.join(path)}={value}",))


@given(content=st.binary(max_size=200))
@settings(deadline=None, max_examples=60)
def test_any_bytes_load_or_are_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content)

    with pytest.raises(SpecError) as caught:
        spec.read(path)

    assert caught.value.diagnostics
