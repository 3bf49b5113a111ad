"""Work that is no HTTP request, reported to Locust by hand; some of it fails."""

from contextlib import contextmanager
from itertools import count
from time import sleep, time

from locust import User, constant, events, task

NUMBERS = count()


@contextmanager
def reported(name):
    begun, error = time(), None
    try:
        yield
    except Exception as raised:
        error = raised
        raise
    finally:
        events.request.fire(
            request_type="own",
            name=name,
            response_time=(time() - begun) * 1000,
            response_length=0,
            exception=error,
        )


class Worker(User):
    wait_time = constant(1)

    @task(3)
    def works(self):
        with reported("works"):
            sleep(0.02)

    @task
    def fails(self):
        with reported("fails"):
            raise RuntimeError(f"number {next(NUMBERS)}")
