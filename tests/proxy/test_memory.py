import multiprocessing
from dataclasses import dataclass

from chaoskit.core.actions import Close
from chaoskit.core.call import Call
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.memory import SharedMemory


@dataclass(frozen=True, slots=True)
class Adds(Fault):
    def step(self, state, call, now):
        total = (state[0] if state else 0.0) + 1
        return (total, now), Close() if total >= 3 else None


def injection(name: str) -> Injection:
    return Injection(id=name, provider="p", fault=Adds(), fault_name="adds", start=0, stop=1)


CALL = Call(
    identity="i",
    identified_by="order",
    provider="p",
    host="h",
    method="GET",
    path="/",
    headers=(),
    client="c",
    connection="n",
)


def count_many(path, times):
    memory = SharedMemory(path, [injection("a"), injection("b")], lambda: 1.0)
    for _ in range(times):
        memory.count("b")
        memory.fold(injection("b"), CALL)
    memory.close()


def test_counts_are_exact_over_several_processes(tmp_path):
    path = tmp_path / "memory"
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=count_many, args=(path, 2000)) for _ in range(2)]
    for each in others:
        each.start()
    count_many(path, 2000)
    for each in others:
        each.join()
    memory = SharedMemory(path, [injection("a"), injection("b")], lambda: 1.0)
    assert memory.count("b") == 6001
    assert memory.count("a") == 1
    assert memory.fold(injection("b"), CALL) == Close()
    memory.close()


def test_a_state_is_kept_between_calls_and_apart_for_each_injection(tmp_path):
    memory = SharedMemory(tmp_path / "memory", [injection("a"), injection("b")], lambda: 7.5)
    assert [memory.fold(injection("a"), CALL) for _ in range(3)] == [None, None, Close()]
    assert memory.fold(injection("b"), CALL) is None
    assert memory.count("a") == 1
    memory.close()


@dataclass(frozen=True, slots=True)
class Costs(Adds):
    def settle(self, state, call, tokens, now):
        return (state[0] + tokens, now)


def test_what_answers_cost_is_added_to_the_same_state_for_all_workers(tmp_path):
    costs = Injection(id="c", provider="p", fault=Costs(), fault_name="costs", start=0, stop=1)
    one, other = (SharedMemory(tmp_path / "memory", [costs], lambda: 7.5) for _ in range(2))
    assert one.fold(costs, CALL) is None
    other.settle(costs, CALL, 1)
    assert one.fold(costs, CALL) == Close()
    one.close()
    other.close()
