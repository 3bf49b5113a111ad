"""Every kind of objective by its YAML name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from chaoskit.slos.amplification import Amplification
from chaoskit.slos.availability import Availability
from chaoskit.slos.degraded import Degraded
from chaoskit.slos.latency import Latency
from chaoskit.slos.objective import JudgedObjective
from chaoskit.slos.throughput import Throughput
from chaoskit.slos.time_to_degrade import TimeToDegrade
from chaoskit.slos.time_to_recover import TimeToRecover
from chaoskit.slos.unchanged import Unchanged

KINDS: Final[Mapping[str, type[JudgedObjective]]] = MappingProxyType(
    {
        "availability": Availability,
        "latency": Latency,
        "degraded": Degraded,
        "throughput": Throughput,
        "time_to_degrade": TimeToDegrade,
        "time_to_recover": TimeToRecover,
        "amplification": Amplification,
        "unchanged": Unchanged,
    }
)
