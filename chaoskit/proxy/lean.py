"""Import this before anything of mitmproxy: it spares a third of the time to start.

What nothing here uses is not imported, though modules of mitmproxy that are used name it: the other addons of
the package ``mitmproxy.addons`` (LDAP and Flask are among what those import), QUIC with all of HTTP/3, and
what reads its settings. A stand-in has every name that is asked of it, as a class without objects: so
nothing is ever an instance of it.
"""

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any, NoReturn

from mitmproxy.version import VERSION

from chaoskit.proxy.versions import is_tested

_ADDONS = "mitmproxy.addons"
STANDINS = (
    "mitmproxy.proxy.layers.quic",
    "mitmproxy.proxy.layers.http._http3",
    "aioquic",
    "aioquic.tls",
    "aioquic.h3",
    "aioquic.h3.connection",
    "ruamel",
    "ruamel.yaml",
)
"""Modules that are not imported, with a version of mitmproxy that is known."""


class StandIn(ModuleType):
    """A module that has every name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = type(name, (), {"__module__": self.__name__, "__new__": _refuse})
        setattr(self, name, found)
        return found


def _refuse(kind: type, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"{kind.__module__}.{kind.__name__} was left out, see chaoskit/proxy/lean.py")


def _leave_out() -> None:
    if _ADDONS not in sys.modules:
        found = find_spec(_ADDONS)
        if found is not None and found.submodule_search_locations is not None:
            package = ModuleType(_ADDONS)
            package.__path__ = list(found.submodule_search_locations)
            package.__spec__ = found
            sys.modules[_ADDONS] = package
    for name in STANDINS if is_tested(VERSION) else ():
        sys.modules.setdefault(name, StandIn(name))


_leave_out()
