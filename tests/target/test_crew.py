"""Slow work: in order for one container, side by side for several."""

import threading

from chaoskit.target.crew import Crew


def wait(crew):
    for _ in range(1000):
        if crew.is_idle():
            return
        threading.Event().wait(0.005)
    raise AssertionError


def test_work_for_one_key_is_done_in_order():
    crew, done = Crew(), []
    for each in range(20):
        crew.submit("one", lambda each=each: done.append(each))
    wait(crew)
    assert done == list(range(20))


def test_work_for_another_key_does_not_wait():
    crew, gate, done = Crew(), threading.Event(), threading.Event()
    crew.submit("slow", lambda: gate.wait(10))
    crew.submit("fast", done.set)
    assert done.wait(5)
    assert not crew.is_idle()
    gate.set()
    wait(crew)


def test_a_bug_in_one_piece_does_not_keep_the_others(capsys):
    crew, done = Crew(), threading.Event()
    crew.submit("one", lambda: 1 / 0)
    crew.submit("one", done.set)
    assert done.wait(5)
    wait(crew)
    assert "ZeroDivisionError" in capsys.readouterr().err
