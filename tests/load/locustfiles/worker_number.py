"""The number of the worker, which a run without workers does not have."""

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def front(self):
        self.client.get("/ok", name=f"worker {self.environment.runner.worker_index}")
