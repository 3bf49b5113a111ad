"""Each user takes one pair of a short list and logs in, until the list is empty."""

from locust import HttpUser, TaskSet, between, task

PAIRS = [("ann", "1"), ("bob", "2")]


class Member(TaskSet):
    def on_start(self):
        if PAIRS:
            name, word = PAIRS.pop()
            self.client.post("/ok/login", {"name": name, "word": word}, name="login")

    @task
    def page(self):
        self.client.get("/ok")


class Visitor(HttpUser):
    tasks = [Member]
    wait_time = between(5, 60)
