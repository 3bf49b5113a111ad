"""The shop's own data, in one SQLite file: what it sells, and the orders it took."""

import sqlite3
import threading
from pathlib import Path

from chaoskit_shop.shop.payments import Held, Order

_ITEMS = (("A1", "Teapot", 2450), ("B2", "Kettle", 3990), ("C3", "Cup", 890), ("D4", "Tray", 1500))
_TABLES = """
create table if not exists items (sku text primary key, name text not null, cents integer not null);
create table if not exists orders (
  id text primary key, cents integer not null, provider text not null, reference text not null
);
create table if not exists doubts (id text primary key);
"""


class Stock:
    """The file; every thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        with self._connection() as connection:
            # Readers do not wait for a writer, and a write does not wait for the disk.
            connection.execute("pragma journal_mode = wal")
            connection.executescript(_TABLES)
            # The demo's bank forgets with its process; the books of earlier runs it cannot confirm.
            (self._before,) = connection.execute("select coalesce(max(rowid), 0) from orders").fetchone()
            connection.executemany("insert or replace into items values (?, ?, ?)", _ITEMS)

    def items(self) -> list[dict[str, object]]:
        """Return everything that is on sale."""
        rows = self._connection().execute("select sku, name, cents from items order by sku")
        return [{"sku": sku, "name": name, "cents": cents} for sku, name, cents in rows]

    def price(self, sku: str) -> int | None:
        """Return an item's price in cents; None if there is no such item."""
        row = self._connection().execute("select cents from items where sku = ?", (sku,)).fetchone()
        return None if row is None else row[0]

    def record(self, order: Order, held: Held) -> None:
        """Write down who holds the money of an order: that, and nothing else, is captured at shipping."""
        row = (order.id, order.amount, held.provider, held.reference)
        with self._connection() as connection:
            connection.execute("insert into orders values (?, ?, ?, ?)", row)

    def doubt(self, order: Order) -> None:
        """Write down that money may be held for an order where the shop does not know of it."""
        with self._connection() as connection:
            connection.execute("insert or ignore into doubts values (?)", (order.id,))

    def doubts(self) -> set[str]:
        """Return the ids of the orders in doubt."""
        return {row[0] for row in self._connection().execute("select id from doubts")}

    def orders(self) -> list[tuple[str, str]]:
        """Return the id of each order that was taken since the shop started, and who holds its money."""
        rows = self._connection().execute("select id, provider from orders where rowid > ?", (self._before,))
        return rows.fetchall()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=5.0)
            connection.execute("pragma synchronous = normal")
            self._local.connection = connection
        return connection
