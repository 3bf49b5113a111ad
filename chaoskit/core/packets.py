"""The chains of an nft table, as text. Pure.

Every rule asks the set ``alive`` of its table, whose elements the kernel forgets after the lease, and counts
into the counter ``hits``. Whoever puts the table adds both.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

type Hook = Literal["input", "output"]

BEFORE_NAT = -150
"""An output chain of this priority sees where a packet was sent to: docker's own DNS is behind NAT."""


def chain(hook: Hook, rules: Iterable[str], *, priority: int = 0) -> str:
    """Return a chain for what leaves (``output``) or comes to (``input``) the container's processes."""
    lines = "".join(f"  {each}\n" for each in rules)
    return f"chain {hook} {{\n  type filter hook {hook} priority {priority}\n{lines}}}\n"


def rule(match: str, verdict: str) -> str:
    """Return one rule: what matches suffers the verdict, as long as the lease lasts."""
    return f"{match} meta l4proto @alive counter name hits {verdict}".strip()


def peers(hook: Hook, addresses: Sequence[str]) -> list[str]:
    """Return matches for what goes to, or comes from, these addresses; one for each version of IP."""
    side = "daddr" if hook == "output" else "saddr"
    mine = {"ip": {each for each in addresses if ":" not in each}, "ip6": {e for e in addresses if ":" in e}}
    return [f"{version} {side} {{ {', '.join(sorted(each))} }}" for version, each in mine.items() if each]
