"""What a migration sends to PostgreSQL: every statement, its time, and the operation it is of.

The live view reads what is running, the failure report what has failed, the history what has run.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.ddl_references import Statement as Deferred
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation

from database.schema.statement import ends_transaction, without_values

SAVEPOINTS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, as PostgreSQL got it, but for what may be a value of a row.

    Attributes:
        sql: Its text, with ``%s`` for each parameter, and ``…`` for each constant in a statement
            that reads or writes rows.
        operation: The number of the operation that it is of, from 1. Where a migration is run
            backwards they are numbered as in its file all the same. None where nobody could tell,
            as of a migration with an ``apply()`` of its own.
        started: When it was (first) sent.
        seconds: How long it took (altogether); None while it runs.
        times: How often it was sent. One with parameters is kept once for each operation.
        failed: Whether PostgreSQL refused it, or it was interrupted.
    """

    sql: str
    operation: int | None
    started: datetime
    seconds: float | None = None
    times: int = 1
    failed: bool = False


@dataclass
class Run:
    """One attempt to run a migration.

    Attributes:
        migration: The migration.
        backwards: Whether it is taken back.
        started: When the attempt began.
        statements: What was sent, in order; not what recorded it in a history, and no savepoints.
        operation: The number of the operation that runs, from 1, None between two of them. It
            stays what it was when an operation fails.
        finished: The numbers of the operations that have run to their end.
        seconds: How long it took; None until it has succeeded.
        attempt: Its number, from 1.
        in_one: Whether the engine runs migrations in one transaction, if they are atomic.
    """

    migration: Migration
    backwards: bool
    started: datetime
    attempt: int = 1
    statements: list[Statement] = field(default_factory=list)
    operation: int | None = None
    finished: list[int] = field(default_factory=list)
    seconds: float | None = None
    in_one: bool = True
    _begun: float = field(default_factory=time.monotonic, repr=False)
    _repeated: dict[tuple[int | None, str], int] = field(default_factory=dict, repr=False)
    _deferred: list[tuple[Any, int]] = field(default_factory=list, repr=False)
    _deferred_texts: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def elapsed(self) -> float:
        """Seconds since the attempt began, or that it took."""
        return time.monotonic() - self._begun if self.seconds is None else self.seconds

    @property
    def is_atomic(self) -> bool:
        """Whether it stays as a whole or not at all: it may have ended its transaction by SQL."""
        return (
            bool(self.migration.atomic)
            and self.in_one
            and not any(ends_transaction(statement.sql) for statement in self.statements)
        )

    def described(self, number: int) -> Operation:
        """Return an operation by its number."""
        operation: Operation = self.migration.operations[number - 1]
        return operation


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A statement that was sent and has not ended.

    Attributes:
        statement: The statement.
        run: The run that it is of, if it is taken down.
        within: The operation that ran when it was sent.
    """

    statement: Statement
    run: Run | None
    within: int | None


class Watcher:
    """Takes down what a connection sends while migrations run on it; see ``watch()``.

    Another thread may read ``run`` and ``current`` at any time.

    Attributes:
        run: The migration that runs, or was the last to; None before the first.
        runs: Those that were run to their end, in order.
        current: The statement that is being executed, None between two of them.
        current_since: Of ``time.monotonic()``; only of use with ``current``.
    """

    def __init__(self) -> None:
        self.run: Run | None = None
        self.runs: list[Run] = []
        self.current: Statement | None = None
        self.current_since = 0.0
        self._recording = False
        self._ahead: deque[_Ahead] = deque()

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Execute a statement and take it down: a wrapper as Django has them.

        https://docs.djangoproject.com/en/6.1/topics/db/instrumentation/
        """
        text = _text(sql, params, context["connection"])
        run = self.run if self._recording and not text.startswith(SAVEPOINTS) else None
        statement = Statement(without_values(text), self._operation_of(text), datetime.now(UTC))
        before, since = self.current, self.current_since
        self.current, self.current_since = statement, time.monotonic()
        failed = True
        try:
            result = execute(sql, params, many, context)
            failed = False
            return result
        finally:
            seconds = time.monotonic() - self.current_since
            if run is not None:
                _add(run, replace(statement, seconds=seconds, failed=failed), bool(params) or many)
            self.current, self.current_since = before, since

    def sent(self, sql: str) -> None:
        """Take down a statement that is sent before those sent earlier have ended."""
        statement = Statement(without_values(sql), self._operation_of(sql), datetime.now(UTC))
        run = self.run if self._recording else None
        self._ahead.append(_Ahead(statement, run, run.operation if run is not None else None))
        if run is not None:
            run.statements.append(statement)
        if len(self._ahead) == 1:
            self.current, self.current_since = statement, time.monotonic()

    def awaits(self) -> bool:
        """Tell whether a statement that was sent has not ended."""
        return bool(self._ahead)

    def ended(self) -> None:
        """Take down that the first of the statements that were sent and have not ended has."""
        self._end(failed=False)

    def refused(self) -> None:
        """Take down that the first statement that has not ended failed, and none after it ran."""
        ahead = self._end(failed=True)
        self._ahead.clear()
        self.current = None
        run = ahead.run
        if run is not None and ahead.within is not None:
            # Meanwhile later operations have run as far as they could without their statements.
            run.operation = ahead.within
            if ahead.within in run.finished:
                del run.finished[run.finished.index(ahead.within) :]

    def _end(self, *, failed: bool) -> _Ahead:
        ahead, now = self._ahead.popleft(), time.monotonic()
        if ahead.run is not None:
            statements = ahead.run.statements
            place = len(statements) - 1 - len(self._ahead)
            seconds = now - self.current_since
            statements[place] = replace(ahead.statement, seconds=seconds, failed=failed)
            if failed:
                del statements[place + 1 :]
        following = self._ahead[0].statement if self._ahead else None
        self.current, self.current_since = following, now
        return ahead

    def _operation_of(self, text: str) -> int | None:
        run = self.run
        if run is None or not self._recording:
            return None
        if run.operation is not None:
            return run.operation
        if not run._deferred_texts:
            # References in deferred SQL follow renames, so that its text is known only now.
            run._deferred_texts = {
                text: number for item, number in run._deferred for text in _texts(item)
            }
        return run._deferred_texts.get(text)

    @contextmanager
    def running(self, migration: Migration, *, backwards: bool, attempt: int = 1) -> Iterator[Run]:
        """Take down what is sent in the block as one attempt to run a migration."""
        self.run = run = Run(migration, backwards, datetime.now(UTC), attempt)
        self._recording = True
        try:
            yield run
        finally:
            self._recording = False
        run.seconds = run.elapsed
        self.runs.append(run)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take nothing down in the block: what is sent there is no part of the migration."""
        recording, self._recording = self._recording, False
        try:
            yield
        finally:
            self._recording = recording

    @contextmanager
    def operating(self, number: int, deferred: Sequence[Any]) -> Iterator[None]:
        """Say which operation the block runs.

        Args:
            number: Its place in the migration's list, from 1.
            deferred: The statements that the schema editor keeps for the end; what the operation
                adds to them is of that operation.
        """
        run = self.run
        if run is None:
            yield
            return
        count, last = len(deferred), deferred[-1] if deferred else None
        run.operation = number
        yield
        # Not in "finally": of an operation that fails the number is wanted.
        run.operation = None
        run.finished.append(number)
        run._deferred_texts.clear()
        if count and (len(deferred) < count or deferred[count - 1] is not last):
            # Some were taken away, so that the new ones are not simply those at the end.
            known = {id(item) for item, _ in run._deferred}
            new = [item for item in deferred if id(item) not in known]
        else:
            new = list(deferred[count:])
        run._deferred += [(item, number) for item in new]


def _texts(deferred: Any) -> list[str]:
    """Return the SQL of a deferred statement; of some engines it is several statements."""
    made = deferred.template % deferred.parts if isinstance(deferred, Deferred) else deferred
    return [str(each) for each in made] if isinstance(made, list) else [str(made)]


def _text(sql: Any, params: Any, connection: BaseDatabaseWrapper) -> str:
    text = sql if isinstance(sql, str) else sql.as_string(connection.connection)
    # With an empty list of parameters too, psycopg takes %% for %.
    return text.replace("%%", "%") if params is not None and not params else text


def _add(run: Run, statement: Statement, repeatable: bool) -> None:
    key = (statement.operation, statement.sql)
    place = run._repeated.get(key) if repeatable and not statement.failed else None
    if place is None:
        if repeatable:
            run._repeated[key] = len(run.statements)
        run.statements.append(statement)
        return
    earlier = run.statements[place]
    run.statements[place] = replace(
        earlier,
        seconds=(earlier.seconds or 0) + (statement.seconds or 0),
        times=earlier.times + 1,
    )


@contextmanager
def watch(connection: BaseDatabaseWrapper) -> Iterator[Watcher]:
    """Take down what migrations send over a connection in the block."""
    watcher = Watcher()
    with connection.execute_wrapper(watcher):
        yield watcher


def watcher_of(connection: BaseDatabaseWrapper) -> Watcher:
    """Return who watches a connection; somebody who is not asked, where nobody does."""
    for wrapper in connection.execute_wrappers:
        if isinstance(wrapper, Watcher):
            return wrapper
    return Watcher()


def describe(operation: Operation) -> str:
    """Return what an operation does, in its own words, and for Python the function's name."""
    text = str(operation.describe())
    name = getattr(getattr(operation, "code", None), "__name__", "")
    return f"{text} ({name})" if name else text
