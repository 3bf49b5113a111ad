"""Writes docs/faults/clients.md from what the matrix saw."""

import platform
import ssl
from pathlib import Path

from cells import Row, Seen
from matrix import CLIENTS, Table
from rows import ELSEWHERE

PAGE = Path(__file__).parents[2] / "docs" / "faults" / "clients.md"


def text(rows: list[Row], table: Table, versions: str) -> str:
    parts = [
        INTRODUCTION.format(versions=versions, python=platform.python_version(), openssl=ssl.OPENSSL_VERSION)
    ]
    for layer in dict.fromkeys(row.layer for row in rows):
        mine = [row for row in rows if row.layer == layer]
        parts.append(f"## {layer}\n\n{classes(mine)}\n\n{words(mine, table)}\n")
    if ELSEWHERE:
        parts.append("## Not here\n\n" + "\n".join(f"- `{k}`: {v}" for k, v in ELSEWHERE.items()) + "\n")
    return "\n".join(parts)


def classes(rows: list[Row]) -> str:
    lines = ["| row | fault | every client sees | but |", "| --- | --- | --- | --- |"]
    for row in rows:
        groups: dict[str, list[str]] = {}
        for client, kind in row.but.items():
            groups.setdefault(kind, []).append(client)
        but = "; ".join(f"{', '.join(names)}: **{kind}**" for kind, names in groups.items())
        but += f" ({row.because})" if but else ""
        lines.append(f"| {row.name} | {fault(row)} | **{row.expect}** | {but} |")
    return "\n".join(lines)


def words(rows: list[Row], table: Table) -> str:
    lines = [
        "| in their own words | " + " | ".join(CLIENTS) + " |",
        "| --- |" + " --- |" * len(CLIENTS),
    ]
    lines += [
        f"| {row.name} | " + " | ".join(cell(table[row.name][c], row) for c in CLIENTS) + " |" for row in rows
    ]
    return "\n".join(lines)


def fault(row: Row) -> str:
    return f"`{row.fault}`" if row.fault else "none"


def cell(seen: Seen, row: Row) -> str:
    if seen.kind is None:
        kind = seen.judged(row.path)
        if kind in ("whole", "late", "damaged"):
            return "200, another body" if kind == "damaged" else "200"
        return f"{seen.status}, {len(seen.body)} bytes"
    error = (
        "its own timeout"
        if seen.error in ("timeout", "own timeout", "Error: own timeout")
        else seen.error.replace("|", "/")
    )
    return error + (f" after {len(seen.body)} bytes" if seen.status else "")


INTRODUCTION = """# What clients see

Written by `CHAOSKIT_WRITE_CLIENTS=1 pytest tests/clients/test_matrix.py` from what it saw, through the real
proxy and a TLS provider on this machine; not typed. Each client calls through CONNECT and gives up by its own
timeout. The words in bold are the classes that the test requires:

- **whole**, **late**: the answer as it is, at once or after the delay
- **short**, **damaged**, **status N**: good HTTP with less of the body, with another body, with that status
- **silence**: nothing comes; **stalled**: an answer begins, and no more of it comes. The client times out
- **refused**: the connection, its TLS included, cannot be made
- **reset**, **closed**: it ends by RST or by FIN before an answer; **cut**: in the middle of one
- **certificate …**, **tls alert**, **tls version**, **protocol error**: as the client says itself

Seen with {versions}, Python {python}, {openssl}. `-h2` is HTTP/2, everything else HTTP/1.1.

- Faults of a connection come right after `200` to CONNECT, so that they look like a failed connection and
  not like a broken proxy. A provider that cannot be reached at all is shown as a closed connection, never as
  a page of the proxy's own, and the record says why.
- `fetch` is Node's own. Node 20 has no way to send it through a proxy: it reads no proxy variable (newer ones
  do, with `NODE_USE_ENV_PROXY=1`). Here its agent is given a connector that asks for the tunnel; a `reverse:`
  port is the other way.
- Java's `HttpRequest.timeout` ends with the head of the answer. A body that stalls is ended by nobody, unless
  the caller bounds the future, as here.
- When a connection ends before the first byte of an answer, aiohttp and Java (over HTTP/1.1) send a GET a
  second time by themselves. The provider then gets twice the calls that the program made.
- aiohttp reads the proxy variables only with `trust_env=True`.
"""
