"""All rows, by layer; and the faults that have none, with the reason."""

from dataclasses import replace

import rows_connection
import rows_http
import rows_http2
import rows_none
import rows_state
import rows_streams
import rows_tls
from cells import Row

LAYERS = {
    "No fault": rows_none.ROWS,
    "Connections": rows_connection.ROWS,
    "TLS handshakes": rows_tls.ROWS,
    "Calls and answers": rows_http.ROWS,
    "Streams of events": rows_streams.ROWS,
    "HTTP/2": rows_http2.ROWS,
    "Faults with a memory": rows_state.ROWS,
}
ROWS: list[Row] = [replace(row, layer=layer) for layer, rows in LAYERS.items() for row in rows]

GRPC = "grpcio's calls, streamed and not"
WEBSOCKET = "the websockets client: tests/e2e/test_websocket.py"
DNS = (
    "through a proxy the proxy resolves; dig, curl, requests, Node and Java, which resolve by themselves:"
    " tests/e2e/test_dns_clients.py"
)
ELSEWHERE: dict[str, str] = {
    "slow_close": "only the end is late, and an answer whose length is known does not wait for it",
    "tls_truncation": "an answer whose length nothing tells, by four clients: tests/e2e/test_tls_endings.py",
    "flow_stall": "an upload over HTTP/2, by curl and httpx: tests/e2e/test_proxy_http2_faults.py",
    "grpc_error": f"{GRPC}: tests/e2e/test_proxy_grpc.py",
    "grpc_no_trailers": f"{GRPC}: tests/e2e/test_proxy_grpc.py",
    "websocket_close": WEBSOCKET,
    "websocket_delay": WEBSOCKET,
    "websocket_drop": WEBSOCKET,
    "websocket_duplicate": WEBSOCKET,
    "websocket_half_open": WEBSOCKET,
    "dns_delay": DNS,
    "dns_error": DNS,
    "dns_family": DNS,
    "dns_stale_answer": DNS,
    "dns_timeout": DNS,
    "dns_wrong_answer": DNS,
}
"""Faults that a proxied HTTP client cannot meet, and where real clients meet them."""
