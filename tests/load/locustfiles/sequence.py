"""Tasks one after the other, and task sets within them that end by themselves."""

from locust import HttpUser, SequentialTaskSet, TaskSet, task


class Shop(SequentialTaskSet):
    @task
    def list(self):
        self.client.get("/ok", name="list")

    @task
    class Item(TaskSet):
        @task
        def look(self):
            self.client.get("/ok", name="item")
            self.interrupt()

    @task
    def pay(self):
        self.client.post("/ok", name="pay")


class Visitor(HttpUser):
    tasks = [Shop]
