"""What varies in an answer that a provider's catalogue entry describes: ids, numbers and times.

Placeholders are ``${...}``; everything else stays as it is, an unknown placeholder too.

=====================  ===============================================================================
``${hex:16}``          so many hexadecimal digits
``${text:14}``         so many letters and digits
``${digits:6}``        so many decimal digits
``${uuid}``            a random UUID (version 4)
``${wait}``            seconds to wait: what ``retry-after`` says (a whole number, 1 to 30)
``${epoch}``           seconds since 1970, now; ``${epoch+60}`` is a minute later, ``${epoch+wait}`` that wait
``${iso}``             now, as in 2026-01-31T12:00:00Z
``${date}``            now, as an HTTP date
=====================  ===============================================================================
"""

import re
from datetime import UTC, datetime

from chaoskit.core.dice import Dice

_DRAWN = re.compile(r"\$\{(hex|text|digits):([1-9][0-9]?)\}|\$\{(uuid|wait)\}|\$\{epoch\+(wait)\}")
_TIMED = re.compile(r"\$\{(?:epoch(?:\+([0-9]{1,6}))?|(iso|date))\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "text": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "digits": "0123456789",
}
_LONGEST_WAIT = 30
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def drawn(text: str, dice: Dice) -> str:
    """Fill in what chance decides. The n-th placeholder of a kind gets the same value in equal texts."""
    counts: dict[str, int] = {}

    def fill(found: re.Match[str]) -> str:
        if found[3] == "wait" or found[4] is not None:
            wait = 1 + dice.below(_LONGEST_WAIT, "wait")
            return str(wait) if found[4] is None else f"${{epoch+{wait}}}"
        if found[3] == "uuid":
            digits = _letters(dice, "uuid", counts, "hex", 32)
            variant = "89ab"[int(digits[16], 16) % 4]
            joined = digits[:12] + "4" + digits[13:16] + variant + digits[17:]
            return "-".join((joined[:8], joined[8:12], joined[12:16], joined[16:20], joined[20:]))
        return _letters(dice, found[0], counts, found[1], int(found[2]))

    return _DRAWN.sub(fill, text)


def timed(text: str, wall_clock: float) -> str:
    """Fill in what the time decides. ``wall_clock`` is seconds since 1970."""

    def fill(found: re.Match[str]) -> str:
        moment = datetime.fromtimestamp(int(wall_clock), UTC)
        match found[2]:
            case "iso":
                return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            case "date":
                return _http_date(moment)
            case _:
                return str(int(wall_clock) + int(found[1] or 0))

    return _TIMED.sub(fill, text)


def is_timed(text: str) -> bool:
    """Tell whether ``timed`` would change anything."""
    return _TIMED.search(text) is not None


def _http_date(moment: datetime) -> str:
    # strftime has the names of days in the user's language, and `email` takes 10 ms to import
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment.year} {moment:%H:%M:%S} GMT"


def _letters(dice: Dice, what: str, counts: dict[str, int], alphabet: str, length: int) -> str:
    nth = counts[what] = counts.get(what, 0) + 1
    letters = _ALPHABETS[alphabet]
    return "".join(letters[dice.below(len(letters), f"{what} {nth} {i}")] for i in range(length))
