"""All rows, by layer; and the faults that have none, with the reason."""

from dataclasses import replace

import rows_connection
import rows_http
import rows_none
import rows_state
import rows_tls
from cells import Row

LAYERS = {
    "No fault": rows_none.ROWS,
    "Connections": rows_connection.ROWS,
    "TLS handshakes": rows_tls.ROWS,
    "Calls and answers": rows_http.ROWS,
    "Faults with a memory": rows_state.ROWS,
}
ROWS: list[Row] = [replace(row, layer=layer) for layer, rows in LAYERS.items() for row in rows]

ELSEWHERE: dict[str, str] = {
    "slow_close": "only the end is late, and an answer whose length is known does not wait for it",
}
"""Faults that a proxied HTTP client cannot meet, and where real clients meet them."""
