"""Rows of a file beside it, again and again."""

import csv
from itertools import cycle
from pathlib import Path

from locust import HttpUser, task

ROWS = cycle(csv.reader((Path(__file__).parent / "names.csv").read_text().splitlines()))


class Visitor(HttpUser):
    @task
    def login(self):
        name, word = next(ROWS)
        self.client.post("/ok", json={"name": name, "word": word}, name=f"login {name}")
