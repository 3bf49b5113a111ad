"""Faults of the TLS handshake: each row has a provider of its own."""

from functools import partial

from cells import Row
from rows_connection import BREAKS, STAGE

hello = partial(Row, own=True, contacted=False)
JAVA = {"java": "certificate untrusted", "java-h2": "certificate untrusted"}

ROWS = [
    hello("expired", "{certificate: {problem: expired}}", "certificate expired"),
    hello("not-yet-valid", "{certificate: {problem: not_yet_valid}}", "certificate not yet valid"),
    hello("wrong-host", "{certificate: {problem: wrong_host}}", "certificate wrong host"),
    hello("untrusted-ca", "{certificate: {problem: untrusted_ca}}", "certificate untrusted"),
    hello(
        "self-signed",
        "{certificate: {problem: self_signed}}",
        "certificate self-signed",
        but=JAVA,
        because="Java looks for a way to a CA that it trusts, and finds none",
    ),
    hello("incomplete-chain", "{certificate: {problem: incomplete_chain}}", "certificate untrusted"),
    hello("handshake-stall", "handshake_stall", "silence"),
    hello("handshake-stall-middle", "{handshake_stall: {at: middle}}", "silence"),
    Row("handshake-delay", "{handshake_delay: {time: 400ms}}", "late", own=True, contacted=True),
    hello("handshake-rst", "{disconnect: {at: handshake}}", "refused", but=BREAKS, because=STAGE),
    hello("alert", "tls_alert", "tls alert"),
    Row("tls-1-1", "{tls_version: {highest: '1.1'}}", "tls version", own=True),
    Row(
        "alpn",
        "{alpn: {only: [http/1.1]}}",
        "whole",
        own=True,
        contacted=True,
        left_alone=("curl", "requests", "httpx", "aiohttp", "node", "fetch", "java"),
    ),
]
