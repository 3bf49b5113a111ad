"""Tasks that send nothing at all."""

from locust import HttpUser, constant_pacing, task


class Visitor(HttpUser):
    wait_time = constant_pacing(10)

    @task
    def nothing(self):
        pass
