"""A user's own locustfile, run as it is: HttpUser, FastHttpUser, or users with clients of their own."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import locust
from locust import User
from locust.argument_parser import get_parser
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

from chaoskit.core.experiment import Experiment
from chaoskit.load import session_patches, task_patches
from chaoskit.load.arrivals import Arrivals
from chaoskit.load.elsewhere import Fence
from chaoskit.load.visits import KEY, Sent, Visits

SHAPE = "its LoadTestShape is not used: `arrivals` or `users` of the experiment say how much load there is"


class LocustfileError(Exception):
    """The locustfile cannot be run; the text says where and why."""


def environment(
    path: Path,
    experiment: Experiment,
    arrivals: Arrivals,
    visits: Visits,
    note: Callable[[str], None] = lambda _: None,
) -> Environment:
    """Import the file and patch Locust around it; raises ``LocustfileError``. ``note`` hears the rest."""
    if not path.is_file():
        raise LocustfileError(f"load.locustfile: expected a file, there is none at {path}")
    try:
        classes, shapes = load_locustfile(str(path))
        options = get_parser().parse_args(args=["--headless"])
    except (Exception, SystemExit) as error:
        raise LocustfileError(f"{path.name}: {_where(path, error)}") from error
    if not classes:
        raise LocustfileError(
            f"{path.name}: expected a class that inherits from HttpUser or FastHttpUser, found none"
        )
    if shapes:
        note(f"{path.name}: {SHAPE}")
    idle = [name for name, kind in classes.items() if _has_no_task(kind)]
    if len(idle) == len(classes):
        raise LocustfileError(
            f"{path.name}: expected a task, and {', '.join(idle)} has none: mark one with @task"
        )
    for name in idle:
        note(f"{path.name}: {name} has no task and is left out: give it one, or say `abstract = True`")
    task_patches.install(visits, arrivals)
    session_patches.install(
        visits, Fence(experiment.target.url, note), is_new=experiment.load.connections == "new"
    )
    # Before any listener of the user's own: one of those that raises StopUser ends the others' turn.
    locust.events.request._handlers.insert(0, _recorder(visits))  # noqa: SLF001
    return Environment(
        user_classes=[kind for name, kind in classes.items() if name not in idle],
        events=locust.events,
        host=experiment.target.url.rstrip("/"),
        locustfile=path.name,
        parsed_options=options,
    )


def _has_no_task(kind: type[User]) -> bool:
    """Tell whether a class has no task, and no code that could give it one when a user starts."""
    own = {name for each in kind.__mro__ if not each.__module__.startswith("locust") for name in vars(each)}
    return not kind.tasks and not own & {"on_start", "run"}


def where(path: Path, error: BaseException) -> str:
    """Name an exception of the file's code, and the line of the file at which it was raised."""
    return _where(path, error)


def _recorder(visits: Visits) -> Any:
    def record(**told: Any) -> None:
        sent = (told.get("context") or {}).get(KEY)
        status = int(getattr(told.get("response"), "status_code", 0) or 0)
        size, error = int(told.get("response_length") or 0), told.get("exception")
        if isinstance(sent, Sent):
            visits.judged(sent, told["name"], status, size, error)
        else:
            visits.foreign(told["name"], (told.get("response_time") or 0.0) / 1000, size, error)

    return record


def _where(path: Path, error: BaseException) -> str:
    """Say at which line of the file importing it failed; the innermost one that is in the file itself."""
    what = f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"line {error.lineno}: {type(error).__name__}: {error.msg}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == str(path):
            return f"line {frame.lineno}: {what}"
    return what
