"""A worker that cannot write its record says so at once, with the path."""

import http.client
import resource
import shutil

import pytest

pytestmark = pytest.mark.socket


def full(proxy, folder) -> str:
    """Let no file of the worker grow beyond some bytes, as on a full disk."""
    assert folder.is_dir()
    resource.prlimit(proxy.process.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    return "File too large"


def removed(proxy, folder) -> str:
    assert proxy.process.poll() is None
    shutil.rmtree(folder)
    return "it was removed"


@pytest.mark.parametrize("how", [full, removed])
def test_calls_that_cannot_be_kept_are_a_sentence_with_the_path(kit, how):
    folder = kit.folder / "run"
    folder.mkdir()
    slos = ", {id: a, provider: pay, amplification: '<= 3x'}"
    config = kit.config(kit.origin(tls=False).port, folder=str(folder), slos=slos)
    proxy = kit.start(config).ready()
    why = how(proxy, folder)
    call = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    call.request("GET", f"http://{kit.host}/status/200")
    assert call.getresponse().status == 200  # what is in the way is the record's affair, not the client's
    call.close()

    line = proxy.line("failed")
    assert line == {"failed": f"{folder / 'calls-0.jsonl'}: {why}", "unkept": True}
    assert proxy.stop() == 0
    closed = [line["closed"] for line in iter(proxy.said.get_nowait, {"the end": True}) if "closed" in line]
    assert closed == [{}]
