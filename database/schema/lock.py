"""The one lock under which the schema is changed, by a push or a migration.

A session-level advisory lock: PostgreSQL releases it when the session ends, however it ends.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.base.base import BaseDatabaseWrapper

from .state import TableName

KEY = int.from_bytes(b"prodobit", "big")
"""The number of the lock. Advisory locks are per database, so one number serves all."""

POLL = 0.25
"""Seconds between two attempts."""

HOLDER = """
SELECT a.pid, a.usename, a.application_name, host(a.client_addr), a.backend_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = (%(key)s >> 32)::bit(32)::bigint::oid
  AND l.objid = (%(key)s & 4294967295)::oid
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A database session of somebody.

    ``since`` is when it began (of a push or a migration: when that began), None if this role may
    not know. ``host`` is "" for a connection over a local socket.
    """

    pid: int
    user: str
    application: str
    host: str
    since: datetime | None

    def describe(self) -> str:
        """Return process, application, user, host and time in one phrase."""
        where = f" from {self.host}" if self.host else ""
        since = f"{self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else "an unknown time"
        return (
            f"process {self.pid} ({self.application or 'unnamed'}, user {self.user}{where}), "
            f"since {since}"
        )


@contextmanager
def hold(
    connection: BaseDatabaseWrapper,
    *,
    application: str,
    on_wait: Callable[[Session | None], None],
) -> Iterator[None]:
    """Hold the lock while the block runs; wait as long as another session has it.

    Args:
        connection: The connection that will do the work. It must not be inside of a transaction,
            and must reach the same server session throughout (no transaction pooling).
        application: What the session is called meanwhile, for those who wait for it.
        on_wait: Called once for every session that is waited for; with None if its owner could
            not be told.

    Side effects:
        Takes and releases a session-level advisory lock; sets ``application_name``.
    """
    reported: set[int] = set()
    while not _try(connection, application):
        holder = find_holder(connection)
        if (holder.pid if holder else 0) not in reported:
            reported.add(holder.pid if holder else 0)
            on_wait(holder)
        time.sleep(POLL)
    try:
        yield
    finally:
        # A connection that is gone has released the lock already.
        if connection.connection is not None and not connection.connection.closed:
            _release(connection)


def _try(connection: BaseDatabaseWrapper, application: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_lock(%s), set_config('application_name', %s, false)",
            [KEY, application],
        )
        return bool(cursor.fetchone()[0])


def _release(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def find_holder(connection: BaseDatabaseWrapper) -> Session | None:
    """Return the session that holds the lock, or None if nobody does (any more)."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, {"key": KEY})
        row = cursor.fetchone()
    if row is None:
        return None
    pid, user, application, host, since = row
    return Session(pid, user or "", application or "", host or "", since)


BLOCKERS = """
SELECT DISTINCT a.pid, a.usename, a.application_name, host(a.client_addr), a.xact_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()
  AND l.relation IN (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN unnest(%(schemas)s::text[], %(names)s::text[]) AS wanted (schema, name)
        ON c.relname = wanted.name
       AND (n.nspname = wanted.schema
            OR (wanted.schema = '' AND n.nspname = ANY (current_schemas(false))))
  )
ORDER BY a.xact_start
"""


def find_blockers(connection: BaseDatabaseWrapper, tables: Sequence[TableName]) -> list[Session]:
    """Return the sessions that hold a lock on one of the tables, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            BLOCKERS,
            {"schemas": [name.schema for name in tables], "names": [name.name for name in tables]},
        )
        return [
            Session(pid, user or "", application or "", host or "", since)
            for pid, user, application, host, since in cursor.fetchall()
        ]
