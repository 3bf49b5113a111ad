"""A locustfile that cannot be run is refused with its line, not with a traceback."""

import sys
from pathlib import Path
from typing import Any

import pytest

from chaoskit.core.experiment import Experiment, Load, Phase, Target
from chaoskit.load import locustfile
from chaoskit.load.arrivals import ClosedArrivals

EXPERIMENT = Experiment(
    name="x",
    target=Target(url="http://127.0.0.1:9"),
    load=Load(users=1, locustfile="users_of_a_test.py"),
    phases=(Phase("p", 0.0, 1.0),),
)


def refusal(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "path", list(sys.path))
    unused: Any = None
    with pytest.raises(locustfile.LocustfileError) as caught:
        locustfile.environment(path, EXPERIMENT, ClosedArrivals((0, 1), 1.0), unused)
    sys.modules.pop(path.stem, None)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nraise KeyError('a')\n", "line 2: KeyError: 'a'"),
        ("import json\njson.loads('{')\n", "line 2: JSONDecodeError: "),
        ("def f(:\n", "line 1: SyntaxError: invalid syntax"),
        ("import sys\nsys.exit('no data')\n", "line 2: SystemExit: no data"),
        ("import locust\n", "expected a class that inherits from HttpUser or FastHttpUser, found none"),
    ],
)
def test_the_sentence_names_the_file_the_line_and_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    path = tmp_path / "users_of_a_test.py"
    path.write_text(text)
    assert refusal(path, monkeypatch).startswith(f"users_of_a_test.py: {said}")


def test_a_missing_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users_of_a_test.py"
    assert refusal(path, monkeypatch) == f"load.locustfile: expected a file, there is none at {path}"
