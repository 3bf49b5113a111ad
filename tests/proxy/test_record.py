import json

from chaoskit.core.actions import Hold, Pace, Wait
from chaoskit.proxy.record import Attempt, Record


def attempt() -> Attempt:
    return Attempt(t=1.5, provider="p", is_call=True, identity="x 1", identified_by="order", host="h")


def test_a_line_is_written_once_even_if_the_call_ends_after_it_was_held(tmp_path):
    record, one = Record(tmp_path / "calls-0.jsonl"), attempt()
    record.begin(one)
    record.hit(one, "i", Hold())
    record.write(one)
    record.flush()
    line = json.loads((tmp_path / "calls-0.jsonl").read_text())
    record.write(one)
    record.close()
    assert len((tmp_path / "calls-0.jsonl").read_text().splitlines()) == 1
    assert line == {
        "t": 1.5,
        "provider": "p",
        "call": True,
        "id": "x 1",
        "by": "order",
        "host": "h",
        "method": "",
        "path": "",
        "eligible": [],
        "drawn": [],
        "hits": [["i", "hold"]],
        "asked": 0.0,
        "waited": 0.0,
        "status": None,
    }


def test_an_injection_that_strikes_a_call_twice_has_hit_one_call(tmp_path):
    record, one = Record(tmp_path / "calls-0.jsonl"), attempt()
    for action in (Pace(1), Pace(1), Wait(1)):
        record.hit(one, "i", action)
    record.hit(one, "j", Wait(1))
    assert one.hits == [("i", "pace"), ("i", "wait"), ("j", "wait")]
    assert record.hits == {"i": 1, "j": 1}
    record.close()


def test_names_that_are_no_text_do_not_break_the_record(tmp_path):
    record, one = Record(tmp_path / "calls-0.jsonl"), attempt()
    one.path = "/\udcff"
    record.write(one)
    record.close()
    assert json.loads((tmp_path / "calls-0.jsonl").read_text())["path"] == "/\udcff"


def connection(t: float, *eligible: str, groups: tuple[str, ...] = ()) -> Attempt:
    return Attempt(
        t=t,
        provider="p",
        is_call=False,
        identity=f"p 0 {t}",
        identified_by="order",
        host="h",
        eligible=eligible,
        groups=groups,
    )


def test_turns_are_told_by_what_was_about_the_connection_and_only_once(tmp_path):
    record = Record(tmp_path / "calls-0.jsonl")
    old, other, new, idle = connection(1), connection(2), connection(3, "i"), connection(4)
    turn = {id(one): record.follow(one) for one in (old, other, new, idle)}
    for one in (old, other, new, old):
        turn[id(one)]()
    record.settle()
    record.settle()
    turn[id(old)]()
    old.groups = ("edge",)
    record.write(old)  # it ends, and what it carried last is still told
    record.settle()
    record.close()
    first, second, last, third = map(json.loads, (tmp_path / "calls-0.jsonl").read_text().splitlines())
    assert (first["provider"], first["carried"], first["on"], "eligible" in first) == ("p", 3, 2, False)
    assert (second["carried"], second["on"], second["eligible"]) == (1, 1, ["i"])
    assert (third["carried"], third["on"], third["groups"]) == (1, 1, ["edge"])
    assert first["since"] <= first["t"] <= third["since"] <= third["t"]
    assert (last["turns"], last["call"]) == (3, False)
    assert last["last"] == third["since"]
    assert record.carried == {"p": 5, "edge": 1}
