"""A page that is not there, asked for on purpose."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def front(self):
        self.client.get("/ok")

    @task
    def missing(self):
        self.client.get("/binary503", name="/missing")
