"""A network of its own, with its own /etc/resolv.conf, for clients that resolve names as real ones do."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

READY = "ready"


def missing() -> str | None:
    """Say why there can be no namespace here; None if there can."""
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return "unshare and nsenter are missing (apt-get install util-linux)"
    if shutil.which("ip") is None:
        return "ip is missing (apt-get install iproute2)"
    if os.geteuid() != 0:
        return "only root may bind another /etc/resolv.conf"
    command = ["unshare", "--net", "--mount", "true"]
    if subprocess.run(command, capture_output=True, check=False, timeout=20).returncode != 0:
        return "this machine lets nobody make a network namespace"
    return None


class Namespace:
    """Loopback only. Lives as long as a process that waits in it."""

    def __init__(self, resolv_conf: Path) -> None:
        script = (
            "ip link set lo up && sysctl -qw net.ipv6.conf.lo.disable_ipv6=0 2>/dev/null; "
            f"mount --bind '{resolv_conf}' /etc/resolv.conf && echo {READY} && read line"
        )
        self._holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline().strip() == READY
        return self

    def __exit__(self, *_: object) -> None:
        assert self._holder.stdin is not None
        assert self._holder.stdout is not None
        self._holder.stdin.close()
        self._holder.stdout.close()
        self._holder.wait(10)

    @property
    def prefix(self) -> list[str]:
        """What a command begins with that runs in it."""
        return ["nsenter", f"--target={self._holder.pid}", "--net", "--mount"]

    @contextmanager
    def sockets(self) -> Iterator[None]:
        """Make sockets of this thread, and of threads that it starts, in the namespace."""
        own, other = Path("/proc/thread-self/ns/net"), Path(f"/proc/{self._holder.pid}/ns/net")
        with own.open() as back:
            with other.open() as there:
                _enter(there.fileno())
            try:
                yield
            finally:
                _enter(back.fileno())


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, 0x40000000) != 0:  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")
