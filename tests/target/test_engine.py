"""Which engine is asked, and what is said when it does not answer."""

import pytest

from chaoskit.target.engine import EngineError, connect


@pytest.mark.parametrize("address", ["tcp://198.51.100.7:2375", "ssh://root@198.51.100.7"])
def test_a_remote_engine_must_be_asked_for_by_name(monkeypatch, address):
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(EngineError) as refused:
        connect()
    assert str(refused.value) == (
        f"the Docker engine at {address} is not on this machine; to strike containers there, say so: "
        f"`engine: {address}`"
    )


def test_an_engine_that_is_not_there_is_named_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineError) as refused:
        connect()
    assert str(refused.value) == (
        f"no Docker engine answers at unix://{tmp_path}/none.sock: No such file or directory"
    )


def test_the_one_that_is_wanted_is_the_one_that_is_asked(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/other.sock")
    with pytest.raises(EngineError, match=r"tcp://127\.0\.0\.1:1: Connection refused"):
        connect("tcp://127.0.0.1:1")


def test_the_current_context_is_asked_as_docker_does(monkeypatch, tmp_path):
    import hashlib
    import json

    name = hashlib.sha256(b"far").hexdigest()
    folder = tmp_path / "contexts" / "meta" / name
    folder.mkdir(parents=True)
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "far"}))
    endpoint = {"docker": {"Host": "tcp://198.51.100.7:2375", "SkipTLSVerify": False}}
    (folder / "meta.json").write_text(json.dumps({"Name": "far", "Metadata": {}, "Endpoints": endpoint}))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(
        EngineError, match=r"the Docker engine at tcp://198\.51\.100\.7:2375 is not on this machine"
    ):
        connect()
