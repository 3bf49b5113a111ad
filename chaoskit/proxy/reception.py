"""What all visitors share."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from mitmproxy.options import Options
from mitmproxy.proxy import mode_specs

from chaoskit.proxy.direct import Direct
from chaoskit.proxy.engine import Engine
from chaoskit.proxy.tls import Tls


class GateMode(mode_specs.ProxyMode):
    """What mitmproxy is told about where a client came in."""

    def __post_init__(self) -> None:
        pass

    @property
    def transport_protocol(self) -> Literal["tcp"]:
        return "tcp"

    @property
    def description(self) -> str:
        return "chaoskit's gate"


@dataclass(slots=True)
class Reception:
    """What all visitors share. ``clients``: every client that is connected."""

    engine: Engine
    options: Options
    tls: Tls
    mode: GateMode = field(default_factory=lambda: GateMode.parse("gate@127.0.0.1:0"))
    clients: set[asyncio.Transport] = field(default_factory=set[asyncio.Transport])
    direct: Direct | None = None
