"""JSON answers: what is not as asserted fails, what raises fails."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def right(self):
        with self.rest("GET", "/json", name="right") as answer:
            assert answer.js["a"] == 1

    @task
    def wrong(self):
        with self.rest("GET", "/json", name="wrong") as answer:
            assert answer.js["a"] == 2, "another number"

    @task
    def raises(self):
        with self.rest("GET", "/json", name="raises"):
            1 / 0
