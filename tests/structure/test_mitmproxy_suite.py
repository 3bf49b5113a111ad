"""`make mitmproxy-tests` says why it cannot run."""

import importlib.metadata
import importlib.util
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "mitmproxy_suite" / "run.py"


@pytest.fixture(scope="module")
def refusal():
    spec = importlib.util.spec_from_file_location("mitmproxy_suite_run", RUN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.refusal


def test_a_checkout_that_is_not_there_or_of_another_version_is_refused(refusal, tmp_path):
    installed = importlib.metadata.version("mitmproxy")
    begins = f"expected a checkout of mitmproxy at its tag v{installed}"
    assert refusal("").startswith(begins)
    assert refusal(str(tmp_path)).endswith(f"there is no {tmp_path}/mitmproxy/version.py")

    version = tmp_path / "mitmproxy" / "version.py"
    version.parent.mkdir()
    version.write_text('VERSION = "1.2.3"\n')
    assert refusal(str(tmp_path)).endswith(f"{tmp_path} is version 1.2.3")

    version.write_text(f'VERSION = "{installed}"\n')
    assert refusal(str(tmp_path)) is None
