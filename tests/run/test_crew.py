"""What a process says for several workers is theirs."""

import queue

from chaoskit.run.child import Ended, Line
from chaoskit.run.crew import Crew


def test_what_is_passed_on_is_put_under_the_name_of_who_said_it():
    mailbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    crew = Crew(mailbox)
    for each in (
        Line("proxy-4", {"seen": {}}),
        Line("proxy-4", {"from": 5, "line": {"ack": "arm", "t": 1.5}}),
        Line("proxy-4", {"from": 5, "ended": 137}),
        Ended("proxy-4", 0),
    ):
        crew.put(each)
    assert [mailbox.get() for _ in range(4)] == [
        Line("proxy-4", {"seen": {}}),
        Line("proxy-5", {"ack": "arm", "t": 1.5}),
        Ended("proxy-5", 137),
        Ended("proxy-4", 0),
    ]
