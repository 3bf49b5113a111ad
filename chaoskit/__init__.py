"""chaoskit: take a provider away on purpose, under load, and judge what happened."""

__version__ = "0.1.0"
