"""The rules that lead connections to the proxy, as text for nft. Pure, except for ``apply``.

Every rule that catches anything asks the set ``alive``, whose elements the kernel forgets after the lease.
So when nobody renews them, not even a proxy that was killed, the redirect ends by itself.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterable, Sequence

from chaoskit.core.frozen import frozen
from chaoskit.proxy.dial import MARK


class NftError(Exception):
    """nft could not do it; a sentence."""


@frozen(kw_only=True)
class Rules:
    """What is redirected where. ``to``: only these addresses; None: all but this machine's loopback.

    What still goes out to one of the ports goes around the proxy, on a connection from before the redirect:
    it is counted, and with ``cuts`` reset, so that its client connects again.
    """

    table: str
    ports: tuple[int, ...]
    port: int
    lease: float
    to: tuple[str, ...] | None = None
    blocks_quic: bool = True
    has_ipv6: bool = True
    cuts: bool = False

    def install(self) -> str:
        """Return what makes the table, in place of one of the same name."""
        ports = f"{{ {', '.join(str(each) for each in sorted(set(self.ports)))} }}"
        redirect = [
            f"{self._only(version)}meta nfproto {version} meta l4proto @alive tcp dport {ports} "
            f"redirect to :{self.port}"
            for version in ("ipv4", "ipv6")
            if version == "ipv4" or self.has_ipv6
        ]
        refuse = [
            f"{self._only(version)}meta nfproto {version} meta l4proto @alive udp dport 443 "
            "reject with icmpx type port-unreachable"
            for version in ("ipv4", "ipv6")
            if self.blocks_quic and 443 in self.ports
        ]
        parts = [
            f"table inet {self.table}",
            f"delete table inet {self.table}",
            f"table inet {self.table} {{",
            *_set("alive", "inet_proto", f"flags timeout\n    elements = {{ {self._alive()} }}"),
        ]
        if self.to is not None:
            parts += _addresses("to_ipv4", "ipv4_addr", (each for each in self.to if ":" not in each))
            parts += _addresses("to_ipv6", "ipv6_addr", (each for each in self.to if ":" in each))
        parts += _chain("redirect_tcp", "type nat hook output priority -100", redirect)
        parts += _chain("refuse_quic", "type filter hook output priority 0", refuse)
        reject = "reject with tcp reset" if self.cuts else "accept"
        around = [
            f"{self._only(version)}meta nfproto {version} meta l4proto @alive tcp dport {ports} "
            f"counter name around {reject}"
            for version in ("ipv4", "ipv6")
            if version == "ipv4" or self.has_ipv6
        ]
        # after the redirect, which has given what it caught another port
        parts += ["  counter around {", "  }"]
        parts += _chain("around", "type filter hook output priority 10", around)
        return "\n".join([*parts, "}", ""])

    def renew(self) -> str:
        """Return what lets the rules live for another lease; one transaction, so there is no gap."""
        return (
            f"flush set inet {self.table} alive\nadd element inet {self.table} alive {{ {self._alive()} }}\n"
        )

    def count(self) -> str:
        """Return what lists how many packets went around the proxy."""
        return f"list counter inet {self.table} around\n"

    def remove(self) -> str:
        """Return what takes everything away."""
        return f"delete table inet {self.table}\n"

    def _alive(self) -> str:
        timeout = f"timeout {round(self.lease * 1000)}ms"
        return f"tcp {timeout}, udp {timeout}"

    def _only(self, version: str) -> str:
        if self.to is None:
            return ""
        return f"{'ip' if version == 'ipv4' else 'ip6'} daddr @to_{version} "


def table_name(run: str) -> str:
    """Return the name of a run's own table."""
    return f"chaoskit_{re.sub(r'[^A-Za-z0-9_]', '_', run)}"[:200]


def _set(name: str, kind: str, rest: str) -> list[str]:
    return [f"  set {name} {{", f"    type {kind}", f"    {rest}", "  }"]


def _addresses(name: str, kind: str, addresses: Iterable[str]) -> list[str]:
    found = sorted(set(addresses))
    return _set(name, kind, f"elements = {{ {', '.join(found)} }}" if found else "")


def _chain(name: str, hook: str, rules: Sequence[str]) -> list[str]:
    if not rules:
        return []
    spared = [f"meta mark {MARK:#x} return", "ip daddr 127.0.0.0/8 return", "ip6 daddr ::1 return"]
    return [
        f"  chain {name} {{",
        f"    {hook}",
        "    policy accept",
        *(f"    {each}" for each in (*spared, *rules)),
        "  }",
    ]


def program() -> str | None:
    """Return where nft is; it is often no part of a user's own PATH."""
    return shutil.which("nft", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))


def packets(listed: str) -> int:
    """Return the count in what nft says of a counter; 0 where it says none."""
    found = re.search(r"packets (\d+)", listed)
    return int(found[1]) if found else 0


async def apply(text: str) -> str:
    """Let nft carry ``text`` out, all of it or nothing; return what it says. Raises NftError."""
    found = program()
    if found is None:
        raise NftError("proxy.transparent needs nft, which is not on this machine (the package nftables)")
    process = await asyncio.create_subprocess_exec(
        found,
        "-f",
        "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    listed, said = await process.communicate(text.encode())
    if process.returncode:
        first = said.decode(errors="replace").strip().splitlines()[:1]
        raise NftError(f"proxy.transparent: nft failed: {first[0] if first else process.returncode}")
    return listed.decode(errors="replace")
