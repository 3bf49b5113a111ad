"""YAML text to an Experiment, with every problem at its place."""

from chaoskit.spec.describe import describe_fault, describe_service_fault
from chaoskit.spec.experiment import load, read
from chaoskit.spec.files import read_text
from chaoskit.spec.known import known_provider
from chaoskit.spec.outages import outage, outage_names, unknown_outage
from chaoskit.spec.registry import faults, objectives, service_faults
from chaoskit.spec.replays import replay_text
from chaoskit.spec.schema import schema
from chaoskit.spec.shelf import provider, provider_names, unknown_provider

__all__ = [
    "describe_fault",
    "describe_service_fault",
    "faults",
    "known_provider",
    "load",
    "objectives",
    "outage",
    "outage_names",
    "provider",
    "provider_names",
    "read",
    "read_text",
    "replay_text",
    "schema",
    "service_faults",
    "unknown_outage",
    "unknown_provider",
]
