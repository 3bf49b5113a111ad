"""A listener that breaks off a task after the first failed request."""

from locust import HttpUser, events, task
from locust.exception import RescheduleTask


@events.request.add_listener
def look(exception, **_):
    if exception:
        raise RescheduleTask


class Visitor(HttpUser):
    @task
    def two(self):
        self.client.get("/binary503", name="fails")
        self.client.get("/ok", name="never asked")
