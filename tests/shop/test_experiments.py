"""The experiments fit the demo that they start, and each of their checks can be decided."""

from pathlib import Path

import pytest

import stories
from chaoskit import spec
from chaoskit_shop import addresses, certificates
from chaoskit_shop.hosts import HOSTS

FILES = stories.FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_check_of_an_experiment_has_enough_samples_to_pass(path):
    experiment, _ = spec.read(path)
    short = [
        forecast.check
        for slo in experiment.slos
        for _, objective in slo.objectives
        for forecast in objective.forecast(slo, experiment)
        # Which endpoint a request goes to is drawn, so a few fewer than expected must do.
        if forecast.expected < 1.2 * forecast.needed
    ]
    assert short == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_experiment_reaches_the_demo_and_nothing_else(path):
    experiment, _ = spec.read(path)
    assert experiment.target.url == f"http://{addresses.SHOP}"
    # Not beside the experiments: the wheel ships that folder whole, and would ship the demo's keys.
    assert experiment.target.folder == ".."
    assert experiment.proxy.upstream_ca == str(Path("..") / certificates.FOLDER / "demo-ca.pem")
    assert {str(each.resolve) for each in experiment.providers} == {addresses.PROVIDERS}
    assert {host for each in experiment.providers for host in each.hosts} <= set(HOSTS)


def test_the_faults_that_most_teams_begin_with_have_an_experiment():
    used = {each.fault_name for path in FILES for each in spec.read(path)[0].injections}
    assert used >= {"blackhole", "delay", "error", "corrupt", "disconnect", "truncate", "stall", "throttle"}
    assert used >= {"rate_limit", "capacity"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_other_build_is_one_change_away(path):
    experiment, _ = spec.read(path, ["target.environment.SHOP_BUILD=naive"])
    assert ("SHOP_BUILD", "naive") in experiment.target.environment


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_experiment_says_which_of_its_checks_the_naive_build_fails(path):
    experiment, _ = spec.read(path)
    promised = stories.promised(path)
    assert "naive" in promised
    named = {check.partition("/")[0] for check in set.union(*promised.values())}
    assert named <= {slo.id for slo in experiment.slos}
