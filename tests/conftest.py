"""For all tests: a busy machine is no failure, and the long ones can be run in parts."""

import pytest
from hypothesis import HealthCheck, settings

import parts

# Hypothesis fails an example that takes 200 ms, which on a machine that does other things says nothing.
settings.register_profile("chaoskit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chaoskit")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", metavar="K/N[:SEED]", help="run one part of the tests only, as 2/4:seed")


@pytest.hookimpl(trylast=True)  # after -m and -k: parts of what is left are equally long
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one part of the tests. Each worker of xdist collects for itself, and comes to the same."""
    if not (asked := config.getoption("--part")):
        return
    try:
        number, count, seed = parts.read(asked)
    except ValueError as problem:
        raise pytest.UsageError(f"--part: {problem}") from None
    chosen = parts.part_of((item.nodeid for item in items), number, count, seed)
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
    items[:] = [item for item in items if item.nodeid in chosen]
