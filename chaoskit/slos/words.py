"""An injection in words: how much it strikes, when, and which calls."""

from itertools import pairwise

from chaoskit.core.curve import Curve
from chaoskit.core.injection import Injection
from chaoskit.core.match import Match
from chaoskit.core.service import ServiceInjection
from chaoskit.slos import phrase

MOST_WINDOWS = 3


def share_text(injection: Injection) -> str:
    """Write a share as in the file: ``0% -> 80% over 20s of requests``."""
    text = _curve(injection.share)
    if injection.pulse is not None:
        pulse = injection.pulse
        text += f" for {phrase.seconds(pulse.length)} every {phrase.seconds(pulse.every)}"
    text += f" of {injection.unit}"
    if injection.key is not None:
        text += f" ({injection.key})"
    if injection.reroll is not None:
        reroll = injection.reroll
        text += f", re-rolled every {phrase.seconds(reroll.every)} at {phrase.percent(reroll.p)}"
        text += ", once on it stays on" if reroll.latch else ""
    if injection.severity == "estimate":
        text += ", estimated severity"
    return text


def _curve(curve: Curve) -> str:
    (_, first), *_ = curve.points
    # a curve whose start was moved has been under way when the injection begins
    begun = curve.points[0][0]
    text = phrase.percent(first)
    for (start, before), (stop, after) in pairwise(curve.points):
        if stop == start and before != after:
            text += f" -> {phrase.percent(after)} at {phrase.seconds(stop - begun)}"
        elif stop > start and not _is_wait_for_step(curve, start, stop):
            text += f" -> {phrase.percent(after)} over {phrase.seconds(stop - start)}"
    return text


def _is_wait_for_step(curve: Curve, start: float, stop: float) -> bool:
    """Tell whether a stretch is only the flat way to a step, which names its own time."""
    flat = curve.at(start) == curve.at((start + stop) / 2)
    return flat and sum(t == stop for t, _ in curve.points) > 1


def windows_text(injection: Injection | ServiceInjection) -> str:
    """Write when it is on: ``20s to 50s, 60s to 65s``."""
    windows = injection.windows
    if len(windows) > MOST_WINDOWS:
        return f"{injection.start:g}s to {injection.stop:g}s in {len(windows)} windows"
    return ", ".join(f"{start:g}s to {stop:g}s" for start, stop in windows)


def selector_text(injection: Injection) -> str:
    """Write which calls it is about: ``POST, path /v1/*, the first 10``; empty: all."""
    parts = [*_match(injection.match)]
    if injection.first_n is not None:
        parts.append(f"the first {injection.first_n}")
    if injection.after_n is not None:
        parts.append(f"after the first {injection.after_n}")
    if injection.between is not None:
        parts.append(f"number {injection.between[0]} to {injection.between[1]}")
    if injection.every_nth is not None:
        parts.append(f"one in {injection.every_nth}")
    return ", ".join(parts)


def _match(match: Match) -> list[str]:
    parts = ["/".join(match.method)] if match.method else []
    for name, value in (
        ("path", match.path),
        ("path_regex", match.path_regex),
        ("host", match.host),
        ("content type", match.content_type),
        ("client", match.client),
    ):
        if value is not None:
            parts.append(f"{name} {value}")
    for name, globs in (("operation", match.operation), ("model", match.model)):
        parts += [f"{name} {'/'.join(globs)}"] if globs else []
    for name, pairs in (("query", match.query), ("header", match.header), ("json", match.json)):
        parts += [f"{name} {key} = {glob}" for key, glob in pairs]
    return parts
