"""Poolers between us and the server: telling them, and going past them.

A session-level lock or setting is worth nothing where the next transaction may be run by another
session. https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper

ROUNDS = 6
"""How often two connections are looked at to find out whether they share server sessions."""

REFUSAL = (
    "The server is reached through a pooler that gives its sessions to several clients in turn "
    "(PgBouncer's transaction or statement mode), so that nothing would keep others from changing "
    "the schema at the same time. Set DB_DIRECT_HOST and DB_DIRECT_PORT to PostgreSQL itself: "
    "commands that change the schema connect there."
)


@contextmanager
def bypassed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let a connection lead to the server that ``DIRECT`` of its settings names, in the block.

    Side effects:
        Closes the connection before and after, if it leads elsewhere otherwise.
    """
    settings = connection.settings_dict
    direct = settings.get("DIRECT")
    if not direct:
        yield
        return
    options = settings["OPTIONS"] | direct.get("OPTIONS", {})
    connection.close()
    # A dictionary of its own: threads share the one that was there.
    connection.settings_dict = {**settings, **direct, "OPTIONS": options}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = settings


def is_between(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether there is a pooler: it makes up the process number that a client is told.

    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
    """
    return connection.info.backend_pid != _process(connection)


def shares_sessions(one: psycopg.Connection[Any], other: psycopg.Connection[Any]) -> bool:
    """Tell whether a pooler lets other clients use a session between two transactions.

    In session mode each connection keeps its session. Otherwise a session that is idle goes to
    whoever begins a transaction next, which is the other connection here; or, where sessions are
    used in turn, each connection has another one each time.
    """
    seen, others = set(), set()
    for _ in range(ROUNDS):
        seen.add(_process(one))
        first = _process(one)
        try:
            with other.transaction():
                second = _process(other)
        except psycopg.OperationalError:
            # Statement mode refuses transactions.
            return True
        seen.add(first)
        others.add(second)
        if first == second or len(seen) > 1 or len(others) > 1:
            return True
    return False


def _process(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])
