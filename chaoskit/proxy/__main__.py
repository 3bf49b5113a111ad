"""``python -m chaoskit.proxy``: a proxy worker that takes its orders from standard input."""
# ruff: noqa: E402

import gc

# what is imported stays: to look through it for cycles again and again takes an eighth of the time to start
gc.disable()

import asyncio
import datetime as dt
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import chaoskit.proxy.lean  # noqa: F401 - before mitmproxy's layers
from chaoskit.core.diagnostic import SpecError
from chaoskit.core.experiment import Address, Experiment
from chaoskit.proxy import ca
from chaoskit.proxy.capture import CaptureError
from chaoskit.proxy.dial import Loop
from chaoskit.proxy.fork import Forked, Others, fork
from chaoskit.proxy.gate import InUseError
from chaoskit.proxy.lines import NotALineError, Voice, first, following, parse
from chaoskit.proxy.sniff import split_authority
from chaoskit.proxy.worker import Setup, Worker
from chaoskit.spec import load


class _Refused(Exception):  # noqa: N818 - a sentence for the controller, not an error of ours
    """Why the worker cannot serve, as a sentence."""


def main() -> int:
    """Run one worker, or the first of several and all the others; return the process's exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the controller, which then ends us
    voice = Voice()
    try:
        return _serve(voice)
    except (_Refused, NotALineError) as problem:
        voice.say({"failed": str(problem)})
        return 1


def _serve(voice: Voice) -> int:
    config, rest = first()
    if config is None:
        return 0
    experiment, roots = _prepare(config)
    try:
        forked = fork(config.get("others", ()), Path(config["folder"]))
    except OSError as problem:
        raise _Refused(f"cannot fork the other workers: {problem}") from problem
    if forked is None:
        own, rest = first()
        if own is None:
            return 0
        config = {**config, **own}
    setup = _setup(config, roots)
    try:
        return asyncio.run(_main(experiment, setup, rest, forked or (), voice), loop_factory=Loop)
    finally:
        voice.end()


async def _main(
    experiment: Experiment, setup: Setup, rest: bytes, forked: Sequence[Forked], voice: Voice
) -> int:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(asyncio.eager_task_factory)  # as mitmproxy's own master does
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    lines = await following(rest)
    voice.begin()
    others = Others(forked, voice)
    try:
        worker = Worker(experiment, setup, voice.say)
        bound = await worker.start()
    except (InUseError, CaptureError, OSError, ValueError) as problem:
        raise _Refused(str(problem)) from problem
    await others.start({"leads": False, "listen": bound["listen"], "dns": bound.get("dns")})
    # some 70 000 objects are there by now, and all but some 1 500 stay: to look through them for cycles,
    # now or later, takes up to 70 ms
    gc.freeze()
    gc.enable()
    # mitmproxy leaves each call behind as a cycle: many short looks stop others for less than few long ones
    gc.set_threshold(2000, 5, 2)
    orders = loop.create_task(_obey(worker, others, lines))
    stopped = loop.create_task(stop.wait())
    done, _ = await asyncio.wait({orders, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    orders.cancel()
    logging.disable()  # whatever is torn down from here on is torn down on purpose
    loop.set_exception_handler(lambda _loop, _context: None)
    others.close()
    await worker.stop()
    await others.stop()
    if orders in done:
        orders.result()
    return 0


def _prepare(config: Mapping[str, Any]) -> tuple[Experiment, Path]:
    """Do what is done once for all workers; return the experiment, and what providers are checked with."""
    try:
        experiment = load(config["path"], config["text"], config["changes"], config["seed"])
        ca_folder = Path(config["ca"])
        ca.create(ca_folder, dt.datetime.now(dt.UTC))
    except SpecError as problem:
        raise _Refused(str(problem)) from problem
    except (OSError, KeyError, TypeError) as problem:
        raise _Refused(f"cannot set the proxy up: {problem!r}") from problem
    extra = experiment.proxy.upstream_ca
    extras = [] if extra is None else [Path(config["path"]).parent / extra]
    try:
        return experiment, ca.write_bundle(ca_folder, extras)
    except OSError as problem:
        raise _Refused(f"proxy.upstream_ca: cannot read {extra!r}: {problem.strerror}") from problem


def _setup(config: Mapping[str, Any], roots: Path) -> Setup:
    try:
        return Setup(
            folder=Path(config["folder"]),
            listen=_address(config["listen"]),
            ca_folder=Path(config["ca"]),
            roots=roots,
            memory=Path(config["memory"]),
            worker=config["worker"],
            workers=config["workers"],
            leads=config.get("leads", config["worker"] == 0),
            dns=_address(config["dns"]) if config.get("dns") else None,
        )
    except (KeyError, TypeError) as problem:
        raise _Refused(f"cannot set the proxy up: {problem!r}") from problem


def _address(text: str) -> Address:
    if text.endswith(":0"):
        return Address(text.removesuffix(":0").strip("[]"), 0)
    where = split_authority(text, 0)
    if where is None:
        raise _Refused(f"expected an address to listen on like 127.0.0.1:0, got {text!r}")
    return Address(*where)


async def _obey(worker: Worker, others: Others, lines: asyncio.StreamReader) -> None:
    while (line := parse(raw := await lines.readline())) is not None:
        others.tell(raw)
        try:
            if not worker.obey(line):
                return
        except ValueError as problem:
            logging.getLogger(__name__).warning("%s", problem)


if __name__ == "__main__":
    sys.exit(main())
