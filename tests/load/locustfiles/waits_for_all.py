"""Users wait for each other before the first task."""

from gevent.lock import Semaphore
from locust import HttpUser, events, task

ALL = Semaphore()
ALL.acquire()


@events.spawning_complete.add_listener
def go(**_):
    ALL.release()


class Visitor(HttpUser):
    def on_start(self):
        ALL.wait()

    @task
    def front(self):
        self.client.get("/ok")
