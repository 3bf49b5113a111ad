"""What is put around the tasks of a user's own locustfile: an iteration begins when an arrival is due."""

import inspect
from collections.abc import Callable
from typing import Any

from locust import TaskSet
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user.task import DefaultTaskSet

from chaoskit.load.arrivals import Arrivals
from chaoskit.load.visits import Visit, Visits

_FLOW = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser)


def install(visits: Visits, arrivals: Arrivals) -> None:
    """Patch TaskSet in this process."""
    for kind in (
        TaskSet,
        DefaultTaskSet,
    ):  # the latter runs the tasks of a User, and overrides the former's method
        kind.execute_task = _when_due(kind.execute_task, visits, arrivals)
    DefaultTaskSet.get_next_task = _or_stop(DefaultTaskSet.get_next_task)
    wait = TaskSet.wait

    def wait_between(self: TaskSet) -> None:
        # On a schedule the arrivals say when; a wait inside of a task is the user's thinking time.
        if not arrivals.is_open or visits.of(self.user).is_in_task:
            wait(self)

    TaskSet.wait = wait_between


def _or_stop(choose: Callable[[Any], Any]) -> Any:
    def get_next_task(self: DefaultTaskSet) -> Any:
        # Without a task Locust raises, logs and tries again for ever, and nobody else gets a turn.
        if not self.user.tasks:
            raise StopUser
        return choose(self)

    return get_next_task


def _when_due(execute: Callable[[Any, Any], None], visits: Visits, arrivals: Arrivals) -> Any:
    def execute_task(self: TaskSet, task: Any) -> None:
        if inspect.isclass(task) and issubclass(task, TaskSet):
            execute(self, task)
            return
        visit = visits.of(self.user)
        if not visits.enter(visit, arrivals):
            raise StopUser
        visit.is_in_task = True
        try:
            execute(self, task)
        except _FLOW as ending:
            if isinstance(ending, StopUser | StopTest):
                visits.leave(visit)
            raise
        except Exception:
            _broke(visits, visit, f"{type(self.user).__name__}.{getattr(task, '__name__', 'task')}")
            raise
        finally:
            visit.is_in_task = False
            visits.settle(visit)

    return execute_task


def _broke(visits: Visits, visit: Visit, name: str) -> None:
    if not visit.made and visit.claim is not None:
        visits.broke(visit.claim, name)
        visit.claim = None
