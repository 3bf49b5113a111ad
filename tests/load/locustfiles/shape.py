"""A load that rises and falls by its own plan."""

from locust import HttpUser, LoadTestShape, task


class Wave(LoadTestShape):
    def tick(self):
        return (10, 10) if self.get_run_time() < 60 else None


class Visitor(HttpUser):
    @task
    def front(self):
        self.client.get("/ok")
