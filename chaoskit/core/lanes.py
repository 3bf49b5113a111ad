"""Which HTTPS the proxy decrypts, and which it passes on as bytes.

The one rule. The proxy's gate asks it for each connection (``is_decrypted``), and whoever says it beforehand
asks the same: ``plan``, ``doctor`` (``decrypted``). Three things decrypt a provider's HTTPS in a run:

1. A fault on its calls, or one that answers its TLS handshakes with the project's CA; whatever it is, if its
   injection names the provider (``core.fault.needs_calls``).
2. An SLO that counts its calls.
3. One of these two about an *edge*. Only the headers of an answer say for certain that a host is behind an
   edge, so answers of every provider of the file must be read, on the ports of the web.

Nothing is decrypted of a plain TCP provider, and of hosts that belong to no provider.
"""

from collections.abc import Collection

from chaoskit.core.experiment import Experiment, Provider
from chaoskit.core.fault import needs_calls
from chaoskit.core.frozen import frozen

WEB_PORTS = (443, 80)
"""On which clients speak first, and HTTP: where a connection is read only to learn about edges."""


@frozen
class Decryption:
    """One provider whose HTTPS is decrypted, and for what.

    ``about`` are the injections and SLOs that need its calls. With none, it is decrypted on ``WEB_PORTS`` to
    learn which of ``edges`` it is behind.
    """

    provider: str
    about: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """Say for what, in words."""
        if self.about:
            return f"for {', '.join(self.about)}"
        return f"to learn from answers whether it is behind {' or '.join(self.edges)}"


def is_needed(experiment: Experiment, provider: Provider, edges: Collection[str]) -> bool:
    """Tell whether calls must be seen for more than to learn about edges.

    ``edges`` are those that the host is known to be behind, besides the provider that it belongs to.
    """
    if provider.is_plain_tcp:
        return False
    return any(experiment.needs_calls(each) for each in (provider.name, *edges))


def is_decrypted(experiment: Experiment, provider: Provider, edges: Collection[str], port: int) -> bool:
    """Tell whether HTTPS to a host of ``provider`` at ``port`` is decrypted. ``edges`` as above."""
    if provider.is_plain_tcp:
        return False
    return is_needed(experiment, provider, edges) or (experiment.reads_edges and port in WEB_PORTS)


def decrypted(experiment: Experiment) -> tuple[Decryption, ...]:
    """Return the providers whose HTTPS is decrypted, in file order, as ``is_decrypted`` says of port 443."""
    edges = tuple(
        each.name
        for each in experiment.providers
        if each.edge is not None and experiment.needs_calls(each.name)
    )
    return tuple(
        Decryption(each.name, _about(experiment, each.name), edges)
        for each in experiment.providers
        if is_decrypted(experiment, each, (), WEB_PORTS[0])
    )


def _about(experiment: Experiment, provider: str) -> tuple[str, ...]:
    return (
        *(i.id for i in experiment.injections if i.provider == provider and needs_calls(i.fault)),
        *(slo.id for slo in experiment.slos if slo.provider == provider),
    )


def explained(experiment: Experiment) -> list[str]:
    """Say by name whose HTTPS is decrypted and why, and whose is not; nothing where there is no provider."""
    found = decrypted(experiment)
    names = {each.provider for each in found}
    others = [each.name for each in experiment.providers if each.name not in names]
    lines = [f"HTTPS to {each.provider} is decrypted {each.why}" for each in found]
    if others:
        lines.append(f"not decrypted: {', '.join(others)}")
    return lines
