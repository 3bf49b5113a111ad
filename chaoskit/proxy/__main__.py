"""``python -m chaoskit.proxy``: a proxy worker that takes its orders from standard input."""
# ruff: noqa: E402

import gc

# what is imported stays: to look through it for cycles again and again takes an eighth of the time to start
gc.disable()

import asyncio
import contextlib
import datetime as dt
import json
import logging
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaoskit.core.diagnostic import SpecError
from chaoskit.core.experiment import Address, Experiment
from chaoskit.proxy import ca
from chaoskit.proxy.capture import CaptureError
from chaoskit.proxy.dial import Loop
from chaoskit.proxy.gate import InUseError
from chaoskit.proxy.sniff import split_authority
from chaoskit.proxy.worker import Setup, Worker
from chaoskit.spec import load

_LONGEST = 16 * 1024 * 1024
"""Bytes of one line: the first one carries the whole experiment."""


class _Refused(Exception):  # noqa: N818 - a sentence for the controller, not an error of ours
    """Why the worker cannot serve, as a sentence."""


def main() -> int:
    """Run one worker; return the process's exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the controller, which then ends us
    try:
        return asyncio.run(_main(), loop_factory=Loop)
    except _Refused as problem:
        _say({"failed": str(problem)})
        return 1


async def _main() -> int:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # as mitmproxy's own master does
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    lines = await _standard_input()
    first = await _next(lines)
    if first is None:
        return 0
    worker = _worker(first)
    try:
        await worker.start()
    except (InUseError, CaptureError, OSError, ValueError) as problem:
        raise _Refused(str(problem)) from problem
    # some 70 000 objects are there by now: looking through them for cycles stops every call for 70 ms
    gc.collect()
    gc.freeze()
    gc.enable()
    # mitmproxy leaves each call behind as a cycle: many short looks stop others for less than few long ones
    gc.set_threshold(2000, 5, 2)
    orders = loop.create_task(_obey(worker, lines))
    stopped = loop.create_task(stop.wait())
    done, _ = await asyncio.wait({orders, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    orders.cancel()
    logging.disable()  # whatever is torn down from here on is torn down on purpose
    loop.set_exception_handler(lambda _loop, _context: None)
    await worker.stop()
    if orders in done:
        orders.result()
    return 0


def _worker(config: Mapping[str, Any]) -> Worker:
    try:
        experiment = load(config["path"], config["text"], config["changes"], config["seed"])
        setup = _setup(config, experiment)
        return Worker(experiment, setup, _say)
    except SpecError as problem:
        raise _Refused(str(problem)) from problem
    except (OSError, KeyError, TypeError) as problem:
        raise _Refused(f"cannot set the proxy up: {problem!r}") from problem


def _setup(config: Mapping[str, Any], experiment: Experiment) -> Setup:
    listen = _address(config["listen"])
    folder, ca_folder = Path(config["folder"]), Path(config["ca"])
    ca.create(ca_folder, dt.datetime.now(dt.UTC))
    extra = experiment.proxy.upstream_ca
    extras = [] if extra is None else [Path(config["path"]).parent / extra]
    try:
        roots = ca.write_bundle(ca_folder, extras)
    except OSError as problem:
        raise _Refused(f"proxy.upstream_ca: cannot read {extra!r}: {problem.strerror}") from problem
    return Setup(
        folder=folder,
        listen=listen,
        ca_folder=ca_folder,
        roots=roots,
        memory=Path(config["memory"]),
        worker=config["worker"],
        workers=config["workers"],
        leads=config.get("leads", config["worker"] == 0),
        dns=_address(config["dns"]) if config.get("dns") else None,
    )


def _address(text: str) -> Address:
    if text.endswith(":0"):
        return Address(text.removesuffix(":0").strip("[]"), 0)
    where = split_authority(text, 0)
    if where is None:
        raise _Refused(f"expected an address to listen on like 127.0.0.1:0, got {text!r}")
    return Address(*where)


async def _obey(worker: Worker, lines: asyncio.StreamReader) -> None:
    while (line := await _next(lines)) is not None:
        try:
            if not worker.obey(line):
                return
        except ValueError as problem:
            logging.getLogger(__name__).warning("%s", problem)


async def _next(lines: asyncio.StreamReader) -> Mapping[str, Any] | None:
    """Return the next line, or None at the end of file (a line cut short by it counts as none)."""
    raw = await lines.readline()
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except ValueError as problem:
        raise _Refused(f"expected a line of JSON on standard input, got {raw[:80]!r}") from problem
    if not isinstance(line, dict):
        raise _Refused(f"expected a JSON object on standard input, got {raw[:80]!r}")
    return line


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=_LONGEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: Mapping[str, Any]) -> None:
    with contextlib.suppress(BrokenPipeError):  # the controller is gone; the end of our input says so too
        print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201 - the protocol


if __name__ == "__main__":
    sys.exit(main())
