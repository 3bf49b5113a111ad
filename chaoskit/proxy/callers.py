"""Whether a caller is still there. A worker that was stalled finds requests whose callers left long ago.

What a caller sent waits in front of its FIN or RST, so reading tells of the end only later; the kernel knows.
"""

import contextlib
import socket
import sys

_ESTABLISHED = 1
_CLOSE_WAIT = 8
"""States of a TCP connection (Linux, ``tcp_states.h``), the first byte of TCP_INFO: open; a FIN has come."""


def has_left(sock: socket.socket | None, *, may_half_close: bool = False) -> bool:
    """Tell whether the peer of a TCP connection has closed it. Unknown (another system) is no.

    ``may_half_close``: the peer may have ended its own direction and still wait for ours. In HTTP nobody does
    (mitmproxy takes it for the end, too); in other protocols it is an ordinary way to say that all is said.
    """
    if sock is None or sys.platform != "linux" or sock.family == socket.AF_UNIX:
        return False
    if sock.fileno() < 0:
        return True
    with contextlib.suppress(OSError):
        state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return state != _ESTABLISHED and not (may_half_close and state == _CLOSE_WAIT)
    return False
