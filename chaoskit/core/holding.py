"""Who may strike a container that somebody strikes already. Pure."""

from collections.abc import Iterable

from chaoskit.core import service
from chaoskit.core.service import Steps


def claims(steps: Iterable[service.Step]) -> frozenset[str]:
    """Return what of a container the steps of a fault take hold of; two with one in common are at odds.

    nft tables are no claim: each injection has its own, and they add up.
    """
    found: set[str] = set()
    for each in steps:
        match each:
            case service.Pause() | service.Unpause():
                found.add("whether it runs")
            case service.Send() | service.Stop() | service.Start() | service.Restart():
                found.add("whether it runs")
            case service.Disconnect(network):
                found.add(f"its place on the network {network}")
            case service.Connect(attachment):
                found.add(f"its place on the network {attachment.network}")
            case service.SetCpu():
                found.add("its share of the processor")
            case service.SetMemory():
                found.add("its memory")
            case service.Queue() | service.NoQueue():
                found.add("the queue of its packets")
            case service.Rules() | service.NoRules():
                pass
            case service.Execute(_, takes):
                found.add(takes)
    return frozenset(found)


def is_shared(some: Steps, others: Steps) -> bool:
    """Tell whether two faults do the same, so that the last one out takes it back for both."""
    return some == others and bool(claims(some))
