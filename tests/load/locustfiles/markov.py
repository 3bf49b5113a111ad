"""Which task follows is a chain of chances."""

from locust import HttpUser, MarkovTaskSet, transition, transitions


class Chain(MarkovTaskSet):
    @transition("second")
    def first(self):
        self.client.get("/ok", name="first")

    @transitions({"first": 1, "second": 2})
    def second(self):
        self.client.get("/ok", name="second")


class Visitor(HttpUser):
    tasks = [Chain]
