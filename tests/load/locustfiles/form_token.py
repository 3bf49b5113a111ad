"""A token of one answer that the next request needs; cookies are kept."""

import re

from locust import HttpUser, task


class Visitor(HttpUser):
    @task
    def form(self):
        page = self.client.get("/form", name="form")
        token = re.search("token=([0-9]+)", page.text).group(1)
        self.client.post("/ok", data={"token": token}, name="send")
