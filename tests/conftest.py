"""For all tests: a busy machine is no failure."""

from hypothesis import HealthCheck, settings

# Hypothesis fails an example that takes 200 ms, which on a machine that does other things says nothing.
settings.register_profile("chaoskit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chaoskit")
