"""Each user ends after its first task."""

from locust import HttpUser, task
from locust.exception import StopUser


class Visitor(HttpUser):
    @task
    def once(self):
        self.client.get("/ok")
        raise StopUser
