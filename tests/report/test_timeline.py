"""What a chart shows, before it is drawn."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chaoskit.core.result import InjectionRow, Result, Series, Window
from chaoskit.report.html import render
from chaoskit.report.timeline import MOST_STEPS, resample, timeline

values = st.lists(st.none() | st.floats(0, 1), max_size=60)


def empty() -> Result:
    return Result(
        name="n",
        run="r",
        verdict=None,
        outcome="aborted",
        sentence="s",
        exit_code=4,
        seed=0,
        command="",
        file="f.yaml",
        started="",
    )


@settings(deadline=None)
@given(values, st.integers(1, 9))
def test_the_worst_second_of_a_step_stands_for_it(given: list[float | None], step: int) -> None:
    merged = resample(given, step, max)

    assert len(merged) == -(-len(given) // step)
    for index, value in enumerate(merged):
        there = [v for v in given[index * step : (index + 1) * step] if v is not None]
        assert value == max(there, default=None)


def test_an_infinite_latency_is_left_out_of_a_chart() -> None:
    assert resample([float("inf"), 2.0, float("nan")], 1, max) == (None, 2.0, None)


def test_a_long_run_has_no_more_steps_than_an_eye_can_tell_apart() -> None:
    hour = Series(label="a", arrivals=(1.0,) * 3600, errors=(0.0,) * 3600, p95=(0.1,) * 3599 + (9.0,))
    shown = timeline(replace(empty(), series=(hour,), phases=(Window("all", 0, 3600),)))

    assert shown.step == 15
    assert len(shown.endpoints[0].failed) == MOST_STEPS
    assert shown.endpoints[0].p95[-1] == 9.0


def test_the_endpoints_that_suffered_most_are_drawn_in_the_order_of_the_file() -> None:
    rows = tuple(Series(label=f"e{n}", arrivals=(5.0,), errors=(n / 10,), degraded=(0.0,)) for n in range(6))
    every = Series(label="all", arrivals=(30.0,), errors=(0.25,))
    shown = timeline(replace(empty(), series=(*rows, every)))

    assert [each.label for each in shown.endpoints] == ["all endpoints", "e3", "e4", "e5"]
    assert shown.left_out == ("3 endpoints",)
    assert shown.arrivals == (30.0,)


def test_one_endpoint_is_not_drawn_twice() -> None:
    one = Series(label="e", arrivals=(5.0,), errors=(0.0,))
    shown = timeline(replace(empty(), series=(replace(one, label="all"), one)))

    assert [each.label for each in shown.endpoints] == ["e"]
    assert shown.left_out == ()


def test_arrivals_are_added_up_where_nobody_did() -> None:
    rows = (Series(label="a", arrivals=(5.0, 1.0)), Series(label="b", arrivals=(2.0,)))

    assert timeline(replace(empty(), series=rows)).arrivals == (7.0, 1.0)


def test_a_provider_shows_its_calls_and_the_injections_that_struck_them() -> None:
    def row(name: str, provider: str, hits: int) -> InjectionRow:
        return InjectionRow(
            id=name,
            provider=provider,
            fault="delay",
            window=(0, 2),
            share="",
            eligible=9,
            drawn=9,
            hits=hits,
            per_second=(hits, 0),
        )

    result = replace(
        empty(),
        injections=(row("slow", "tax", 1), row("dead", "stripe", 3), row("late", "stripe", 2)),
        provider_calls=(("tax", (4, 4)), ("mail", (1, 1))),
    )
    tax = timeline(result).providers[1]

    assert [each.label for each in timeline(result).providers] == ["stripe", "tax", "mail"]
    assert timeline(result).providers[0].hits == (("dead", (3.0, 0.0)), ("late", (2.0, 0.0)))
    assert (tax.calls, tax.hits) == ((4.0, 4.0), (("slow", (1.0, 0.0)),))


def test_a_fault_on_a_service_has_no_calls_to_show() -> None:
    hangs = InjectionRow(
        id="hangs",
        provider="db",
        fault="pause",
        window=(1.0, 2.0),
        share="all containers",
        eligible=1,
        drawn=1,
        hits=1,
    )
    result = replace(empty(), injections=(hangs,), provider_calls=(("stripe", (1, 1)),))
    assert [each.label for each in timeline(result).providers] == ["stripe"]


def test_a_latency_limit_is_drawn_in_its_own_phase(examples: dict[str, Result]) -> None:
    checkout, catalogue = timeline(examples["fail"]).endpoints

    assert [(each.text, each.start, each.stop, each.seconds) for each in checkout.limits] == [
        ("p95 <= 0.3s", 0.0, 20.0, 0.3),
        ("p95 <= 1.2s", 20.0, 50.0, 1.2),
    ]
    assert catalogue.limits == ()


def test_a_run_that_never_began_has_nothing_to_draw() -> None:
    shown = timeline(empty())

    assert (shown.endpoints, shown.providers, shown.arrivals, shown.left_out) == ((), (), (), ())


def test_where_connections_are_counted_it_says_so_and_shows_what_they_carried() -> None:
    result = replace(
        empty(),
        provider_calls=(("db", (4, 0, 0)), ("tax", (8, 8, 8)), ("old", (2, 0, 0))),
        connections_to=("db", "old"),
        provider_turns=(("db", (8, 8, 9)),),
    )
    db, tax, old = timeline(result).providers
    assert (db.calls, db.are_connections, db.turns) == ((4.0, 0.0, 0.0), True, (8.0, 8.0, 9.0))
    assert (tax.are_connections, tax.turns) == (False, ())
    assert (old.are_connections, old.turns) == (True, ())  # its record is from before turns were counted


def test_the_drawing_names_what_it_counts(examples: dict[str, Result]) -> None:
    base = examples["fail"]
    seconds = len(base.series[0].arrivals)
    spliced = replace(
        base,
        provider_calls=(("stripe", (4, *[0] * (seconds - 1))),),
        connections_to=("stripe",),
        provider_turns=(("stripe", (8,) * seconds),),
        injections=tuple(replace(each, hits=0, per_second=(0,) * seconds) for each in base.injections),
    )
    for result, title, legend in (
        (base, "calls to stripe that the proxy saw, a second", "calls"),
        (spliced, "connections to stripe that the proxy saw, a second", "opened"),
    ):
        page = render(result)
        assert title in page
        assert f">{legend}</text>" in page
        assert ("requests, about" in page) is (result is spliced)
