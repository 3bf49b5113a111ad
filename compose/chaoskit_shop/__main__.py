"""Run the whole demo: the fake providers and the shop, as two processes that end together.

``python -m chaoskit_shop --build resilient --folder DIR``. Each child holds the other end of a pipe (see
``lifeline``), so that nothing is left when this process dies, by whatever signal.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from pathlib import Path

from chaoskit_shop.addresses import PROVIDERS, SHOP, DemoError
from chaoskit_shop.certificates import FOLDER
from chaoskit_shop.shop.safety import demand_proxy

_GRACE = 3.0  # seconds between asking a child to end and ending it


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM (then 0) or until a child ends (then its status, or 1)."""
    parser = argparse.ArgumentParser(prog="chaoskit_shop", description=__doc__)
    parser.add_argument("--build", default=os.environ.get("SHOP_BUILD", "resilient"))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--shop", default=os.environ.get("SHOP_ADDRESS", SHOP), metavar="HOST:PORT")
    parser.add_argument(
        "--providers", default=os.environ.get("SHOP_PROVIDERS", PROVIDERS), metavar="HOST:PORT"
    )
    given = parser.parse_args(arguments)
    try:
        # Said here too, before anything is started.
        demand_proxy(os.environ, os.environ.get("SHOP_PROXY_HOST"))
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person at the terminal
        return 2
    folder = str(given.folder)
    providers = ["chaoskit_shop.providers", "--folder", folder, "--providers", given.providers]
    shop = ["chaoskit_shop.shop", "--folder", folder, "--shop", given.shop, "--build", given.build]
    return asyncio.run(_serve(providers, shop))


async def _serve(*commands: list[str]) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    until_told = asyncio.create_task(told.wait())
    children: list[Process] = []
    try:
        for command in commands:
            child = await _start(command)
            children.append(child)
            assert child.stdout is not None
            first = asyncio.create_task(child.stdout.readline())
            await asyncio.wait([first, until_told], return_when=asyncio.FIRST_COMPLETED)
            if told.is_set():
                first.cancel()
                return 0
            if not first.result():
                # It said why on standard error.
                return await child.wait() or 1
            print(first.result().decode().rstrip(), flush=True)  # noqa: T201 - where it listens
        ends = [asyncio.create_task(child.wait()) for child in children]
        await asyncio.wait([until_told, *ends], return_when=asyncio.FIRST_COMPLETED)
        if told.is_set():
            return 0
        for command, end in zip(commands, ends, strict=True):
            if end.done():
                print(f"error: {command[0]} ended with status {end.result()}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        until_told.cancel()
        await asyncio.gather(*(_end(child) for child in children))


async def _start(command: list[str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", *command, "--lifeline", stdin=PIPE, stdout=PIPE
    )


async def _end(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), _GRACE)
    except TimeoutError:
        child.kill()
        await child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
