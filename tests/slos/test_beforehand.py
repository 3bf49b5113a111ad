"""What will keep a run from passing is said before it: by ``validate`` and ``plan``."""

from dataclasses import replace
from pathlib import Path

import pytest

from chaoskit.cli.warnings import warned
from chaoskit.core.experiment import Endpoint
from chaoskit.slos.amplification import Amplification
from chaoskit.slos.availability import Availability
from chaoskit.slos.beforehand import Warned, warnings
from chaoskit.slos.time_to_recover import TimeToRecover


@pytest.fixture
def survive(make):
    return make.slo({"availability": Availability(make.at_least(0.9))}, id="survive", line=7)


def told(world, **changes):
    return [each.text for each in warnings(replace(world.experiment(), **changes))]


def test_an_experiment_that_looks_at_its_fault_has_nothing_to_be_told(make, survive):
    assert told(make.World(slos=(survive,))) == []


@pytest.mark.parametrize("phase", ["baseline", "recovery"])
def test_an_injection_that_no_objective_looks_at_is_told_at_its_line(make, survive, phase):
    struck = replace(make.BLACKHOLE, line=5)
    world = make.World(slos=(replace(survive, in_=phase),), injections=(struck,))
    first, *others = warnings(world.experiment())
    assert first.line == 5
    assert first.text.startswith("no objective looks at dark: the run cannot pass; ask for availability")
    assert "depends on stripe (checkout)" in first.text
    assert [each.text[:30] for each in others] == ["nobody asks about checkout whi"]


def test_what_comes_after_a_fault_and_what_retries_cost_are_two_things(make):
    recover = make.slo({"time_to_recover": TimeToRecover(make.at_most(5.0))}, id="recover")
    storm = make.slo({"amplification": Amplification(make.at_most(3.0))}, id="storm", provider="stripe")
    assert any("no objective looks at dark" in each for each in told(make.World(slos=(recover,))))
    assert not any("no objective looks at dark" in each for each in told(make.World(slos=(storm,))))


def test_an_endpoint_that_says_it_depends_on_others_is_no_look(make, survive):
    world = make.World(slos=(survive,))
    load = world.experiment().load
    other = replace(load, endpoints=(Endpoint(name="checkout", method="GET", path="/", depends_on=("tax",)),))
    silent = replace(load, endpoints=(Endpoint(name="checkout", method="GET", path="/"),))
    assert any("no objective looks at dark" in each for each in told(world, load=other))
    assert told(world, load=silent) == []


def test_a_fault_that_is_on_for_a_small_part_of_its_phase_is_told_at_the_objective(make, survive):
    short = replace(make.BLACKHOLE, stop=32.0)
    (diluted,) = warnings(make.World(slos=(survive,), injections=(short,)).experiment())
    assert diluted.line == 7
    assert diluted.text.startswith("survive judges all of fault, and faults are on for 40.0% of it")
    assert told(make.World(slos=(replace(survive, may_dilute=True),), injections=(short,))) == []
    half = replace(make.BLACKHOLE, stop=35.0)
    assert told(make.World(slos=(survive,), injections=(half,))) == []


def test_two_faults_cover_what_either_covers_and_no_more(make, survive):
    early, late = replace(make.BLACKHOLE, stop=31.0), replace(make.BLACKHOLE, id="b", start=28.0, stop=36.0)
    assert told(make.World(slos=(survive,), injections=(early, late))) == []
    same = replace(make.BLACKHOLE, id="b", stop=31.0)
    assert len(told(make.World(slos=(survive,), injections=(early, same)))) == 1


def test_an_endpoint_about_which_nobody_asks_is_named(make, survive):
    world = make.World(slos=(replace(survive, of=("checkout",)),), endpoints=("checkout", "refund"))
    (silent,) = told(world)
    assert silent.startswith("nobody asks about refund while dark is on, though it depends on stripe: ")


def test_a_warning_names_its_file_and_line():
    assert warned(Path("a.yaml"), Warned(5, "so it is")) == "a.yaml:5: warning: so it is"
    assert warned(Path("a.yaml"), Warned(None, "so it is")) == "a.yaml: warning: so it is"
