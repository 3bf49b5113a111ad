"""``chaoskit plan``: what a run would do, and whether its SLOs can be decided."""

import ast
import shutil
from pathlib import Path

import click

from chaoskit import spec
from chaoskit.catalogue.defects import advices, meetings
from chaoskit.cli import options
from chaoskit.cli.errors import explained
from chaoskit.cli.warnings import warned
from chaoskit.core import lanes
from chaoskit.core.experiment import Experiment, Injection, Phase
from chaoskit.core.service import ServiceInjection
from chaoskit.core.timeline import chart, row
from chaoskit.slos.beforehand import warnings
from chaoskit.slos.judge import forecast
from chaoskit.slos.objective import Forecast
from chaoskit.slos.proof_hits import approximation
from chaoskit.slos.words import selector_text, share_text, windows_text


@click.command("plan")
@click.argument("file", type=options.FILE)
@options.changes
@options.seed
@explained
def command(file: Path, changes: tuple[str, ...], seed: int | None) -> None:
    """Show the timeline of the experiment in FILE, and warn where an SLO cannot be decided. Nothing is run.

    \b
    Example:
      chaoskit plan experiments/stripe-blackhole.yaml
    """
    experiment, _ = spec.read(file, changes, seed)
    show(experiment, file.parent)
    for warning in warnings(experiment):
        click.echo(warned(file, warning), err=True)


def show(experiment: Experiment, folder: Path) -> None:
    """Print the plan, and warnings to standard error. A locustfile's path counts from ``folder``."""
    click.echo(timeline(experiment, shutil.get_terminal_size().columns))
    click.echo()
    click.echo(injections(experiment))
    if sight := lanes.explained(experiment):
        click.echo("\n".join(sight) + "\n")
    for line in edges(experiment):
        click.echo(line)
    for note in locustfile(experiment, folder):
        click.echo(f"note: {note}")
    for advice in advices(meetings(experiment, None)):
        click.echo(f"note: {advice}\n")
    lines, warnings = samples(experiment)
    click.echo(lines)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def locustfile(experiment: Experiment, folder: Path) -> list[str]:
    """Say what a run will not use of the experiment's locustfile. The file is read, and not run."""
    if experiment.load.locustfile is None:
        return []
    path = folder / experiment.load.locustfile
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError) as error:
        return [f"{path.name}: cannot be read: {error}"]
    bases = [base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    if any(getattr(base, "attr", getattr(base, "id", "")) == "LoadTestShape" for base in bases):
        who = "`arrivals` or `users` of the experiment say how much load there is"
        return [f"{path.name}: its LoadTestShape is not used: {who}"]
    return []


def timeline(experiment: Experiment, width: int) -> str:
    """Draw phases and injections on one scale."""
    margin = max(len(each) for each in ("phase", *(i.id for i in experiment.every_injection)))
    columns = max(20, min(72, width - margin - 1))
    return "\n".join(
        (
            f"{experiment.name}: {experiment.length:g}s, seed {experiment.seed}",
            "",
            f"{'':<{margin}} {_scale(experiment, columns)}",
            f"{'phase':<{margin}} {_bands(experiment.phases, experiment.length, columns)}",
            *_rows(experiment, margin, columns),
        )
    )


def _rows(experiment: Experiment, margin: int, columns: int) -> list[str]:
    drawn = chart(experiment.every_injection, experiment.length, columns).splitlines()
    return [f"{line.split(' ')[0]:<{margin}} {line.split(' ')[-1]}" for line in drawn]


def _scale(experiment: Experiment, columns: int) -> str:
    marks = [" "] * columns
    for phase in experiment.phases:
        at = round(phase.start / experiment.length * columns)
        for i, letter in enumerate(f"{phase.start:g}s"):
            if at + i < columns:
                marks[at + i] = letter
    return "".join(marks).rstrip()


def _bands(phases: tuple[Phase, ...], length: float, columns: int) -> str:
    line = ["."] * columns
    for phase in phases:
        cells = [i for i, c in enumerate(row(phase.start, phase.stop, length, columns)) if c == "#"]
        for i, letter in zip(cells, f"|{phase.name}", strict=False):
            line[i] = letter
    return "".join(line).replace(".", " ").rstrip()


def injections(experiment: Experiment) -> str:
    """Say for each injection what it does, to what, when and to how much."""
    if not experiment.every_injection:
        return "no injection: this run can only be inconclusive about resilience\n"
    notes = [f"note: {each}" for each in experiment.notes]
    services = (_on_service(each) for each in experiment.service_injections)
    providers = (_injection(each, experiment) for each in experiment.injections)
    return "\n".join([*providers, *services, *notes]) + "\n"


def _on_service(each: ServiceInjection) -> str:
    fault = each.fault
    return (
        f"{each.id}: {each.fault_name} on the containers of {each.service}, {windows_text(each)}\n"
        f"  open connections: {fault.on_open_connections}; leaves: {fault.leaves}"
    )


def _injection(each: Injection, experiment: Experiment) -> str:
    which = selector_text(each)
    line = (
        f"{each.id}: {each.fault_name} on {each.provider}, {windows_text(each)}, "
        f"{share_text(each)}{f', {which}' if which else ''} ({_lane(each, experiment)})"
    )
    note = approximation(each)
    return line if note is None else f"{line}\n  {note}"


def _lane(each: Injection, experiment: Experiment) -> str:
    """Say what becomes of the HTTPS of those that the injection strikes, whatever it is that needs it."""
    if all(found.provider != each.provider for found in lanes.decrypted(experiment)):
        return "no decryption needed"
    if experiment.provider(each.provider).edge is not None:
        return "HTTPS to every provider is decrypted"
    return "its HTTPS is decrypted"


def edges(experiment: Experiment) -> list[str]:
    """Say for each edge which hosts are known to be behind it before anything is called."""
    return [
        f"{each.name}: every host behind {each.edge.title}; known beforehand: "
        f"{', '.join((*each.hosts, *each.edge.seed)) or 'none'}; the others by the headers of their answers, "
        f"or by their addresses{f' (published at {each.edge.published})' if each.edge.published else ''}\n"
        for each in experiment.providers
        if each.edge is not None
    ]


def samples(experiment: Experiment) -> tuple[str, list[str]]:
    """Return a table of expected and needed samples, and a warning for each check that cannot pass."""
    rows = forecast(experiment)
    if not experiment.slos:
        return "no SLO: nothing is asked, so the verdict can only be inconclusive", []
    if not rows:
        return "samples cannot be foreseen: only `arrivals` with `endpoints` say how many there will be", []
    margin = max(len("check"), *(len(each.check) for each in rows))
    lines = [f"{'check':<{margin}} {'expected':>9} {'needed':>7} {'lasts':>7} {'needed':>7}"]
    lines += [
        f"{each.check:<{margin}} {each.expected:>9} {each.needed:>7} {_length(each.lasts):>7} "
        f"{_length(each.must_last):>7}".rstrip()
        for each in rows
    ]
    warnings = [_warning(each) for each in rows if not each.is_enough]
    return "\n".join(lines), warnings


def _length(seconds: float) -> str:
    return f"{seconds:.4g}s" if seconds else ""


def _warning(row: Forecast) -> str:
    text = f"{row.check} cannot be decided: "
    if row.expected < row.needed:
        text += f"{row.expected} samples expected, at least {row.needed} needed"
    else:
        text += f"its phase lasts {_length(row.lasts)}, at least {_length(row.must_last)} needed"
    return text + (f"; {row.advice}" if row.advice else "")
