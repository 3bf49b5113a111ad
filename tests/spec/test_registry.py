"""Names to classes: our own faults, and those of others."""

import sys
from pathlib import Path
from textwrap import dedent

import pytest

from chaoskit import spec
from chaoskit.core.diagnostic import SpecError


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install a package that offers a fault, as pip would."""

    def install(name: str, source: str) -> None:
        (tmp_path / "their_faults.py").write_text(dedent(source))
        info = tmp_path / "their_faults-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-faults\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[chaoskit.faults]\n{name} = their_faults:Maintenance\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "their_faults", raising=False)
        spec.faults.cache_clear()

    yield install
    spec.faults.cache_clear()


MAINTENANCE = """
    from dataclasses import dataclass

    from chaoskit.core.actions import Reply
    from chaoskit.core.fault import Fault
    from chaoskit.core.units import Seconds

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Maintenance(Fault):
        \"\"\"The provider says that it is down for maintenance.

        ``lasts``: how long, it says.
        \"\"\"

        lasts: Seconds

        def on_call(self, call, dice):
            return Reply(status=503)
"""


def test_a_fault_is_named_after_its_file() -> None:
    for name, kind in spec.faults().items():
        assert kind.__module__ == f"chaoskit.faults.{name}"
        assert kind.__name__ == "".join(word.capitalize() for word in name.split("_"))


def test_an_objective_is_named_after_its_file() -> None:
    for name, kind in spec.objectives().items():
        assert kind.__module__ == f"chaoskit.slos.{name}"


def test_a_fault_of_somebody_else_is_used_like_our_own(plugin, small) -> None:
    plugin("maintenance", MAINTENANCE)

    text = small("inject: [{id: a, provider: stripe, fault: {maintenance: {lasts: 2m}}, during: fault}]")
    found = spec.load("x", text).injections[0]

    assert found.fault_name == "maintenance"
    assert found.fault.lasts == 120  # type: ignore[attr-defined]
    assert "how long, it says" in spec.describe_fault("maintenance")


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("blackhole", MAINTENANCE, "expected a name of its own, got one that is taken"),
        ("odd", "Maintenance = 3", "expected a dataclass that is a Fault"),
        ("gone", "", "their_faults:Maintenance cannot be imported"),
        ("broken", "1 / 0", "their_faults:Maintenance cannot be imported: division by zero"),
    ],
)
def test_a_broken_fault_of_somebody_else_is_named(plugin, name: str, source: str, said: str) -> None:
    plugin(name, source)

    with pytest.raises(SpecError, match=f"entry point chaoskit.faults:{name}: ") as caught:
        spec.faults()

    assert said in str(caught.value)
