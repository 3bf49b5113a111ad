"""Where the demo listens, and what a person is told when that place is taken."""

import errno
import socket

PROVIDERS = "127.0.0.1:9443"
SHOP = "127.0.0.1:8081"


class DemoError(Exception):
    """The demo cannot start: the message says what is wrong, with a hint on the next line."""


def parse(text: str) -> tuple[str, int]:
    """Return host and port of ``host:port``, or of a bare port on 127.0.0.1; DemoError if it is neither."""
    host, colon, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535 or (colon and not host):
        raise DemoError(f"expected an address such as {SHOP}, got `{text}`")
    return host or "127.0.0.1", int(port)


def taken(error: OSError, host: str, port: int, flag: str) -> DemoError:
    """Say why ``host:port`` could not be bound, and which flag chooses another."""
    if error.errno == errno.EADDRINUSE:
        return DemoError(
            f"{host}:{port} is taken by another program\n"
            f"hint: end that program, or choose another port with {flag} (the experiment names it too)"
        )
    return DemoError(f"cannot listen on {host}:{port}: {error.strerror}\nhint: choose another with {flag}")


def listen(host: str, port: int, flag: str) -> socket.socket:
    """Return a listening socket; port 0 lets the system choose. DemoError if the port is taken."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        raise taken(error, host, port, flag) from error
