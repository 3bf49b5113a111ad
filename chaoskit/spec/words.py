"""How the other scalars of a file are written: names, hosts, addresses, URLs, requests, windows, shares."""

import contextlib
import json
import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

from chaoskit.core.experiment import MOST_WORKERS, Address
from chaoskit.core.units import COUNT, SHARE
from chaoskit.spec.nodes import close, quoted
from chaoskit.spec.scalars import ScalarError, number

NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\[\]:]+)):(?P<port>[0-9]{1,5})")
_METHOD = re.compile(r"[A-Z]{1,20}")


def name(text: str) -> str:
    """Return a name that is safe in paths, patterns and the ids of checks."""
    if not re.fullmatch(NAME, text) or len(text) > 80:
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:80]
        raise ScalarError(
            f"expected a name of letters, digits, `-`, `_` and `.`, got {quoted(text)}",
            f"did you mean `{safe}`?" if safe else None,
        )
    return text


def workers(text: str) -> int | Literal["auto"]:
    """Return how many workers the proxy has, or ``auto``."""
    if text.strip() == "auto":
        return "auto"
    with contextlib.suppress(ScalarError):
        if (found := int(number(text, COUNT))) <= MOST_WORKERS:
            return found
    likely = close(text, ["auto"]) or text.lower().startswith("auto")
    raise ScalarError(
        f"expected a whole number of 1 to {MOST_WORKERS}, or auto, got {quoted(text)}",
        "did you mean `auto`?" if likely else None,
    )


def one_line(text: str) -> str:
    """Return text of one line, not empty."""
    if not text.strip() or len(text) > 200 or not text.isprintable():
        raise ScalarError(f"expected one line of at most 200 characters, got {quoted(text)}")
    return text


def host(text: str) -> str:
    """Return a host name, an address, or a pattern over names."""
    pattern = text.removeprefix("*.").replace("*", "x")
    if _is_ipv6(text):
        return text
    # a pattern without a fixed last label would mean hosts of everybody
    if not _HOST.fullmatch(pattern) or len(pattern) > 253 or not pattern.isascii() or text.endswith("*"):
        raise ScalarError(
            f"expected a host such as api.example.com or *.example.com, got {quoted(text)}", _bare(text)
        )
    return text


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


def _bare(text: str) -> str | None:
    bare = re.sub(r"^[a-z]+://", "", text).split("/")[0].rpartition("@")[2].split(":")[0]
    return f"write the host alone: {bare}" if _HOST.fullmatch(bare) else None


def address(text: str) -> Address:
    """Return a host and port, as in ``127.0.0.1:8080`` or ``[::1]:8080``."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        hint = "a port is needed after the host" if _HOST.fullmatch(text) else None
        hint = f"did you mean 127.0.0.1:{text}?" if text.isascii() and text.isdigit() else hint
        raise ScalarError(f"expected an address such as 127.0.0.1:8080, got {quoted(text)}", hint)
    port = int(found["port"])
    if port > 65535:
        raise ScalarError(f"expected a port of at most 65535, got {port}")
    if not (_is_ipv6(found["six"]) if found["six"] is not None else _HOST.fullmatch(found["host"])):
        raise ScalarError(f"expected an address such as 127.0.0.1:8080, got {quoted(text)}", _bare(text))
    return Address(found["six"] or found["host"], port)


def resolver(text: str) -> Address:
    """Return the address of a name server; without a port, port 53."""
    where = Address(text, 53) if is_address(text) else address(text)
    if not is_address(where.host):  # who would look its name up?
        raise ScalarError(f"expected the address of a name server such as 192.0.2.53, got {quoted(text)}")
    return where


def is_address(text: str) -> bool:
    """Tell whether ``text`` is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def ip(text: str) -> str:
    """Return an IP address, without a zone."""
    try:
        found = ip_address(text)
    except ValueError:
        raise ScalarError(f"expected an IP address such as 127.0.0.1, got {quoted(text)}") from None
    if "%" in text:
        raise ScalarError(f"expected an IP address without a zone, got {quoted(text)}")
    return str(found)


def url(text: str) -> str:
    """Return an http or https URL of a host: no query, no user."""
    example = "expected a URL such as http://127.0.0.1:8080"
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ScalarError(f"{example}, got {quoted(text)}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ScalarError(f"{example}, got {quoted(text)}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        likely = f"http://{text}" if re.fullmatch(r"[\w.-]+(:[0-9]+)?(/.*)?", text) else None
        raise ScalarError(f"{example}, got {quoted(text)}", likely and f"did you mean {likely}?")
    if parts.username is not None or parts.query or parts.fragment:
        raise ScalarError(f"{example}, got {quoted(text)}", "leave user, query and fragment out")
    if ":" not in parts.hostname and not _HOST.fullmatch(parts.hostname):
        raise ScalarError(f"{example}, got {quoted(text)}")
    return text


def base(text: str) -> str:
    """Return what a reverse port stands for: an http or https URL, or ``tcp://host:port``."""
    if not text.startswith("tcp://"):
        return url(text)
    try:
        address(text.removeprefix("tcp://"))
    except ScalarError as error:
        raise ScalarError(
            f"expected a base such as tcp://db.example:5432, got {quoted(text)}",
            error.hint or "write a host and a port, and nothing after them",
        ) from None
    return text


def path(text: str) -> str:
    """Return the path (and query) of a request."""
    if not text.startswith("/") or not text.isascii() or not text.isprintable() or " " in text:
        hint = "write the path alone; load goes to target.url" if "://" in text else None
        raise ScalarError(f"expected a path such as /items, got {quoted(text)}", hint)
    return text


def path_glob(text: str) -> str:
    """Return a pattern over paths, as in ``/v1/*``."""
    if not text.startswith(("/", "*", "?", "[")) or not text.isprintable() or " " in text:
        raise ScalarError(f"expected a pattern over paths such as /v1/*, got {quoted(text)}")
    if "?" in text:
        # `?` is one character in a glob and the query's start in a URL, and a match never sees the query
        raise ScalarError(
            f"expected a pattern over the path without its query, got {quoted(text)}",
            "leave out `?` and what follows",
        )
    return text


def regex(text: str) -> str:
    """Return a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ScalarError(f"expected a regular expression, got {quoted(text)}", str(error)) from None
    except (OverflowError, RecursionError):  # a repetition or a code point beyond all bounds; too deep
        raise ScalarError(f"expected a regular expression, got {quoted(text)}", "it is too large") from None
    return text


def host_glob(text: str) -> str:
    """Return a pattern over host names, as in ``*.eu-*.example.com``."""
    if not re.fullmatch(r"[A-Za-z0-9._:*?\[\]!-]+", text):
        raise ScalarError(f"expected a pattern over hosts such as *.eu-*.example.com, got {quoted(text)}")
    return text


def operation(text: str) -> str:
    """Return a pattern over the names of AWS's operations, as in ``Put*``."""
    if not re.fullmatch(r"[A-Za-z0-9*?\[\]!-]+", text):
        raise ScalarError(f"expected a pattern over operations such as PutObject, got {quoted(text)}")
    if text[0].islower():  # none is ever written so, and nothing would be struck
        named = text[0].upper() + text[1:]
        raise ScalarError(f"expected an operation as AWS writes it, got {quoted(text)}", f"perhaps {named}")
    return text


def model(text: str) -> str:
    """Return a pattern over the names of models, as in ``gpt-4*``."""
    if not text or not text.isprintable() or " " in text:
        raise ScalarError(f"expected a pattern over models such as gpt-4*, got {quoted(text)}")
    return text


def network(text: str) -> str:
    """Return an address, or a network of them."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        wanted = "expected an address or a network such as 10.0.0.0/8"
        raise ScalarError(f"{wanted}, got {quoted(text)}") from None
    return text


def method(text: str) -> str:
    """Return an HTTP method."""
    if not _METHOD.fullmatch(text.upper()):
        raise ScalarError(f"expected a method such as POST, got {quoted(text)}")
    return text.upper()


def request(text: str) -> tuple[str, str]:
    """Return method and path of ``POST /checkout``."""
    words = text.split()
    if len(words) != 2:
        hint = f"did you mean GET {text}?" if text.startswith("/") and len(words) == 1 else None
        raise ScalarError(f"expected a method and a path such as POST /checkout, got {quoted(text)}", hint)
    return method(words[0]), path(words[1])


def status(text: str) -> int:
    """Return an HTTP status."""
    if not re.fullmatch(r"[1-5][0-9][0-9]", text):
        raise ScalarError(f"expected a status, 100 to 599, got {quoted(text)}")
    return int(text)


def below(text: str) -> float:
    """Return the share of ``< 20%``, above 0% and below 100%."""
    if not text.startswith("<") or text.startswith("<="):
        rest = text.lstrip("<>= ") or "20%"
        raise ScalarError(
            f'expected < and a share such as "< 20%", got {quoted(text)}', f'did you mean "< {rest}"?'
        )
    value = number(text[1:], SHARE)
    if not 0 < value < 1:
        raise ScalarError(f"expected a share above 0% and below 100%, got {quoted(text)}")
    return value


JsonScalar = str | int | float | bool | None


def json_scalar(text: str, *, is_plain: bool) -> JsonScalar:
    """Return a scalar of a ``json`` body: JSON's own words and numbers where unquoted, else text.

    ``NO`` and ``1:30`` are text, as everywhere in a file.
    """
    if not is_plain:
        return text
    if text in ("", "~"):
        return None
    if text in ("true", "false", "null") or re.fullmatch(
        r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", text
    ):
        found: JsonScalar = json.loads(text)
        return found
    return text


def host_pattern(text: str) -> str:
    """Return a host with ``*`` or ``{name}`` in the place of labels or parts of them."""
    plain = re.sub(r"\{[a-z_]+\}|\*", "x", text.removeprefix("*."))
    if not _is_ipv6(text) and (not _HOST.fullmatch(plain) or len(plain) > 253 or not plain.isascii()):
        raise ScalarError(f"expected a host such as s3.{{region}}.amazonaws.com, got {quoted(text)}")
    return text


def version(text: str) -> str:
    """Return the version of a format; there is one."""
    if text != "1":
        raise ScalarError(f"expected 1, got {quoted(text)}")
    return text
