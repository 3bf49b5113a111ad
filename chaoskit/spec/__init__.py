"""YAML text to an Experiment, with every problem at its place."""

from chaoskit.spec.describe import describe_fault
from chaoskit.spec.experiment import load, read
from chaoskit.spec.registry import faults, objectives
from chaoskit.spec.schema import schema

__all__ = ["describe_fault", "faults", "load", "objectives", "read", "schema"]
