"""Calls by curl, and the injections that they are to meet."""

import os
import subprocess


def curl(*args, environment=None, before=()):
    """Return status, exit code, body, and what curl said."""
    out = subprocess.run(
        [*before, "curl", "-sS", "-m", "8", "-w", "\n%{http_code} %{exitcode}", *args],
        env=os.environ | (environment or {}),
        capture_output=True,
        check=False,
        timeout=30,
    )
    body, _, told = out.stdout.rpartition(b"\n")
    status, code = told.decode().split(" ")
    return int(status), int(code), body, out.stderr.decode()


def fault(what):
    """Return an injection into ``pay`` from the start to the end."""
    return f"[{{id: f, provider: pay, fault: {what}, during: {{from: fault, for: 600s}}}}]"
