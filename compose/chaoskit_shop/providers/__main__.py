"""Run the fake providers: ``python -m chaoskit_shop.providers --folder DIR``."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import gevent

from chaoskit_shop import certificates, hosts, lifeline
from chaoskit_shop.addresses import PROVIDERS, DemoError, parse
from chaoskit_shop.providers import adyen, anthropic, auth0, bank, cdn, listener, openai, s3, stripe
from chaoskit_shop.providers.ledger import Ledger


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM; print the address once it is bound."""
    parser = argparse.ArgumentParser(prog="chaoskit_shop.providers", description=__doc__)
    parser.add_argument("--folder", type=Path, default=certificates.FOLDER)
    parser.add_argument(
        "--providers", default=os.environ.get("SHOP_PROVIDERS", PROVIDERS), metavar="HOST:PORT"
    )
    parser.add_argument("--lifeline", action="store_true", help="end when standard input closes")
    given = parser.parse_args(arguments)
    if given.lifeline:
        lifeline.hold()
    stripes, adyens = Ledger(), Ledger()
    applications: dict[str, listener.Application] = {
        hosts.STRIPE: stripe.create(gevent.sleep, stripes),
        hosts.ADYEN: adyen.create(gevent.sleep, adyens),
        hosts.OPENAI: openai.create(gevent.sleep),
        hosts.ANTHROPIC: anthropic.create(gevent.sleep),
        hosts.AUTH0: auth0.create(gevent.sleep, time.time),
        hosts.BANK: bank.create({"stripe": stripes.effects, "adyen": adyens.effects}),
        **{each: cdn.create(each, gevent.sleep) for each in (hosts.CDN_A, hosts.CDN_B)},
        **{each: s3.create(each, gevent.sleep) for each in (hosts.S3_EAST, hosts.S3_WEST)},
    }
    try:
        host, port = parse(given.providers)
        server = listener.server(host, port, certificates.ensure(given.folder), applications)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 2
    gevent.signal_handler(signal.SIGTERM, server.stop, 0.2)
    server.start()
    print(f"providers {server.address[0]}:{server.server_port}", flush=True)  # noqa: T201 - the parent reads it
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
