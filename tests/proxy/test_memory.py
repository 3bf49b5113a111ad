import multiprocessing
from collections import Counter
from dataclasses import dataclass, replace

from chaoskit.core.actions import Close
from chaoskit.core.call import Call
from chaoskit.core.experiment import Injection
from chaoskit.core.fault import Fault
from chaoskit.proxy.memory import SETS, WAYS, SharedMemory


@dataclass(frozen=True, slots=True)
class Adds(Fault):
    def step(self, state, call, now):
        total = (state[0] if state else 0.0) + 1
        return (total, now), Close() if total >= 3 else None


def injection(name: str) -> Injection:
    return Injection(id=name, provider="p", fault=Adds(), fault_name="adds", start=0, stop=1)


@dataclass(frozen=True, slots=True)
class Few(Fault):
    """Lets three calls of each client pass, and says so by doing nothing."""

    def key_of(self, call):
        return call.client or None

    def step(self, state, call, now):
        return (state[0] + 1, now), Close() if state[0] >= 3 else None


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


def keyed(name: str, start: float = 0) -> Injection:
    return Injection(id=name, provider="p", fault=Few(), fault_name="few", start=start, stop=9)


def hammer(path, keys, times, queue):
    memory = SharedMemory(path, [injection("a"), keyed("k")], lambda: 1.0)
    passed = Counter()
    for n in range(times):
        key = f"key {n % keys}"
        passed[key] += memory.fold(keyed("k"), replace(CALL, client=key)) is None
    memory.close()
    queue.put(passed)


def test_three_processes_never_let_more_pass_than_each_key_is_allowed(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    queue = spawn.Queue()
    several = [spawn.Process(target=hammer, args=(tmp_path / "memory", 200, 2000, queue)) for _ in range(3)]
    for each in several:
        each.start()
    passed = sum((queue.get(timeout=60) for _ in several), Counter())
    for each in several:
        each.join()
    assert passed == {f"key {n}": 3 for n in range(200)}


def test_keys_no_key_and_other_injections_are_kept_apart(tmp_path):
    both = [keyed("a"), keyed("b")]
    memory = SharedMemory(tmp_path / "memory", both, lambda: 1.0)
    for key in ("one", "two", ""):
        for each in both:
            called = [memory.fold(each, replace(CALL, client=key)) for _ in range(4)]
            assert called == [None, None, None, Close()]
    assert memory.count("a") == 1
    memory.close()


def test_the_table_is_bounded_and_forgets_what_was_idle_longest(tmp_path):
    clock = iter(range(10**6))
    memory = SharedMemory(tmp_path / "memory", [keyed("k")], lambda: next(clock))
    for _ in range(4):
        memory.fold(keyed("k"), replace(CALL, client="first"))
    size = (tmp_path / "memory").stat().st_size
    for n in range(2 * SETS * WAYS):
        memory.fold(keyed("k"), replace(CALL, client=f"key {n}"))
    last = replace(CALL, client=f"key {n}")
    assert [memory.fold(keyed("k"), last) for _ in range(3)] == [None, None, Close()]
    assert memory.fold(keyed("k"), replace(CALL, client="first")) is None
    assert (tmp_path / "memory").stat().st_size == size
    memory.close()


def test_a_few_thousand_keys_all_have_their_place(tmp_path):
    memory = SharedMemory(tmp_path / "memory", [keyed("k")], lambda: 1.0)
    for _ in range(3):
        assert all(memory.fold(keyed("k"), replace(CALL, client=f"k{n}")) is None for n in range(4000))
    assert all(memory.fold(keyed("k"), replace(CALL, client=f"k{n}")) == Close() for n in range(4000))
    memory.close()


def test_no_key_can_be_read_in_the_file(tmp_path):
    memory = SharedMemory(tmp_path / "memory", [keyed("k")], lambda: 1.0)
    memory.fold(keyed("k"), replace(CALL, client="Bearer secret"))
    memory.close()
    assert b"secret" not in (tmp_path / "memory").read_bytes()


def test_time_counts_from_the_injections_start(tmp_path):
    told = []
    late = Injection(id="a", provider="p", fault=Tells(told), fault_name="tells", start=5.0, stop=9.0)
    memory = SharedMemory(tmp_path / "memory", [late], lambda: 7.5)
    memory.fold(late, CALL)
    assert told == [2.5]
    memory.close()


@dataclass(frozen=True, slots=True)
class Tells(Fault):
    told: list

    def step(self, state, call, now):
        self.told.append(now)
        return state, None


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
