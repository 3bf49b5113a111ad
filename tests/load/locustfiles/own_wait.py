"""A waiting time that the file computes."""

import random

from locust import HttpUser, task


class Visitor(HttpUser):
    def wait_time(self):
        return random.expovariate(1)

    @task
    def front(self):
        self.client.get("/ok")
