"""What stands between a target and a run that proves something, before anything is run. Pure."""

from collections.abc import Mapping, Sequence

from chaoskit.catalogue.clients import Answer, Client, of_runtime
from chaoskit.core.experiment import FORWARD_PORT, PROXY, Compose, Experiment
from chaoskit.core.frozen import frozen
from chaoskit.core.lanes import explained


@frozen(kw_only=True)
class Runtime:
    """What a target's command runs on. ``kind`` is None where it could not be told."""

    kind: str | None
    program: str
    version: tuple[int, ...] = ()
    packages: frozenset[str] = frozenset()
    versions: tuple[tuple[str, str], ...] = ()  # of the packages, where they are known


@frozen(kw_only=True)
class Row:
    """One client of the target."""

    client: str
    proxied: Answer
    trusts: Answer
    remedy: str


@frozen
class Check:
    """One thing that must hold; ``text`` says what was found."""

    is_good: bool
    text: str


@frozen(kw_only=True)
class Diagnosis:
    """Everything that was found. ``lanes``: whose HTTPS is decrypted, and for what."""

    way: str
    lanes: tuple[str, ...] = ()
    rows: tuple[Row, ...]
    checks: tuple[Check, ...]
    cautions: tuple[str, ...] = ()  # what stands in no way, and should be known before a verdict is read

    @property
    def is_clear(self) -> bool:
        """Whether nothing that was found is sure to be in the way."""
        return all(each.is_good for each in self.checks) and all(
            "no" not in (each.proxied, each.trusts) for each in self.rows
        )


def diagnose(experiment: Experiment, runtime: Runtime | None, checks: Sequence[Check]) -> Diagnosis:
    """Put together what the target's clients will do, given how the experiment captures their calls."""
    needs_ca = any(experiment.needs_calls(each.name) for each in experiment.providers)
    needs_proxy = _needs_proxy(experiment)
    environment = dict(experiment.target.environment)
    rows: list[Row] = []
    found = list(checks)
    if runtime is None and experiment.target.compose is not None:
        found.append(Check(is_good=True, text=_in_container(experiment.target.compose, needs_ca=needs_ca)))
    elif runtime is None:
        text = (
            "the target is not started by chaoskit: start it with what `chaoskit ca --proxy URL` prints"
            if needs_proxy or needs_ca
            else "the target is not started by chaoskit, and needs no setting"
        )
        found.append(Check(is_good=True, text=text))
    elif runtime.kind is None:
        found.append(
            Check(is_good=True, text=f"what `{runtime.program}` calls with is not known; see docs/capture.md")
        )
    else:
        clients = of_runtime(runtime.kind, runtime.packages, runtime.version)
        rows = [_row(each, environment, needs_proxy=needs_proxy, needs_ca=needs_ca) for each in clients]
    return Diagnosis(
        way=_way(experiment),
        lanes=tuple(explained(experiment)),
        rows=tuple(rows),
        checks=tuple(found),
    )


def _needs_proxy(experiment: Experiment) -> bool:
    """Tell whether calls get here only from clients that know of a proxy."""
    if experiment.proxy.transparent is not None or experiment.proxy.gateway:
        return False
    return any(each.reverse is None for each in experiment.providers)


def _in_container(target: Compose, *, needs_ca: bool) -> str:
    """Say what a service's clients must do: what they are is not looked at, for that is in its image."""
    trust = "trust chaoskit's CA" if needs_ca else ""
    proxied = f"use the proxy {PROXY}:{FORWARD_PORT}" if target.capture == "forward" else ""
    what = " and ".join(each for each in (proxied, trust) if each)
    if not what:
        return f"{target.service} needs no setting"
    if target.attach:
        return (
            f"nothing is set in {target.service}, which runs already: its clients must {what} by themselves"
        )
    return f"{target.service} is told to {what}; whether its clients do, the run's probe proves"


def _way(experiment: Experiment) -> str:
    target = experiment.target.compose
    if target is not None:
        match target.capture:
            case "sidecar":
                return f"a sidecar in the network namespace of {target.service}"
            case "gateway":
                return f"a gateway at the providers' names, on the networks of {target.service}"
            case "forward":
                return f"the proxy variables, in the container of {target.service}"
    if experiment.proxy.transparent is not None:
        return "a redirect in this network namespace"
    if experiment.proxy.gateway:
        return "a gateway at the providers' names"
    if experiment.providers and all(each.reverse is not None for each in experiment.providers):
        return "local ports that stand for the providers"
    return "the proxy variables"


def _row(client: Client, environment: Mapping[str, str], *, needs_proxy: bool, needs_ca: bool) -> Row:
    proxied: Answer = client.proxied if needs_proxy else "yes"
    trusts: Answer = client.trusts if needs_ca else "yes"
    if client.runtime == "java":
        options = environment.get("JAVA_TOOL_OPTIONS", "")
        proxied = "yes" if "-Dhttps.proxyHost=" in options else proxied
        trusts = "yes" if "-Djavax.net.ssl.trustStore=" in options else trusts
    is_fine = (proxied, trusts) == ("yes", "yes")
    is_caution = (client.proxied, client.trusts) == ("yes", "yes")
    return Row(
        client=client.name,
        proxied=proxied,
        trusts=trusts,
        remedy=client.remedy if is_caution or not is_fine else "",
    )
