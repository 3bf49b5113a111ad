"""A base class without a task, which its author forgot to call abstract; a client with its own header."""

from locust import HttpUser, task


class Based(HttpUser):
    net = "10.1."

    def __init__(self, environment):
        super().__init__(environment)
        self.client.headers["X-Forwarded-For"] = self.net + "0.7"


class Visitor(Based):
    @task
    def front(self):
        with self.client.get("/ok", catch_response=True):
            pass
