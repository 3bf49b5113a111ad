"""It ends the test when too much has failed."""

import gevent
from locust import HttpUser, events, task


@events.init.add_listener
def begin(environment, **_):
    def look():
        while environment.runner.stats.total.fail_ratio < 0.2:
            gevent.sleep(0.1)
        environment.runner.quit()

    gevent.spawn(look)


class Visitor(HttpUser):
    @task
    def fails(self):
        self.client.get("/binary503", name="fails")
