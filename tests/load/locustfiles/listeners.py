"""Listeners of requests, and of what only a distributed run or the web page has."""

from locust import HttpUser, events, task

TOTAL = {"bytes": 0}


@events.init.add_listener
def begin(environment, **_):
    assert environment.web_ui is None


@events.request.add_listener
def add(response_length, **_):
    TOTAL["bytes"] += response_length


@events.report_to_master.add_listener
def report(client_id, data):
    data["bytes"] = TOTAL["bytes"]


class Visitor(HttpUser):
    @task
    def front(self):
        self.client.get("/ok")
