"""It sleeps between the requests of one task."""

import time

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def slow(self):
        for _ in range(3):
            self.client.get("/ok", name="page")
            time.sleep(0.5)
