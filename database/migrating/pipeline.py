"""Sending a migration's statements without waiting for each of them to end.

While PostgreSQL creates one table, the models of the next are rendered. What is sent, in which
order and in which transaction stays the same; only the answers are read later.
"""

from __future__ import annotations

import logging
import re
import selectors
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import capabilities
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from database.migrating.statements import Watcher
from database.migrating.timeouts import Timeouts

LONGEST = 256
"""How many statements may be on their way."""

INTERVAL = 0.001
"""Seconds between two looks at the answers, while statements are sent."""

CANCEL_TIMEOUT = 2.0
"""Seconds that the server has to take note of a cancellation."""

CANCELLATIONS = 3
"""How often one is sent."""

# Nobody reads an answer of these. A semicolon may make several statements of one, which the
# protocol for pipelines does not allow.
# https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
UNANSWERED = re.compile(
    r"(?:CREATE (?:TABLE|(?:UNIQUE )?INDEX)|ALTER (?:TABLE|INDEX|SEQUENCE)"
    r"|DROP (?:TABLE|INDEX|SEQUENCE)|COMMENT ON) (?!CONCURRENTLY )[^;]*\Z"
)

Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""One that asks the system for nothing but to wait."""

_logger = logging.getLogger("django.db.backends")


class Pipeline:
    """Sends statements ahead: a wrapper of statements as Django has them.

    Before anything else is executed on the connection all answers are read, and the first error
    among them is raised.

    Args:
        connection: A connection to PostgreSQL, in a transaction for as long as this is used.
        watcher: Told what was sent and what has ended.
    """

    def __init__(self, connection: BaseDatabaseWrapper, watcher: Watcher) -> None:
        self.connection = connection
        self.watcher = watcher
        self._is_open = False
        self._is_ending = False
        self._pending: deque[bool] = deque()  # Whether each is a statement of the migration.
        self._error: PGresult | None = None
        self._encoding = "utf-8"
        self._looked = 0.0
        self._resting = False

    @property
    def _pgconn(self) -> PGconn:
        found: PGconn = self.connection.connection.pgconn
        return found

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Send a statement, or execute it if somebody may want its answer.

        https://docs.djangoproject.com/en/6.1/topics/db/instrumentation/
        """
        unanswered = isinstance(sql, str) and params is None and UNANSWERED.match(sql)
        if not unanswered or self._resting or not (self._is_open or self._may_open()):
            self.drain()
            return execute(sql, params, many, context)
        self.connection.validate_no_broken_transaction()
        with self.connection.wrap_database_errors, self._failing():
            self._send(sql)
        if self._error is not None or len(self._pending) >= LONGEST:
            self.drain()
        return None

    def _may_open(self) -> bool:
        connection: psycopg.Connection[Any] = self.connection.connection
        status = connection.pgconn.transaction_status
        if status == TransactionStatus.IDLE:
            # The driver begins a transaction with its first statement: so does this, if it is one
            # of the plain kind.
            kind = (connection.isolation_level, connection.read_only, connection.deferrable)
            return not connection.autocommit and kind == (None, None, None)
        return status == TransactionStatus.INTRANS

    def _send(self, sql: str) -> None:
        pgconn = self._pgconn
        if not self._is_open:
            begins = pgconn.transaction_status == TransactionStatus.IDLE
            self._encoding = self.connection.connection.info.encoding
            self._is_open = True
            pgconn.enter_pipeline_mode()
            if begins:
                self._pending.append(False)
                pgconn.send_query_params(b"BEGIN", None)
        self._pending.append(True)
        self.watcher.sent(sql)
        pgconn.send_query_params(sql.encode(self._encoding), None)
        # Else the server keeps its answers to itself until it is asked for all of them.
        pgconn.send_flush_request()
        pgconn.flush()
        if time.monotonic() - self._looked >= INTERVAL:
            pgconn.consume_input()
            self._read()

    def _read(self) -> bool:
        """Take note of the answers that are here, and return whether they are the last ones."""
        self._looked = time.monotonic()
        pgconn, ended = self._pgconn, False
        while not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                # Behind every answer is one mark that it has ended; two, and no more is here.
                if ended:
                    break
                ended = True
                continue
            ended = False
            if result.status == ExecStatus.PIPELINE_SYNC:
                return True
            if self._error is None:
                is_statement = self._pending.popleft()
                if result.status == ExecStatus.FATAL_ERROR:
                    self._error = result
                    self._refuse()
                elif is_statement:
                    self.watcher.ended()
        return False

    def _refuse(self) -> None:
        """Take note that what was sent has come to nothing, from the first pending statement on."""
        if self.watcher.awaits():
            self.watcher.refused()

    def drain(self) -> None:
        """Wait until everything that was sent has ended.

        Raises:
            django.db.Error: A statement failed; those after it were not executed.
        """
        if not self._is_open:
            return
        with self.connection.wrap_database_errors, self._failing():
            try:
                self._wait(None)
            except psycopg.OperationalError:
                if self._error is None:
                    raise  # Else the server has said why it ends the session.
            error, self._error = self._error, None
            if error is not None:
                raise error_from_result(error, encoding=self._encoding)

    def _wait(self, timeout: float | None) -> None:
        """Read all answers, and leave the mode.

        Raises:
            psycopg.OperationalError: They have not come in time.
        """
        pgconn = self._pgconn
        if not self._is_ending:
            pgconn.pipeline_sync()
            self._is_ending = True
        with Selector() as selector:
            key = selector.register(pgconn.socket, selectors.EVENT_READ)
            while not self._read():
                events = selectors.EVENT_READ
                if pgconn.flush():
                    events |= selectors.EVENT_WRITE
                if key.events != events:
                    key = selector.modify(pgconn.socket, events)
                if not selector.select(timeout):
                    raise psycopg.OperationalError("the server does not answer")
                pgconn.consume_input()
        pgconn.exit_pipeline_mode()
        self._is_open = self._is_ending = False
        self._pending.clear()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Leave the connection as it is after a failure of a single statement, or closed."""
        try:
            yield
        except BaseException:
            if self._is_open:
                # Interrupted, or the connection is lost.
                self._abandon()
            raise

    def _abandon(self) -> None:
        """End what runs on the server, whose outcome nobody waits for any more."""
        if not self._is_cancelled():
            # The session ends with it, and so does the transaction.
            self._pgconn.finish()
            self._refuse()
        self._is_open = self._is_ending = False
        self._pending.clear()
        self._error = None

    def _is_cancelled(self) -> bool:
        for _ in range(CANCELLATIONS):
            if self._pgconn.status == ConnStatus.BAD:
                break
            # One that comes between two statements does nothing.
            with suppress(psycopg.Error):
                self.connection.connection.cancel_safe(timeout=CANCEL_TIMEOUT)
                self._wait(CANCEL_TIMEOUT)
                return True
        return False

    @contextmanager
    def resting(self) -> Iterator[None]:
        """Execute everything in its turn in the block."""
        self.drain()
        before, self._resting = self._resting, True
        try:
            yield
        finally:
            self._resting = before

    @contextmanager
    def used(self) -> Iterator[None]:
        """Send ahead what is executed in the block; everything has ended at its end."""
        wrappers = self.connection.execute_wrappers
        wrappers.insert(0, self)
        try:
            yield
            self.drain()
        except Exception:
            # What was sent before came first, and so does its error.
            self.drain()
            raise
        except BaseException:
            if self._is_open:
                self._abandon()
            raise
        finally:
            wrappers.remove(self)


class _Unused(Pipeline):
    """Executes everything in its turn."""

    @contextmanager
    def used(self) -> Iterator[None]:
        yield


def make(schema_editor: Any, watcher: Watcher, *, known: bool) -> Pipeline:
    """Return a pipeline for a schema editor that has been entered.

    It sends nothing ahead where the statements are not in one transaction, or somebody looks at
    each as it is executed.

    Args:
        schema_editor: The schema editor.
        watcher: Told what was sent and what has ended.
        known: Whether whoever runs the operations lets it rest for those that nobody knows.
    """
    connection = schema_editor.connection
    can = (
        known
        and connection.vendor == "postgresql"
        and schema_editor.atomic_migration
        and connection.in_atomic_block
        and capabilities.has_pipeline()
        and not connection.force_debug_cursor
        and not _logger.isEnabledFor(logging.DEBUG)
        and all(isinstance(each, Watcher | Timeouts) for each in connection.execute_wrappers)
    )
    return Pipeline(connection, watcher) if can else _Unused(connection, watcher)


def pipeline_of(connection: BaseDatabaseWrapper) -> Pipeline:
    """Return the pipeline that a connection uses; one that is never used, where it uses none."""
    for wrapper in connection.execute_wrappers:
        if isinstance(wrapper, Pipeline):
            return wrapper
    return _Unused(connection, Watcher())
