"""One run from file to answer: set up, run, keep the record, judge it, write the reports."""

import platform
import shlex
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from chaoskit import __version__, spec
from chaoskit.core.diagnostic import NotKeptError, RecordError
from chaoskit.core.frozen import frozen
from chaoskit.core.result import Result
from chaoskit.core.written import Written, closed
from chaoskit.run import clients
from chaoskit.run import folder as folders
from chaoskit.run.ahead import Ahead
from chaoskit.run.controller import Controller, facts
from chaoskit.run.cores import cores
from chaoskit.run.loss import offered
from chaoskit.run.progress import Observer
from chaoskit.run.setup import Setup

RUNS = Path("runs")
CA = Path(".chaoskit") / "ca"


@frozen(kw_only=True)
class Order:
    """What was asked for on the command line."""

    file: Path
    changes: tuple[str, ...] = ()
    seed: int | None = None
    out: Path | None = None  # the folder to make; default: a new one below ``runs``


def execute(order: Order, observer: Observer, on_start: Callable[[Controller], None]) -> tuple[Result, Path]:
    """Run the experiment and return its result and its folder.

    ``on_start`` is given the controller before anything starts, to interrupt it later. SpecError if the file
    is wrong; FileExistsError if ``out`` holds something.
    """
    experiment, text = spec.read(order.file, order.changes, order.seed)
    started = datetime.now(UTC)
    folder = _folder(order, started, experiment.name)
    setup = Setup(
        experiment=experiment,
        path=order.file,
        text=text,
        changes=order.changes,
        folder=folder,
        ca=CA.resolve(),
        workers=experiment.proxy.workers_on(cores()),
    )
    folder.write(folders.EXPERIMENT_FILE, text)
    before: dict[str, Any] = {
        "file": str(order.file),
        "changes": list(order.changes),
        "seed": experiment.seed,
        "started": started.isoformat(timespec="seconds"),
        "command": command(order, experiment.seed),
        "versions": versions(),
        "workers": setup.workers,
        "outcome": "running",
    }
    if (runtime := clients.facts(setup)) is not None:
        before["runtime"] = runtime
    folder.write_run(before)
    controller = Controller(setup, Ahead(observer))
    on_start(controller)
    try:
        ending = controller.run()
    except OSError as error:
        if error.filename is None or not Path(str(error.filename)).resolve().is_relative_to(
            folder.path.resolve()
        ):
            raise
        raise NotKeptError(_not_kept(error)) from error
    own = closed({folders.EXPERIMENT_FILE: Written().plus(text.encode())})["closed"]
    after = {**before, **facts(ending), "offered": offered(experiment)}
    try:
        folder.write_run({**after, "files": {**after["files"], **own}})
    except OSError as error:
        raise NotKeptError(_not_kept(error)) from error
    if ending.unkept is not None:
        raise NotKeptError(
            f"the record of the run could not be kept, so there is no verdict: {ending.unkept}"
        )
    observer.event(None, f"the run ended ({ending.finish.outcome.value}); judging its record")
    from chaoskit.run.judgement import judge  # noqa: PLC0415 - see ``ahead``

    try:
        return judge(folder.path), folder.path
    except (OSError, RecordError) as error:  # it was there a moment ago
        raise NotKeptError(f"the record of the run was lost, so there is no verdict: {error}") from error


def _not_kept(error: OSError) -> str:
    where = f"{error.filename}: {error.strerror}"
    return (
        f"the record of the run could not be kept, so there is no verdict: {where}; make room, and run again"
    )


def _folder(order: Order, started: datetime, name: str) -> folders.Folder:
    if order.out is None:
        return folders.create(RUNS, started.astimezone().strftime("%Y-%m-%dT%H-%M-%S"), name)
    if order.out.exists() and any(order.out.iterdir()):
        raise FileExistsError(f"{order.out}: expected a new or empty folder, got one with files in it")
    order.out.mkdir(parents=True, exist_ok=True)
    return folders.Folder(order.out)


def command(order: Order, seed: int) -> str:
    """Return the command that repeats the run."""
    words = ["chaoskit", "run", str(order.file)]
    for change in order.changes:
        words += ["--set", change]
    return shlex.join([*words, "--seed", str(seed)])


def versions() -> Mapping[str, str]:
    """Return what the run depended on."""
    found = {
        "chaoskit": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }
    for name in ("mitmproxy", "locust"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # its files are there (it runs), its metadata is not
            found[name] = "unknown"
    return found
