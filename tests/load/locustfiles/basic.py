"""Plain functions and methods as the tasks of a task set."""

from locust import HttpUser, TaskSet, between, task


def front(tasks):
    tasks.client.get("/ok")


class Pages(TaskSet):
    tasks = [front]

    @task
    def missing(self):
        self.client.get("/none", name="missing")


class Visitor(HttpUser):
    wait_time = between(2, 5)
    tasks = [Pages]
