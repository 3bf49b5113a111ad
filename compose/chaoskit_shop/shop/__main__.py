"""Run the shop: ``python -m chaoskit_shop.shop --build resilient --folder DIR``."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from waitress.server import BaseWSGIServer, create_server

from chaoskit_shop import lifeline
from chaoskit_shop.addresses import SHOP, DemoError, parse, taken
from chaoskit_shop.certificates import FOLDER
from chaoskit_shop.hosts import CDN_A, CDN_B, S3_EAST, S3_WEST
from chaoskit_shop.shop.app import Parts, create
from chaoskit_shop.shop.assistant import Assistant
from chaoskit_shop.shop.audit import Audit
from chaoskit_shop.shop.build import BUILDS, Build
from chaoskit_shop.shop.identity import Identity
from chaoskit_shop.shop.mirror import Mirror
from chaoskit_shop.shop.payments import Payments
from chaoskit_shop.shop.safety import demand_safety
from chaoskit_shop.shop.stock import Stock
from chaoskit_shop.shop.trust import trusted

THREADS = 16
"""Few enough that hanging calls use them all up: then nothing at all is answered any more."""


def main(arguments: Sequence[str]) -> int:
    """Serve until the process ends; print the address once it is bound."""
    given = arguments_of(arguments)
    if given.lifeline:
        lifeline.hold()
    try:
        demand_safety(os.environ, given.proxy_host)
        host, port = parse(given.shop)
        given.folder.mkdir(parents=True, exist_ok=True)
        app = create(parts_of(BUILDS[given.build], Stock(given.folder / "shop.sqlite")))
        # Its queue grows by design here; a line for each request that waits says nothing new.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        try:
            server = create_server(
                app, host=host, port=port, threads=THREADS, connection_limit=2000, backlog=1024, ident="shop"
            )
        except OSError as error:
            raise taken(error, host, port, "--shop") from error
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 2
    assert isinstance(server, BaseWSGIServer)
    print(f"shop {host}:{server.effective_port} ({given.build})", flush=True)  # noqa: T201 # type: ignore[attr-defined]
    server.run()
    return 0


def parts_of(build: Build, stock: Stock) -> Parts:
    """Return the shop's parts, all built alike."""
    trust = trusted(os.environ)
    cdns = [("cdn-a", f"https://{CDN_A}"), ("cdn-b", f"https://{CDN_B}")]
    regions = [("us-east-1", f"https://{S3_EAST}"), ("us-west-2", f"https://{S3_WEST}")]
    return Parts(
        payments=Payments(build, trust, doubt=stock.doubt),
        assistant=Assistant(build, trust),
        identity=Identity(build, trust),
        pictures=Mirror(cdns, build, trust),
        documents=Mirror(regions, build, trust),
        audit=Audit(build, stock, trust),
        stock=stock,
    )


def arguments_of(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the flags; each has a variable of the environment as its default."""
    parser = argparse.ArgumentParser(prog="chaoskit_shop.shop", description=__doc__)
    build = os.environ.get("SHOP_BUILD", "resilient")
    parser.add_argument("--build", choices=BUILDS, default=build)
    parser.add_argument("--shop", default=os.environ.get("SHOP_ADDRESS", SHOP), metavar="HOST:PORT")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument(
        "--proxy-host", default=os.environ.get("SHOP_PROXY_HOST"), help="trust this proxy host too"
    )
    parser.add_argument("--lifeline", action="store_true", help="end when standard input closes")
    given = parser.parse_args(arguments)
    if given.build not in BUILDS:  # argparse does not check a default
        parser.error(f"expected SHOP_BUILD to be one of {', '.join(BUILDS)}, got `{given.build}`")
    return given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
