"""The faster client, with and without its own judgement of an answer."""

from locust import FastHttpUser, task


class Visitor(FastHttpUser):
    @task
    def front(self):
        self.client.get("/ok")

    @task
    def judged(self):
        with self.client.get("/ok", name="judged", catch_response=True) as answer:
            if answer.text != "ok":
                answer.failure("not ok")
