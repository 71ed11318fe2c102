"""What a database holds: schema, rows and sequences, without what differs by nature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

from database.schema import bookkeeping
from tests.cluster import Server
from tests.database.schema.contract.dump import pg_dump

OURS_ALONE = {bookkeeping.LEDGER}
RANDOM: Mapping[str, str] = {"django_migrations.applied": "the time of the migration"}
"""What differs in every project."""

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
SEQUENCES = (
    "SELECT sequencename, last_value FROM pg_sequences WHERE sequencename NOT LIKE %s ORDER BY 1"
)
MASKED = "(differs by nature)"


def everything(server: Server, name: str, random: Mapping[str, str] = RANDOM) -> dict[str, Any]:
    """Return the schema of a database, all rows, and where its sequences are.

    Args:
        server: The server.
        name: The database.
        random: Each ``table.column`` of which only is told whether it is NULL.

    Returns:
        ``dump``: the parts of pg_dump's schema; ``rows``: for each table, its rows in an order of
        their own; ``sequences``: their names and last numbers; ``history``: app and name of what
        django_migrations has, in its order.
    """
    parts = server.parameters()
    settings = {key: parts.get(key.lower(), "") for key in ("HOST", "PORT", "USER", "PASSWORD")}
    dump = [
        part
        for part in pg_dump({**settings, "NAME": name}).split("\n--\n-- Name: ")
        if not any(table in part for table in OURS_ALONE) and "restrict" not in part
    ]
    with server.connect(name) as connection:
        tables = sorted({table for (table,) in connection.execute(TABLES)} - OURS_ALONE)
        return {
            "dump": dump,
            "rows": {table: _rows(connection, table, random) for table in tables},
            "sequences": connection.execute(SEQUENCES, [f"{bookkeeping.LEDGER}%"]).fetchall(),
            "history": connection.execute(
                "SELECT app, name FROM django_migrations ORDER BY id"
            ).fetchall(),
        }


def _rows(
    connection: psycopg.Connection, table: str, random: Mapping[str, str]
) -> list[dict[str, Any]]:
    query = sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(table))
    rows = []
    for (row,) in connection.execute(query):
        rows.append(
            {
                name: MASKED if f"{table}.{name}" in random and value is not None else value
                for name, value in row.items()
            }
        )
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
