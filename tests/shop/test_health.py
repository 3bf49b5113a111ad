"""The image's health check, on a /proc of the test's own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "compose"))
import health

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROW = "   0: 0100007F:1F90 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000 0 {inode} 1\n"


@pytest.fixture
def proc(tmp_path, monkeypatch):
    """A /proc with a proxy, a load process and a thing that is no process."""
    add(tmp_path, "7", ["python", "-m", "chaoskit.proxy"], "S", [41, 42])
    add(tmp_path, "8", ["python", "-m", "chaoskit.load"], "T", [43])
    (tmp_path / "self").mkdir()
    (tmp_path / "net").mkdir()
    listen(tmp_path, "tcp", (42, "0A"), (41, "01"))
    monkeypatch.setattr(health, "PROC", tmp_path)
    return tmp_path


def add(proc, pid, words, state, inodes):
    folder = proc / pid / "fd"
    folder.mkdir(parents=True)
    (proc / pid / "cmdline").write_text("\0".join(words) + "\0")
    (proc / pid / "stat").write_text(f"{pid} (a (strange) name) {state} 1 1 1 0")
    for number, inode in enumerate(inodes):
        (folder / str(number)).symlink_to(f"socket:[{inode}]")
    (folder / "99").symlink_to("/dev/null")


def listen(proc, name, *sockets):
    (proc / "net" / name).write_text(HEADER + "".join(ROW.format(inode=i, state=s) for i, s in sockets))


def test_a_proxy_that_listens_is_healthy_whatever_else_is_there(proc, capsys):
    assert (health.main(), capsys.readouterr().out) == (0, "")


def test_an_ipv6_socket_will_do(proc):
    listen(proc, "tcp")
    listen(proc, "tcp6", (42, "0A"))
    assert health.main() == 0


def test_a_connection_or_the_socket_of_another_is_not_enough(proc, capsys):
    listen(proc, "tcp", (42, "01"), (43, "0A"))
    assert (health.main(), capsys.readouterr().out) == (1, "proxy 7 does not listen\n")


@pytest.mark.parametrize("letter", ["T", "t", "Z"])
def test_a_proxy_that_is_stopped_or_dead_is_not(proc, capsys, letter):
    (proc / "7" / "stat").write_text(f"7 (python) {letter} 1 1 1 0")
    assert (health.main(), capsys.readouterr().out) == (1, "proxy 7 is stopped\n")


def test_where_there_is_no_proxy_it_is_healthy(proc):
    (proc / "7" / "cmdline").write_text("python\0run.py\0chaoskit.proxy\0")
    listen(proc, "tcp")
    assert health.main() == 0
