"""The load process: what the controller says, what it is told, and how it ends."""

import contextlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import gevent
from gevent.event import AsyncResult

from chaoskit.core.diagnostic import SpecError
from chaoskit.core.experiment import Experiment
from chaoskit.core.written import closed
from chaoskit.load.engine import Engine, Part
from chaoskit.load.lines import Speaker, heard
from chaoskit.load.locustfile import LocustfileError
from chaoskit.load.remarks import Repeats

Decode = Callable[[str, str, tuple[str, ...], int | None], Experiment]
"""``chaoskit.spec.load``: path, text, changes, seed."""

_LOG = logging.getLogger(__name__)

TICK = 0.5
LAST_WORD = 2.0
"""Seconds that a controller that does not read may hold up the end."""


def run(stdin: int, stdout: int, decode: Decode) -> int:
    """Live from the configuration to a drain, a stop or the end of file; return the exit status."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Repeats())
    # Locust warns of starting many users at once; here they only wait for their arrival.
    logging.getLogger("locust.runners").addFilter(lambda each: "spawn rate" not in each.getMessage())
    speaker = Speaker(stdout)
    lines = heard(stdin)
    try:
        engine = _set_up(next(lines), decode)
    except StopIteration:
        return 1
    except (SpecError, LocustfileError) as error:
        traceback.print_exc()
        _last(speaker, {"failed": str(error)})
        return 1
    except OSError as error:
        traceback.print_exc()
        why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        _last(speaker, {"failed": why, "unkept": True})
        return 1
    ending: AsyncResult[str] = AsyncResult()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, ending.set, "stop")
    gevent.spawn(_listen, lines, engine, ending)
    gevent.spawn(_tick, speaker, engine, ending)
    speaker.say({"ready": True})
    how = ending.get()
    if how == "drain":
        engine.drain()
    engine.end()
    if engine.ledger.problem is not None:
        how = engine.ledger.problem
        _last(speaker, {"failed": how, "unkept": True})
    elif how == "drain":
        _last(speaker, {"done": {"samples": engine.ledger.written, "censored": engine.ledger.censored}})
    elif how != "stop":
        _last(speaker, {"failed": how})
    _last(speaker, closed(engine.files()))
    return 0 if how in ("drain", "stop") else 1


def _set_up(said: Mapping[str, Any], decode: Decode) -> Engine:
    path = Path(said["path"])
    experiment = decode(str(path), said["text"], tuple(said["changes"]), said["seed"])
    part = Part(
        base=path.parent,
        folder=Path(said["folder"]),
        pid=os.getpid(),
        process=said["process"],
        processes=said["processes"],
    )
    return Engine(experiment, part)


def _listen(lines: Iterator[Mapping[str, Any]], engine: Engine, ending: "AsyncResult[str]") -> None:
    for said in lines:
        match said:
            case {"start": at}:
                engine.begin(float(at))
            case {"drain": _}:
                ending.set("drain")
            case {"stop": _}:
                break
            case _:
                _LOG.warning("not understood: %s", said)
    ending.set("stop")


def _tick(speaker: Speaker, engine: Engine, ending: "AsyncResult[str]") -> None:
    while True:
        gevent.sleep(TICK)
        now = time.monotonic()
        engine.arrivals.offer(now)
        engine.flush()
        problem = engine.problem()
        if problem is not None:
            ending.set(problem)
        speaker.say({"tick": {"t": now, "endpoints": engine.tally.row(now)}})


def _last(speaker: Speaker, message: Mapping[str, Any]) -> None:
    with contextlib.suppress(gevent.Timeout, OSError), gevent.Timeout(LAST_WORD):
        speaker.say(message)
