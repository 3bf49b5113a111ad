"""Code at each point of a test's life, and data that it fetches for each user."""

from locust import HttpUser, events, task

SEEN = []


@events.test_start.add_listener
def begin(environment, **_):
    SEEN.append("test")


class Visitor(HttpUser):
    def on_start(self):
        self.own = self.client.get("/ok", name="of a user").text

    @task
    def page(self):
        assert SEEN == ["test"]
        self.client.get(f"/{self.own}", name="page")

    def on_stop(self):
        print("stopped")
