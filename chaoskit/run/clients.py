"""What the target calls with, as far as it bears on the verdict: looked at before, kept in the record."""

from collections.abc import Mapping
from typing import Any

from chaoskit.catalogue.defects import PACKAGES, Meeting, meetings, provoking
from chaoskit.catalogue.diagnosis import Runtime
from chaoskit.core.experiment import Experiment
from chaoskit.run.setup import Setup
from chaoskit.slos.evidence import Suspect
from chaoskit.target.runtime import look


def facts(setup: Setup) -> Mapping[str, Any] | None:
    """Return what ``run.json`` keeps; None where it bears on nothing, or cannot be known."""
    experiment = setup.experiment
    if not experiment.target.command or not provoking(experiment):
        return None
    found = look(experiment.target.command, setup.target_environment({}), setup.target_folder)
    if found.kind is None:
        return None
    versions = dict(found.versions)
    return {"kind": found.kind, "packages": {n: versions.get(n) for n in sorted(PACKAGES & found.packages)}}


def runtime(said: Mapping[str, Any] | None) -> Runtime | None:
    """Return what ``facts`` kept; None where nothing is known, or it cannot be read."""
    try:
        packages = dict((said or {})["packages"])
        kind = str((said or {})["kind"])
    except (KeyError, TypeError, ValueError):
        return None
    return Runtime(
        kind=kind,
        program="",
        packages=frozenset(packages),
        versions=tuple((name, str(version)) for name, version in packages.items() if version),
    )


def met(experiment: Experiment, said: Mapping[str, Any] | None) -> tuple[Meeting, ...]:
    """Return which known defects of clients a run may have provoked."""
    return meetings(experiment, runtime(said))


def suspects(experiment: Experiment, said: Mapping[str, Any] | None) -> tuple[Suspect, ...]:
    """Return the same as the rules of the verdict take it."""
    return tuple(
        Suspect(
            injection=each.injection.id,
            client=each.client,
            is_installed=each.state == "installed",
            source=each.defect.source,
            remedy=each.remedy,
        )
        for each in met(experiment, said)
    )
