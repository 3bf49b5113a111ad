"""The Locust user of a workload that is written in YAML."""

import time

from locust import User, constant, task
from locust.exception import StopUser

from chaoskit.core.call import header
from chaoskit.core.experiment import Load
from chaoskit.core.frozen import frozen
from chaoskit.core.samples import Flag
from chaoskit.core.trace import number, traceparent
from chaoskit.load.arrivals import Arrivals
from chaoskit.load.expect import judge
from chaoskit.load.ledger import Ending, Ledger
from chaoskit.load.schedule import Mix
from chaoskit.load.sender import NoAnswerError, Sender, unverified


@frozen(kw_only=True)
class Work:
    """What all users of this process share."""

    url: str
    load: Load
    seed: int
    mix: Mix
    arrivals: Arrivals
    ledger: Ledger


def endpoint_user(work: Work) -> type[User]:
    """Return a user class that sends what the endpoints say."""
    sender = Sender(work.url, work.load.deadline, work.load.connections, unverified())

    class EndpointUser(User):
        wait_time = constant(0)  # the arrivals say when

        @task
        def arrive(self) -> None:
            claim = work.arrivals.claim()
            if claim is None:
                raise StopUser
            one_request(work, sender, claim.slot, claim.intended)

    return EndpointUser


def one_request(work: Work, sender: Sender, slot: int, intended: float) -> None:
    """Send what ``slot`` asks for and write its record.

    The deadline counts from the intended start: a caller who waited in a queue gives up no later.
    """
    endpoint = work.mix.at(slot)
    begun = time.monotonic()
    trace = traceparent(work.seed, str(slot))
    is_ours = header(endpoint.headers, "traceparent") is None
    entry = work.ledger.open(endpoint.name, slot, intended, begun, number(trace) if is_ours else 0)
    if work.load.arrivals is None:
        work.ledger.offered(endpoint.name)
    left = intended + work.load.deadline - begun
    try:
        received = sender.send(endpoint, trace, left)
    except NoAnswerError as failure:
        flags = Flag.DEADLINE if failure.by_deadline else Flag(0)
        if failure.cause == "bad answer":
            flags |= Flag.CHECK_FAILED
        ending = Ending(failure.status, failure.size, flags, failure.cause)
    else:
        flags, cause = judge(endpoint, received)
        ending = Ending(received.status, received.size, flags, cause)
    work.ledger.close(entry, time.monotonic(), ending)
