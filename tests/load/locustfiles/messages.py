"""Messages between master and workers, in a run that has neither."""

from locust import HttpUser, events, task

NAMES = []


@events.init.add_listener
def begin(environment, **_):
    environment.runner.register_message("names", lambda environment, msg, **_: NAMES.extend(msg.data))


@events.test_start.add_listener
def send(environment, **_):
    environment.runner.send_message("names", ["ann"])


class Visitor(HttpUser):
    @task
    def front(self):
        self.client.get("/ok", name=NAMES[0])
