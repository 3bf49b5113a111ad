"""A network namespace of the test's own, with addresses that look like the world's."""

import os
import shutil
import socket
import subprocess
import threading

import pytest

V4, V6 = "198.51.100.7", "2001:db8::7"

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or None in [shutil.which(each) for each in ("nft", "ip", "unshare", "nsenter")],
    reason="a network namespace needs root, and nft, ip, unshare and nsenter",
)


class Namespace:
    """Everything in it is gone with the process that holds it."""

    def __enter__(self):
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "echo; exec sleep 300"], stdout=subprocess.PIPE
        )
        self._holder.stdout.readline()  # from here on it is in its own
        self.path = f"/proc/{self._holder.pid}/ns/net"
        self.prefix = ("nsenter", f"--net={self.path}")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "address", "add", f"{V4}/32", "dev", "lo")
        self.run("ip", "address", "add", f"{V6}/128", "dev", "lo", "nodad")
        return self

    def __exit__(self, *_):
        self._holder.kill()
        self._holder.wait(5)
        self._holder.stdout.close()

    def run(self, *command) -> str:
        return subprocess.run([*self.prefix, *command], check=True, capture_output=True, text=True).stdout

    def tables(self) -> str:
        return self.run("nft", "list", "ruleset")

    def open(self, family=socket.AF_INET, kind=socket.SOCK_STREAM) -> socket.socket:
        """Return a socket that lives in the namespace."""
        made = []

        def make():
            with open(self.path) as namespace:  # noqa: PTH123 - its file descriptor is wanted
                os.setns(namespace.fileno(), os.CLONE_NEWNET)  # of this thread only
            made.append(socket.socket(family, kind))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join(5)
        made[0].settimeout(8)
        return made[0]

    def listener(self, port, host=V4) -> socket.socket:
        sock = self.open(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(50)
        return sock
