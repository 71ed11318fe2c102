"""The one lock under which the schema is changed, by a push or a migration.

Session-level advisory locks: PostgreSQL releases them when the session ends, however it ends.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS

There are two. ``KEY`` is held on a connection that does nothing else, so that nothing that happens
to the working one can lose it. ``WORK`` is held by the working session itself: of a process that
was killed, the server goes on with the statement that runs, and until that ends nobody may begin.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import Error as DjangoError
from django.db.backends.base.base import BaseDatabaseWrapper

from . import pooler
from .errors import RefusedError
from .statement import in_one_line

if TYPE_CHECKING:
    from .state import TableName

KEY = int.from_bytes(b"prodobit", "big")
"""The number of the lock. Advisory locks are per database, so one number serves all."""

WORK = int.from_bytes(b"prodowrk", "big")
"""The number of the lock of the working session."""

POLL = 0.25
"""Seconds between two attempts."""

LOOK = 1.0
"""Seconds between two looks at who has it, which cost the server more than an attempt."""

REPEAT = 10.0
"""Seconds after which who waits is told again, if the one waited for does something else now."""

STATEMENT_WIDTH = 120
"""Characters of somebody else's statement that are shown."""

COLUMNS = """a.pid, a.usename, a.application_name, host(a.client_addr),
       coalesce(a.state, ''), coalesce(a.query, '')"""

HOLDERS = f"""
SELECT l.objid = (%(key)s & 4294967295)::oid, {COLUMNS}, a.backend_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid, l.objid) IN (
      ((%(key)s >> 32)::bit(32)::bigint::oid, (%(key)s & 4294967295)::oid),
      ((%(work)s >> 32)::bit(32)::bigint::oid, (%(work)s & 4294967295)::oid))
  AND l.pid <> ALL (%(mine)s)
ORDER BY 1, a.backend_start
"""

BLOCKERS = f"""
SELECT DISTINCT {COLUMNS}, a.xact_start
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

# The number is negative for a prepared transaction, which has no session.
BLOCKING = f"""
SELECT DISTINCT {COLUMNS}, a.xact_start
FROM unnest(pg_blocking_pids(%(pid)s)) AS blocking (pid) JOIN pg_stat_activity a USING (pid)
ORDER BY a.xact_start
"""


@dataclass(frozen=True, slots=True)
class Session:
    """A database session of somebody.

    ``since`` is when it began (of a push or a migration: when that began), or its transaction did;
    None if this role may not know. ``host`` is "" for a connection over a local socket.
    ``statement`` is what it runs, or has run last in an open transaction, without values of rows;
    "" if it does nothing, or this role may not know.
    """

    pid: int
    user: str
    application: str
    host: str
    since: datetime | None
    state: str = ""
    statement: str = ""

    def describe(self) -> str:
        """Return process, application, user, host, time and statement in one phrase."""
        where = f" from {self.host}" if self.host else ""
        since = f"{self.since:%Y-%m-%d %H:%M:%S %Z}" if self.since else "an unknown time"
        text = (
            f"process {self.pid} ({self.application or 'unnamed'}, user {self.user}{where}), "
            f"since {since}"
        )
        if self.statement and self.state == "active":
            return f"{text}, running: {self.statement}"
        if self.statement:
            return f"{text}, {self.state} after: {self.statement}"
        return text


@dataclass(frozen=True, slots=True)
class Held:
    """The lock while it is held.

    Attributes:
        connection: The connection that holds it, in autocommit mode. Another thread may use it to
            look at the working session.
        pid: The process number of the working session on the server.
    """

    connection: psycopg.Connection[Any]
    pid: int


def describe_wait(session: Session | None) -> str:
    """Return the sentence for who waits: for whom, and why."""
    whom = session.describe() if session else "a session that has just ended"
    return f"This schema is being changed; waiting for {whom}."


@contextmanager
def hold(
    connection: BaseDatabaseWrapper,
    *,
    application: str,
    on_wait: Callable[[Session | None], None],
    wait: float | None = None,
) -> Iterator[Held]:
    """Hold the lock while the block runs; wait as long as another session has it.

    Args:
        connection: The connection that will do the work. It must not be inside of a transaction.
        application: What the sessions are called meanwhile, for those who wait for them; the number
            of this process and the name of this host are added.
        on_wait: Called for every session that is waited for, and again when it does something
            else; with None if its owner could not be told.
        wait: Seconds after which to give up; None for never.

    Raises:
        RefusedError: A pooler shares sessions between clients, or ``wait`` is over.

    Side effects:
        Connects to the server once more, and past a pooler where DB_DIRECT_HOST is set; takes and
        releases session-level advisory locks; sets ``application_name``.
    """
    name = f"{application} {os.getpid()}@{socket.gethostname()}"
    with pooler.bypassed(connection):
        connection.ensure_connection()
        own = _connect_beside(connection)
        try:
            if pooler.is_between(own) and pooler.shares_sessions(own, connection.connection):
                raise RefusedError("prodobit.E801", pooler.REFUSAL)
            own.execute(
                "SELECT set_config('application_name', %s, false), "
                "set_config('idle_session_timeout', '0', false)",
                [name],
            )
            pid = _take(connection, own, name, on_wait, wait)
            try:
                yield Held(own, pid)
            finally:
                _release(connection, own)
        finally:
            own.close()


def _connect_beside(connection: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    """Connect to the very server that a connection is connected to."""
    params = connection.get_connection_params()
    there = connection.connection.info
    params |= {"host": there.host, "port": there.port}
    if there.hostaddr:
        params["hostaddr"] = there.hostaddr
    with connection.wrap_database_errors:
        return psycopg.connect(**params, autocommit=True)


def _take(
    connection: BaseDatabaseWrapper,
    own: psycopg.Connection[Any],
    name: str,
    on_wait: Callable[[Session | None], None],
    wait: float | None,
) -> int:
    """Take both locks, and return the process number of the working session."""
    started = time.monotonic()
    told: dict[int, tuple[float, str]] = {}
    has_key, pid, next_look = False, 0, 0.0
    while True:
        if not has_key:
            has_key = _one(own, "SELECT pg_try_advisory_lock(%s)", [KEY])[0]
        if has_key:
            has_work, pid, _ = _one(
                connection,
                "SELECT pg_try_advisory_lock(%s), pg_backend_pid(), "
                "set_config('application_name', %s, false)",
                [WORK, name],
            )
            if has_work:
                return int(pid)
        waited = time.monotonic() - started
        is_over = wait is not None and waited >= wait
        if is_over or waited >= next_look:
            session = find_holder(own, but=[own.info.backend_pid, pid])
            if is_over:
                raise RefusedError("prodobit.E802", _given_up(session, waited))
            next_look = waited + LOOK
            number, doing = (session.pid, session.statement) if session else (0, "")
            last = told.get(number)
            if last is None or (last[1] != doing and waited - last[0] >= REPEAT):
                told[number] = (waited, doing)
                on_wait(session)
        time.sleep(POLL if wait is None else min(POLL, max(wait - waited, 0.01)))


def _given_up(session: Session | None, waited: float) -> str:
    whom = session.describe() if session else "a session that has just ended"
    return (
        f"After {waited:.0f} s this schema is still being changed by {whom}. Nothing was changed. "
        "Try again when it is done, or wait longer."
    )


def _one(connection: Any, query: str, parameters: Sequence[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _release(connection: BaseDatabaseWrapper, own: psycopg.Connection[Any]) -> None:
    # Unlocked before the sessions end, because a session ends some time after its connection. One
    # that is gone has released its lock already.
    if connection.connection is not None and not connection.connection.closed:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({WORK}); RESET application_name")
        except DjangoError:
            connection.close()
    with suppress(psycopg.OperationalError):
        own.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def find_holder(
    connection: BaseDatabaseWrapper | psycopg.Connection[Any], but: Sequence[int] = ()
) -> Session | None:
    """Return the session that holds the lock, or None if nobody does (any more).

    Args:
        connection: Any connection to the database.
        but: Process numbers of sessions that do not count.

    Returns:
        The working session where there is one, else the one that only holds the lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, {"key": KEY, "work": WORK, "mine": list(but)})
        rows = cursor.fetchall()
    if not rows:
        return None
    since = rows[-1][-1]
    return _session((*rows[0][1:-1], since))


def find_blockers(connection: BaseDatabaseWrapper, tables: Sequence[TableName]) -> list[Session]:
    """Return the sessions that hold a lock on one of the tables, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            BLOCKERS,
            {"schemas": [name.schema for name in tables], "names": [name.name for name in tables]},
        )
        return [_session(row) for row in cursor.fetchall()]


def find_blocking(connection: psycopg.Connection[Any], pid: int) -> list[Session]:
    """Return the sessions that another one waits for, the oldest transaction first.

    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION
    """
    with connection.cursor() as cursor:
        cursor.execute(BLOCKING, {"pid": pid})
        return [_session(row) for row in cursor.fetchall()]


def _session(row: Sequence[Any]) -> Session:
    pid, user, application, host, state, query, since = row
    busy = state == "active" or state.startswith("idle in transaction")
    statement = in_one_line(query, STATEMENT_WIDTH) if busy else ""
    return Session(pid, user or "", application or "", host or "", since, state, statement)
