"""Where a redirected connection wanted to go, before the kernel led it here."""

import socket
import struct

from chaoskit.core.experiment import Address

_SO_ORIGINAL_DST = 80
"""linux/netfilter_ipv4.h; IP6T_SO_ORIGINAL_DST in linux/netfilter_ipv6/ip6_tables.h is the same number."""


def original_destination(sock: socket.socket) -> Address | None:
    """Return the address that the client dialled, if that is not the one it reached."""
    own = sock.getsockname()
    try:
        if sock.family == socket.AF_INET6:
            raw = sock.getsockopt(socket.IPPROTO_IPV6, _SO_ORIGINAL_DST, 28)
            (port,) = struct.unpack_from("!H", raw, 2)
            host = socket.inet_ntop(socket.AF_INET6, raw[8:24])
        else:
            raw = sock.getsockopt(socket.IPPROTO_IP, _SO_ORIGINAL_DST, 16)
            (port,) = struct.unpack_from("!H", raw, 2)
            host = socket.inet_ntop(socket.AF_INET, raw[4:8])
    except OSError:  # nothing was redirected, or this system does not know of it
        return None
    return None if (host, port) == own[:2] else Address(host, port)
