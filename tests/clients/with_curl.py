"""curl: a process for each cell. Its exit code is its word for what went wrong."""

import os
import subprocess

from cells import TOKEN, Row, Seen
from told import by_openssl

_FORM = "\n%{http_code} %{time_starttransfer} %{time_total} %{exitcode} %{errormsg}"
_KINDS = {
    6: "dns",
    7: "refused",
    28: "timeout",
    1: "protocol error",
    8: "protocol error",
    16: "protocol error",
    27: "protocol error",  # its word for too many headers
    18: "closed",
    35: "refused",
    47: "redirects",
    52: "closed",
    56: "reset",
    61: "protocol error",
}


def version() -> str:
    return subprocess.run(["curl", "--version"], capture_output=True, check=True, text=True).stdout.split()[1]


def call(row: Row, timeout: float, environment: dict[str, str]) -> Seen:
    out = subprocess.run(
        [
            *("curl", "-sS", "-N", "--http1.1", "-m", str(timeout), "-w", _FORM),
            *("-H", f"authorization: {TOKEN}", row.url("curl")),
        ],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    body, _, told = out.stdout.rpartition(b"\n")
    status, first, seconds, code, *message = told.decode().split(" ", 4)
    kind, error = None, ""
    if code != "0":
        text = message[0] if message else ""
        kind = by_openssl(text) if code in ("35", "56", "60") else None
        kind = kind or _KINDS.get(int(code), f"exit {code}")
        if "chunked-encoding" in text:
            kind = "protocol error"
        if "unexpected eof" in text.lower():
            kind = "closed"
        error = f"({code}) {text.split(' after ')[0].split(' with ')[0].split(' in connection ')[0]}"
    return Seen(
        status=int(status) or None,
        body=body,
        kind=kind,
        error=error,
        first=float(first),
        seconds=float(seconds),
    )
