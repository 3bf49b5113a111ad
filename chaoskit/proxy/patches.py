"""What is made cheaper inside mitmproxy itself; only with the versions that this was tested with.

Everything else about the lean core is subclasses. These three have no seam: mitmproxy's own layers make the
objects. None changes what goes over a wire; with another version mitmproxy is left as it is.
"""

import logging
import os
from typing import Any

from mitmproxy import http
from mitmproxy.connection import Connection
from mitmproxy.proxy.context import Context
from mitmproxy.version import VERSION

from chaoskit.proxy.versions import TESTED, is_tested

STOCK = "CHAOSKIT_STOCK_PROXY"
"""The environment variable that leaves mitmproxy's classes and its connection handler as they are."""


def apply() -> bool:
    """Patch mitmproxy if it is a version that is known; else warn. Return whether it is patched."""
    if is_stock():
        return False
    if not is_tested(VERSION):
        first, last = (".".join(map(str, each)) for each in TESTED)
        logging.getLogger(__name__).warning(
            "mitmproxy %s is outside %s to %s, which this was tested with: its calls are slower",
            VERSION,
            first,
            last,
        )
        return False
    classes: Any = (http.MessageData, Context, Connection)
    message, context, connection = classes
    message.__post_init__ = _unchecked
    context.fork = _fork
    # no connection is ever compared with one that was read from a file, so it may be itself alone
    connection.__eq__, connection.__hash__ = object.__eq__, object.__hash__
    return True


def is_stock() -> bool:
    """Tell whether the environment asks for mitmproxy as it is."""
    return bool(os.environ.get(STOCK))


def _unchecked(_: http.MessageData) -> None:
    """Take the fields' types on trust: parsers of mitmproxy or ours made them (15 % of a call's CPU)."""


def _fork(self: Context) -> Context:
    """Make a copy without a server of its own that is thrown away at once."""
    copy = Context.__new__(Context)
    copy.client, copy.server, copy.options, copy.layers = (
        self.client,
        self.server,
        self.options,
        self.layers.copy(),
    )
    return copy
