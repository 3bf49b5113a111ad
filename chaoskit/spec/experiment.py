"""A file's text to an Experiment: read, change, decode, check, in this order; all problems at once."""

from collections.abc import Sequence
from pathlib import Path

from chaoskit.core.diagnostic import SpecError
from chaoskit.core.experiment import BURSTS, Experiment, Load, ProxySettings
from chaoskit.core.injection import Injection
from chaoskit.core.service import ServiceInjection
from chaoskit.spec import (
    composing,
    fronting,
    judging,
    plain,
    proxying,
    replaying,
    services,
    surroundings,
    traffic,
    windows,
)
from chaoskit.spec import injections as injecting
from chaoskit.spec.changes import apply
from chaoskit.spec.decode import Decoder
from chaoskit.spec.files import read_text
from chaoskit.spec.nodes import Items, Node, Pairs, Problems, Rejected, close, kind
from chaoskit.spec.parse import parse
from chaoskit.spec.sections import FileSection
from chaoskit.spec.shapes import At
from chaoskit.spec.shelf import shelf_with
from chaoskit.spec.striking import InjectionSection, OutageSection, ServiceInjectionSection

LARGEST_SEED = 2**63 - 1


def load(path: str, text: str, changes: Sequence[str] = (), seed: int | None = None) -> Experiment:
    """Return the experiment that ``text`` describes.

    ``path`` is for messages, and its folder is where the files of ``catalogue`` are. ``changes`` are
    ``key=value``, made before anything is checked; ``seed`` wins over the file's. Raises SpecError with every
    problem.
    """
    problems = Problems()
    text = text.removeprefix("\ufeff")
    experiment = None
    root = parse(text, problems)
    if root is not None:
        try:
            for change in changes:
                root = apply(root, change, problems)
            experiment = _build(root, seed, Path(path).parent, problems)
        except Rejected:
            pass
    if experiment is None or problems.found:
        raise SpecError(path, text, problems.in_order())
    return experiment


def read(path: Path, changes: Sequence[str] = (), seed: int | None = None) -> tuple[Experiment, str]:
    """Return the experiment in the file, and the file's text. Raises SpecError with every problem."""
    text = read_text(path)
    return load(str(path), text, changes, seed), text


def _is_whole(file: FileSection, load: Load) -> bool:
    """Tell whether every endpoint could be read, so that what refers to one can be checked."""
    if file.load is None or (isinstance(file.load.node, Pairs) and file.load.node.get("endpoints") is None):
        return load.locustfile is not None
    given = file.load.value.endpoints
    return (
        given is not None and isinstance(given.node, Items) and len(given.node.items) == len(load.endpoints)
    )


def _injections(
    file: FileSection, around: injecting.Around, problems: Problems
) -> tuple[list[Injection | ServiceInjection | None], list[At[InjectionSection]], list[str]]:
    """Return all injections, the sections of those on providers, and what could not be kept of outages."""
    found: list[Injection | ServiceInjection | None] = []
    plainly: list[At[InjectionSection]] = []
    notes: list[str] = []
    for each in file.inject or ():
        section: InjectionSection | ServiceInjectionSection | OutageSection = each.value
        if isinstance(section, ServiceInjectionSection):
            found.append(services.injection(At(section, each.node), around, problems))
        elif isinstance(section, OutageSection):
            whom = replaying.known(file.providers, around.shelf) if file.providers is not None else ()
            made, unkept = replaying.injections(At(section, each.node), whom, around, problems)
            found += made
            notes += unkept
        else:
            plainly.append(At(section, each.node))
            found.append(injecting.injection(plainly[-1], around, problems))
    return found, plainly, notes


def _build(root: Node, seed: int | None, folder: Path, problems: Problems) -> Experiment | None:
    if not isinstance(root, Pairs):
        problems.reject(root.place, f"expected a mapping that starts with `version: 1`, got {kind(root)}")
    file: FileSection = Decoder(problems).decode(root, FileSection)
    own = file.catalogue.value if file.catalogue is not None else ()
    shelf = shelf_with(tuple((each.value, each.node.place) for each in own), folder, problems)
    providers = None
    known = None
    if file.providers is not None:
        surroundings.names(file.providers, problems)
        providers = surroundings.providers(file.providers, shelf, folder, problems)
    names = None
    if isinstance(listed := root.get("providers"), Pairs):
        names = tuple(key.text for key, _ in listed.pairs)
    elif listed is None and not any(close(key.text, ["providers"]) for key, _ in root.pairs):
        names = ()
    if file.phases is not None:
        phases = windows.phases(file.phases, problems)
        known = phases if windows.whole_table(file.phases) else None
    target = surroundings.target(file.target, problems) if file.target is not None else None
    load_ = traffic.load(file.load, names, problems) if file.load is not None else None
    whole_load = load_ if load_ is not None and _is_whole(file, load_) else None
    traffic.unique([each.value.id for each in file.inject or ()], "injection", problems)
    proxy = (
        proxying.proxy(file.proxy, providers or (), problems) if file.proxy is not None else ProxySettings()
    )
    if target is not None:
        proxy = composing.captured(file.proxy, proxy, target.compose, problems)
    # one that is there and wrong has its own message
    has_dns = isinstance(given := root.get("proxy"), Pairs) and given.get("dns") is not None
    seed_ = seed if seed is not None else file.seed.value if file.seed is not None else 0
    around = injecting.Around(providers=names, phases=known, shelf=shelf, seed=seed_, has_dns=has_dns)
    injections, plainly, notes = _injections(file, around, problems)
    traffic.unique([each.value.id for each in file.slos or ()], "SLO", problems)
    slos = [judging.slo(each, whole_load, known, names, problems) for each in file.slos or ()]
    plain.check(providers or (), plainly, file.slos or (), problems)
    aborts = [judging.abort(each, whole_load, problems) for each in file.abort or ()]
    if file.confidence is not None and not 0.5 <= file.confidence.value < 1:
        problems.add(
            file.confidence.node.place,
            f"expected a confidence of 50% to below 100%, got {file.confidence.value * 100:g}%",
        )
    if file.seed is not None and not 0 <= file.seed.value <= LARGEST_SEED:
        problems.add(file.seed.node.place, f"expected a seed of 0 or more, got {file.seed.value}")
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        problems.add(None, f"--seed: expected 0 or more, got {seed}")
    if problems.found or target is None or load_ is None or known is None or file.name is None:
        return None
    return Experiment(
        name=file.name,
        seed=seed_,
        target=target,
        load=load_,
        phases=known,
        providers=providers or (),
        injections=tuple(each for each in injections if isinstance(each, Injection)),
        service_injections=tuple(each for each in injections if isinstance(each, ServiceInjection)),
        slos=tuple(each for each in slos if each is not None),
        aborts=tuple(each for each in aborts if each is not None),
        proxy=proxy,
        edges=fronting.edges(providers or ()),
        confidence=file.confidence.value if file.confidence is not None else 0.95,
        bursts=file.bursts.value if file.bursts is not None else BURSTS,
        notes=tuple(notes),
    )
