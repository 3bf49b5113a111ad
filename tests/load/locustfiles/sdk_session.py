"""A library's own session is replaced with Locust's client."""

from locust import HttpUser, task


class Library:
    def __init__(self, url):
        self.url, self.session = url, None

    def items(self):
        return self.session.get(f"{self.url}/ok")


class Visitor(HttpUser):
    def on_start(self):
        self.library = Library(self.host)
        self.library.session = self.client

    @task
    def items(self):
        with self.client.rename_request("items"):
            self.library.items()
