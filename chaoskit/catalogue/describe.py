"""A provider of the catalogue as text for a terminal."""

import textwrap
from collections.abc import Iterable

from chaoskit.catalogue.provider import Dialect, KnownProvider

WIDTH = 96


def listed(providers: Iterable[KnownProvider]) -> str:
    """Return one line for each provider: its name, what it is for, what it is called, how it fails."""
    every = sorted(providers, key=lambda each: (each.category, each.name))
    width = max(len(each.name) for each in every)
    kinds = max(len(each.category) for each in every)
    return "\n".join(
        f"{each.name:<{width}}  {each.category:<{kinds}}  {each.title} ({_count(len(each.errors))})"
        for each in every
    )


def described(provider: KnownProvider) -> str:
    """Return what is known of a provider: its hosts, its clients and each of its ways to fail."""
    lines = [f"{provider.name}: {provider.title} ({provider.category})", ""]
    lines += _wrapped(provider.note, "")
    lines += ["", "hosts:"] if provider.note else ["hosts:"]
    lines += [f"  {each.pattern}  ({each.basis})" for each in provider.hosts]
    facts = (
        ("protocols", ", ".join(provider.protocols)),
        ("behind the edge of", provider.fronted_by or ""),
        ("clients", ", ".join(provider.clients)),
        ("status page", provider.status_page or ""),
        ("addresses", provider.ip_ranges or ""),
    )
    lines += [f"{name}: {value}" for name, value in facts if value]
    if provider.errors:
        lines += ["", "errors, for `error: {like: ...}`:"]
    for each in provider.errors:
        lines += ["", *_dialect(provider.name, each)]
    return "\n".join(lines)


def _dialect(provider: str, each: Dialect) -> list[str]:
    status = getattr(each.fault, "status", None)
    what = f"status {status}" if each.fault_name == "error" else f"`{each.fault_name}`"
    wait = getattr(each.fault, "wait", 0.0)
    late = f" after {wait:g}s" if wait else ""
    lines = [f"  {provider}/{each.name}: {what}{late} ({each.basis})", f"      when: {each.when}"]
    lines += [f"      raises {exception} in {sdk}" for sdk, exception in each.raises]
    lines += _wrapped(each.note, "      ")
    lines += [f"      source: {source}" for source in each.sources]
    return lines


def _count(errors: int) -> str:
    return "1 error" if errors == 1 else f"{errors} errors"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent) if text else []
