"""A second client of the same user, for another host."""

from locust import HttpUser, task
from locust.clients import HttpSession


class Visitor(HttpUser):
    def __init__(self, *args):
        super().__init__(*args)
        self.other = HttpSession("http://127.0.0.2:9", request_event=self.client.request_event, user=self)

    @task
    def front(self):
        self.client.get("/ok")

    @task
    def elsewhere(self):
        self.other.get("/elsewhere")
