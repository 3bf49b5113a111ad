"""The order of a run, as transcripts: ``>`` is what happens, ``<`` is what the machine asks for."""

from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from chaoskit.core.machine import (
    Armed,
    BaselineSeen,
    Command,
    Drained,
    Event,
    Failed,
    Finish,
    Interrupted,
    Lift,
    Machine,
    Outcome,
    Probed,
    Started,
    State,
    Stopped,
    Tick,
    Tripped,
    Up,
)

PHASES = (("baseline", 0.0, 20.0), ("fault", 20.0, 50.0), ("recovery", 50.0, 80.0))

STARTED: list[tuple[float, Event]] = [
    (-9, Started()),
    (-8, Up("proxy")),
    (-6, Up("target")),
    (-4, Up("load")),
    (-3, Probed()),
    (-2, Armed()),
]
WHOLE: list[tuple[float, Event]] = [
    *STARTED,
    (0, Tick()),
    (19.5, Tick()),
    (19.6, BaselineSeen()),
    (20, Tick()),
    (50, Tick()),
    (80, Tick()),
    (86, Drained()),
    (87, Probed()),
    (88, Stopped()),
]


def machine() -> Machine:
    return Machine(phases=PHASES, settle=2.0)


def transcript(subject: Machine, story: list[tuple[float, Event]]) -> str:
    lines: list[str] = []
    for now, event in story:
        lines.append(f"> {now:g} {event}")
        lines += [f"<     {command}" for command in subject.handle(event, now)]
    return "\n".join(lines)


def test_a_whole_run_lifts_the_faults_before_it_drains() -> None:
    assert transcript(machine(), WHOLE) == dedent("""\
        > -9 Started()
        <     Start(part='proxy')
        <     Start(part='load')
        > -8 Up(part='proxy')
        <     Start(part='target')
        > -6 Up(part='target')
        > -4 Up(part='load')
        <     Probe(last=False)
        > -3 Probed(missing=())
        <     Arm(settle=2.0)
        > -2 Armed()
        <     WakeAt(t=0.0)
        > 0 Tick()
        <     Enter(phase='baseline')
        <     WakeAt(t=19.5)
        > 19.5 Tick()
        <     CheckBaseline()
        <     WakeAt(t=20.0)
        > 19.6 BaselineSeen(problem=None)
        > 20 Tick()
        <     Enter(phase='fault')
        <     WakeAt(t=50.0)
        > 50 Tick()
        <     Enter(phase='recovery')
        <     WakeAt(t=80.0)
        > 80 Tick()
        <     Lift()
        <     Drain()
        > 86 Drained()
        <     Probe(last=True)
        > 87 Probed(missing=())
        <     StopAll()
        > 88 Stopped()
        <     Finish(outcome=<Outcome.JUDGED: 'judged'>, why='all phases ran')""")


def test_the_parts_start_in_the_order_that_the_run_needs() -> None:
    subject = Machine(phases=PHASES, settle=2.0, order=("target", "proxy", "services"))
    story: list[tuple[float, Event]] = [
        (-9, Started()),
        (-8, Up("target")),
        (-7, Up("load")),
        (-6, Up("proxy")),
        (-5, Up("services")),
    ]
    assert transcript(subject, story) == dedent("""\
        > -9 Started()
        <     Start(part='target')
        <     Start(part='load')
        > -8 Up(part='target')
        <     Start(part='proxy')
        > -7 Up(part='load')
        > -6 Up(part='proxy')
        <     Start(part='services')
        > -5 Up(part='services')
        <     Probe(last=False)""")


def test_a_crash_lifts_the_faults_before_anything_else() -> None:
    story: list[tuple[float, Event]] = [
        (31, Failed("load", "ended with status 1")),
        (31.1, Failed("target", "ended because it was stopped")),
        (33, Stopped()),
    ]
    subject = machine()
    transcript(subject, WHOLE[:10])

    assert transcript(subject, story) == dedent("""\
        > 31 Failed(part='load', why='ended with status 1')
        <     Lift()
        <     StopAll()
        > 31.1 Failed(part='target', why='ended because it was stopped')
        > 33 Stopped()
        <     Finish(outcome=<Outcome.CRASHED: 'crashed'>, why='load: ended with status 1')""")


def test_a_target_that_never_comes_up_ends_the_run_before_any_fault() -> None:
    story: list[tuple[float, Event]] = [*STARTED[:2], (30, Failed("target", "not ready")), (31, Stopped())]

    assert (
        transcript(machine(), story).splitlines()[-1]
        == "<     Finish(outcome=<Outcome.NOT_STARTED: 'not started'>, why='target: not ready')"
    )


def test_a_provider_that_the_proxy_does_not_see_ends_the_run_before_any_load() -> None:
    story: list[tuple[float, Event]] = [*STARTED[:4], (-3, Probed(("stripe: no call",))), (-2, Stopped())]

    assert transcript(machine(), story) == dedent("""\
        > -9 Started()
        <     Start(part='proxy')
        <     Start(part='load')
        > -8 Up(part='proxy')
        <     Start(part='target')
        > -6 Up(part='target')
        > -4 Up(part='load')
        <     Probe(last=False)
        > -3 Probed(missing=('stripe: no call',))
        <     Lift()
        <     StopAll()
        > -2 Stopped()
        <     Finish(outcome=<Outcome.NOT_STARTED: 'not started'>, why='stripe: no call')""")


def test_a_sick_baseline_ends_the_run_before_the_first_fault() -> None:
    subject = machine()
    transcript(subject, WHOLE[:8])

    assert transcript(subject, [(19.6, BaselineSeen("nothing was answered")), (22, Stopped())]) == dedent("""\
        > 19.6 BaselineSeen(problem='nothing was answered')
        <     Lift()
        <     StopAll()
        > 22 Stopped()
        <     Finish(outcome=<Outcome.NOT_STARTED: 'not started'>, why='nothing was answered')""")


def test_the_end_of_a_part_that_was_told_to_stop_is_no_news() -> None:
    subject = machine()
    transcript(subject, WHOLE[:-1])

    assert transcript(subject, [(87, Failed("target", "ended"))]) == "> 87 Failed(part='target', why='ended')"


DISASTERS = st.sampled_from(
    [Failed("proxy", "gone"), Failed("target", "gone"), Interrupted("Ctrl-C"), Tripped("availability")]
)
EVENTS = st.one_of(DISASTERS, st.sampled_from([event for _, event in WHOLE]))


@given(st.integers(0, len(WHOLE) - 1), st.lists(EVENTS, max_size=6), DISASTERS)
def test_whenever_it_ends_early_faults_go_off_first_and_it_finishes_once(
    until: int, then: list[Event], disaster: Event
) -> None:
    subject = machine()
    story = [*WHOLE[:until], *((90.0, each) for each in then), (91.0, disaster), (92.0, Stopped())]
    asked: list[Command] = [command for now, event in story for command in subject.handle(event, now)]

    assert subject.state is State.DONE
    assert sum(isinstance(each, Finish) for each in asked) == 1
    names = [type(each).__name__ for each in asked]
    stop = names.index("StopAll")
    assert "Lift" in names[:stop]
    assert not {"Start", "Arm", "Enter"} & set(names[stop:])


@given(st.lists(st.tuples(st.floats(-10, 100), EVENTS)))
def test_no_phase_begins_after_the_faults_were_lifted(story: list[tuple[float, Event]]) -> None:
    subject = machine()
    asked = [command for now, event in story for command in subject.handle(event, now)]
    first_lift = next((i for i, each in enumerate(asked) if isinstance(each, Lift)), len(asked))

    assert not any(type(each).__name__ == "Enter" for each in asked[first_lift:])


def test_nothing_is_judged_unless_all_phases_ran() -> None:
    subject = machine()
    transcript(subject, WHOLE[:10])
    *_, last = transcript(subject, [(30, Tripped("too bad")), (31, Stopped())]).splitlines()

    assert Outcome.ABORTED.name in last
