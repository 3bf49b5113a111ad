"""Node's https and its fetch: one process for all cells of both (client.js)."""

import base64
import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from cells import TOKEN, Row, Seen
from told import by_openssl


def version() -> str:
    told = "process.version + ' (undici ' + process.versions.undici + ')'"
    return subprocess.run(["node", "-p", told], capture_output=True, check=True, text=True).stdout.strip()


def calls(cells: list[tuple[str, Row, float]], environment: dict[str, str]) -> list[Seen]:
    """Return what each cell saw; its first member is ``node`` or ``fetch``."""
    asked = [
        {"client": name, "host": row.host, "path": urlsplit(row.url(name)).path, "timeout": timeout}
        for name, row, timeout in cells
    ]
    proxy = urlsplit(environment["HTTPS_PROXY"])
    out = subprocess.run(
        ["node", Path(__file__).with_name("client.js")],
        input=json.dumps({"port": proxy.port, "token": TOKEN, "cells": asked}).encode(),
        env=os.environ | environment | {"NODE_EXTRA_CA_CERTS": environment["SMALL_CA"]},
        capture_output=True,
        check=True,
        timeout=150,
    )
    return [seen(told) for told in json.loads(out.stdout)]


def seen(told: dict) -> Seen:
    error = told["error"]
    return Seen(
        status=told["status"],
        body=base64.b64decode(told["body"]),
        kind=None if error is None else kind_of(error),
        error=error or "",
        first=told["first"],
        seconds=told["seconds"],
    )


def kind_of(text: str) -> str:
    if text == "timeout" or text.startswith("TimeoutError") or text.endswith("own timeout"):
        return "timeout"
    if "HPE_" in text:  # its parser of HTTP/1
        return "protocol error"
    if kind := by_openssl(text):
        return kind
    if "before secure TLS connection" in text or "ECONNREFUSED" in text:
        return "refused"
    if "ENOTFOUND" in text or "EAI_AGAIN" in text:
        return "dns"
    if "hang up" in text or "aborted" in text or "other side closed" in text or text.startswith("terminated"):
        return "reset" if "read ECONNRESET" in text else "closed"
    if "ECONNRESET" in text or "EPIPE" in text:
        return "reset"
    return "redirects" if "redirect count exceeded" in text else "protocol error"
