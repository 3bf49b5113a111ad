"""What is left out of mitmproxy's imports: nothing that is used, and only where mitmproxy is known."""

import json
import subprocess
import sys

import pytest

from chaoskit.proxy.lean import STANDINS, StandIn
from chaoskit.proxy.tls import LAYERS

STOCK = """
import json
from mitmproxy.addons.proxyserver import Proxyserver
class Loader:
    found = {}
    def add_option(self, name, kind, default, help, choices=None):
        self.found[name] = [str(kind), default]
Proxyserver().load(Loader)
""".replace("load(Loader)", "load(Loader())")
SAY = "\nprint(json.dumps(Loader.found))"

LEFT_OUT = """
import sys
{before}
import chaoskit.proxy.lean
print(*[name for name in chaoskit.proxy.lean.STANDINS if name in sys.modules])
"""


def said(program):
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_layers_have_the_options_that_mitmproxys_own_addon_adds():
    theirs = json.loads(said(STOCK + SAY))
    kinds = {"typing.Optional[str]": str(str | None)}
    assert {name: [kinds.get(kind, kind), default] for name, (kind, default) in theirs.items()} == {
        name: [str(kind), "eager" if default == "lazy" else default]
        for name, (kind, default) in LAYERS.items()
    }


def test_nothing_is_an_instance_of_what_a_stand_in_names():
    module = StandIn("some.module")
    assert module.Thing is module.Thing
    assert not isinstance(object(), module.Thing)
    with pytest.raises(TypeError, match=r"some\.module\.Thing was left out"):
        module.Thing(1)
    assert not hasattr(module, "__path__")  # it has no parts


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", STANDINS),
        ("import mitmproxy.version; mitmproxy.version.VERSION = '13.0.0'", ()),
    ],
)
def test_an_unknown_version_is_imported_whole(before, expected):
    assert tuple(said(LEFT_OUT.format(before=before)).split()) == expected


def test_what_is_imported_already_stays():
    program = "import aioquic.tls as real\n" + LEFT_OUT.format(before="")
    assert said(program + "print(sys.modules['aioquic.tls'] is real)").split()[-1] == "True"
