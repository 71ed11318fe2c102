"""One question to PostgreSQL on a connection of its own, answered or given up within a deadline.

psycopg's own connections cannot promise that: their ``connect_timeout`` is two seconds at the
least and counts for each host, and a query waits for as long as the server keeps silent. So this
module drives libpq's non-blocking calls itself.

https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNECTSTARTPARAMS
"""

from __future__ import annotations

import selectors
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import Error as PsycopgError
from psycopg.conninfo import conninfo_attempts, make_conninfo
from psycopg.pq import Conninfo, ConnStatus, DiagnosticField, ExecStatus, PGconn, PollingStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg.pq.abc import PGconn as Connection

HEAD_START = 0.3
"""Seconds a host has before the next one is tried beside it."""
CANCEL_EARLY = 0.1
"""Seconds by which the server gives up before we do, so that it can still say so."""
GONE_CLASSES = ("08", "57P")
"""SQLSTATE beginnings with which a server says that the connection or itself is ending.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""


class UnreachableError(Exception):
    """No server could be reached, or it stopped answering; the message says why."""


class QueryRefusedError(Exception):
    """The server is there and answered with an error; the message is the server's.

    Attributes:
        sqlstate: The error's five-character code.
    """

    def __init__(self, message: str, sqlstate: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock until which work may take.

    Attributes:
        seconds: How long the work may take altogether.
    """

    seconds: float
    _begun: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds left; below zero when it has passed."""
        return self._begun + self.seconds - time.monotonic()


def ask(params: Mapping[str, Any], query: str, seconds: float) -> list[tuple[str, ...]]:
    """Open a connection, run one query, close the connection.

    Several hosts are tried as libpq would, but none can use up the time of the others: each has a
    head start and is then tried beside its followers; the first that accepts is asked.

    Args:
        params: Connection parameters, such as Django's ``get_connection_params()`` gives; those
            that libpq does not know are left out.
        query: One SELECT without NULLs in its result.
        seconds: How long all of it may take. Resolving a host name is not interrupted, so call
            this in a thread that can be left behind.

    Returns:
        The rows, as text.

    Raises:
        UnreachableError: No connection, or no answer, in that time.
        QueryRefusedError: The server answered with an error.
    """
    deadline = Deadline(seconds)
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    try:
        attempts = conninfo_attempts({k: v for k, v in params.items() if k in known})
        connection = _Race(attempts, deadline).run()
    except PsycopgError as error:
        raise UnreachableError(_one_line(str(error))) from None
    try:
        return _query(connection, query, deadline)
    except PsycopgError as error:
        raise UnreachableError(_one_line(str(error))) from None
    finally:
        connection.finish()


class _Race:
    """Connection attempts that start one after another and run beside each other."""

    def __init__(self, attempts: list[dict[str, Any]], deadline: Deadline) -> None:
        self.waiting = attempts[::-1]
        self.running: list[Connection] = []
        self.failures: list[str] = []
        self.deadline = deadline
        self.head_start = Deadline(0)

    def run(self) -> Connection:
        """Return the first connection that stands; close all others."""
        with selectors.DefaultSelector() as selector:
            try:
                while self.deadline.left > 0:
                    if self.waiting and (not self.running or self.head_start.left <= 0):
                        self._start(selector)
                    elif not self.running:
                        raise UnreachableError("; ".join(dict.fromkeys(self.failures)))
                    if winner := self._wait(selector):
                        self.running.remove(winner)
                        return winner
                raise UnreachableError(self._given_up())
            finally:
                for connection in self.running:
                    connection.finish()

    def _start(self, selector: selectors.BaseSelector) -> None:
        self.head_start = Deadline(HEAD_START)
        params = self.waiting.pop()
        connection = PGconn.connect_start(make_conninfo("", **params).encode())
        if connection.status == ConnStatus.BAD:
            self._lose(connection)
        else:
            self.running.append(connection)
            selector.register(connection.socket, selectors.EVENT_WRITE, connection)

    def _wait(self, selector: selectors.BaseSelector) -> Connection | None:
        if not self.running:
            return None
        pause = (
            min(self.deadline.left, self.head_start.left) if self.waiting else self.deadline.left
        )
        for key, _ in selector.select(max(pause, 0)):
            connection: Connection = key.data
            # libpq may close this socket and open another: never leave it registered.
            selector.unregister(key.fd)
            status = connection.connect_poll()
            if status == PollingStatus.OK:
                return connection
            if status == PollingStatus.FAILED:
                self.running.remove(connection)
                self._lose(connection)
            else:
                reading = status == PollingStatus.READING
                event = selectors.EVENT_READ if reading else selectors.EVENT_WRITE
                selector.register(connection.socket, event, connection)
        return None

    def _lose(self, connection: Connection) -> None:
        self.failures.append(_one_line(connection.get_error_message()))
        connection.finish()

    def _given_up(self) -> str:
        silent = [
            f"no answer from {connection.host.decode()} port {connection.port.decode()}"
            f" within {self.deadline.seconds:g} seconds"
            for connection in self.running
        ]
        return "; ".join(dict.fromkeys(self.failures + silent))


def _query(connection: Connection, query: str, deadline: Deadline) -> list[tuple[str, ...]]:
    patience = max(int((deadline.left - CANCEL_EARLY) * 1000), 1)
    # Two statements sent as one are one transaction, so that the setting ends with it and does
    # not stay behind in the connection of a pooler. It is no start-up option: poolers refuse those.
    connection.send_query(f"SET LOCAL statement_timeout = {patience}; {query}".encode())
    rows: list[tuple[str, ...]] = []
    refusal = None
    with selectors.DefaultSelector() as selector:
        selector.register(connection.socket, selectors.EVENT_READ)
        while True:
            while connection.is_busy():
                if deadline.left <= 0:
                    raise UnreachableError(
                        f"{connection.host.decode()} port {connection.port.decode()} accepted the"
                        f" connection and then did not answer within {deadline.seconds:g} seconds"
                    )
                if selector.select(deadline.left):
                    connection.consume_input()
            result = connection.get_result()
            if result is None:
                break
            if result.status == ExecStatus.TUPLES_OK:
                rows = [
                    tuple(
                        (result.get_value(row, column) or b"").decode()
                        for column in range(result.nfields)
                    )
                    for row in range(result.ntuples)
                ]
            elif result.status != ExecStatus.COMMAND_OK:
                sqlstate = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
                refusal = QueryRefusedError(_one_line(result.get_error_message()), sqlstate)
    if refusal is None:
        return rows
    if not refusal.sqlstate or refusal.sqlstate.startswith(GONE_CLASSES):
        raise UnreachableError(str(refusal))
    raise refusal


def _one_line(message: str) -> str:
    return " ".join(message.split())
