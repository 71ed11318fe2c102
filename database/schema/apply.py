"""A plan → the database: one transaction, a timeout for every lock, and a proof before COMMIT."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    transaction,
)
from django.db import (
    Error as DjangoError,
)
from django.db.backends.base.base import BaseDatabaseWrapper

from . import catalog, diff, enum_changes, journal
from .changes import Change, Plan
from .failure import OutdatedError, PushError, Report, report
from .lock import Session, find_blockers
from .patience import RETRIES, is_blocked, pause_after, sqlstate_of
from .plan import Planner, unknown_names
from .state import Schema, TableName

BATCH = 100
"""Statements sent at once. Below this number in all, each is sent by itself."""

OUTDATED = "PB001"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a push has done.

    Attributes:
        statements: How many statements ran.
        attempts: How many times the transaction was tried.
        seconds: From the start of the first attempt to the end of COMMIT.
    """

    statements: int
    attempts: int
    seconds: float


@dataclass(frozen=True)
class Hooks:
    """What others do in the course of a push; each may be left out.

    Attributes:
        first: Runs in the transaction, before the changes.
        last: Runs in the transaction, after the changes were proven.
        on_retry: Told the number of the attempt that failed, the seconds until the next one, and
            who is in the way.
        on_progress: Told how many statements have run, and how many there are.
    """

    first: Callable[[], None] | None = None
    last: Callable[[], None] | None = None
    on_retry: Callable[[int, float, list[Session]], None] | None = None
    on_progress: Callable[[int, int], None] | None = None


def run(
    planner: Planner, plan: Plan, *, lock_timeout: float, hooks: Hooks, retries: int = RETRIES
) -> Outcome:
    """Carry out a plan, or change nothing.

    Args:
        planner: What made the plan.
        plan: The plan; it has no open questions and no obstacles.
        lock_timeout: Seconds that a statement may wait for a lock.
        hooks: What else happens.
        retries: How often the transaction is tried again when a lock cannot be had.

    Raises:
        PushError: A statement failed, a lock could not be had, or the result is not what the
            models say. Nothing was changed.
        OutdatedError: The data is no longer what the plan was made for. Nothing was changed.

    Side effects:
        Changes the database and writes the push journal.
    """
    started = time.monotonic()
    connection = planner.connection
    for attempt in range(1, retries + 2):
        try:
            _attempt(planner, plan, lock_timeout, hooks, started)
        except _BlockedError as blocked:
            names = sorted({change.table for change in plan.changes})
            sessions = find_blockers(connection, names)
            if attempt > retries:
                raise PushError(_blocked(blocked, sessions, attempt, lock_timeout)) from blocked
            pause = pause_after(attempt)
            if hooks.on_retry is not None:
                hooks.on_retry(attempt, pause, sessions)
            time.sleep(pause)
        else:
            return Outcome(len(plan.statements()), attempt, time.monotonic() - started)
    raise AssertionError(retries)


class _BlockedError(Exception):
    """A lock could not be had in time."""

    def __init__(self, change: Change | None, statement: str, error: DjangoError) -> None:
        super().__init__(str(error))
        self.change = change
        self.statement = statement
        self.error = error


def _attempt(
    planner: Planner, plan: Plan, lock_timeout: float, hooks: Hooks, started: float
) -> None:
    connection = planner.connection
    transaction_id = None
    try:
        with transaction.atomic(using=connection.alias):
            _set_timeout(connection, lock_timeout)
            if hooks.first is not None:
                hooks.first()
                _set_timeout(connection, lock_timeout)
            _guard(connection, plan)
            statements = plan.statements()
            _run_statements(connection, statements, hooks.on_progress)
            live = verify(planner, plan)
            if hooks.last is not None:
                hooks.last()
            journal.write(connection, _entry(planner, plan, statements, live, started))
            transaction_id = _transaction_id(connection)
    except (OperationalError, InterfaceError) as error:
        if is_blocked(error):
            raise _BlockedError(None, "", error) from error
        if transaction_id is not None and _was_committed(connection, transaction_id):
            return
        raise PushError(report(error)) from error
    except DatabaseError as error:
        if is_blocked(error):
            raise _BlockedError(None, "", error) from error
        raise PushError(report(error)) from error


def _set_timeout(connection: BaseDatabaseWrapper, seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(seconds * 1000)}ms"])


def _guard(connection: BaseDatabaseWrapper, plan: Plan) -> None:
    with connection.cursor() as cursor:
        for sql in plan.guards:
            try:
                cursor.execute(sql)
            except DatabaseError as error:
                if sqlstate_of(error) == OUTDATED:
                    raise OutdatedError(str(error)) from error
                if is_blocked(error):
                    raise _BlockedError(None, sql, error) from error
                raise PushError(report(error, None, sql)) from error


def _run_statements(
    connection: BaseDatabaseWrapper,
    statements: list[tuple[Change, str]],
    on_progress: Callable[[int, int], None] | None,
) -> None:
    size = BATCH if len(statements) > BATCH else 1
    for start in range(0, len(statements), size):
        batch = statements[start : start + size]
        if size == 1:
            _run_one(connection, *batch[0])
        else:
            _run_batch(connection, batch)
        if on_progress is not None:
            on_progress(min(start + size, len(statements)), len(statements))


def _run_batch(connection: BaseDatabaseWrapper, batch: list[tuple[Change, str]]) -> None:
    """Send statements at once; if one fails, send them one by one to find which."""
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(";\n".join(sql for _, sql in batch))
    except DatabaseError as error:
        if not sqlstate_of(error):
            raise PushError(report(error)) from error
        for change, sql in batch:
            _run_one(connection, change, sql)


def _run_one(connection: BaseDatabaseWrapper, change: Change, sql: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        if is_blocked(error):
            raise _BlockedError(change, sql, error) from error
        raise PushError(report(error, change, sql)) from error


def verify(planner: Planner, plan: Plan) -> Schema:
    """Read the catalog again and compare it with the models.

    Args:
        planner: What made the plan.
        plan: The plan that was carried out in the transaction that is open.

    Returns:
        What was read: the tables of the models.

    Raises:
        PushError: Something differs that the plan did not leave alone.
    """
    connection = planner.connection
    dropped = {name for name, value in plan.objects.items() if value is None}
    live = catalog.read(connection, tables={*plan.tables, *dropped})
    compared = diff.compare(live, planner.declared, connection=connection)
    left_alone = {(item.table, item.column, item.name) for item in (*plan.unknown, *plan.carried)}
    remaining = [
        difference
        for difference in compared.differences
        if (difference.table, *unknown_names(difference)) not in left_alone
    ]
    enums = enum_changes.differing(connection, planner.apps, planner.app_labels, live)
    before = set(plan.unsettled)
    unsettled = [item for item in compared.unsettled if item.describe() not in before]
    if remaining or enums or (unsettled and live.can_create_temporary):
        lines = [item.describe() for item in remaining] + enums
        lines += [item.describe() for item in unsettled]
        raise PushError(
            Report(
                "prodobit.E612",
                None,
                "",
                "The database would not be what the models say.",
                "",
                "; ".join(lines),
                "",
                "Please report this with the models concerned; push --sql shows the statements.",
            )
        )
    return live


def _entry(
    planner: Planner,
    plan: Plan,
    statements: Iterable[tuple[Change, str]],
    live: Schema,
    started: float,
) -> journal.Entry:
    left_alone = {(item.table, item.name) for item in (*plan.unknown, *plan.carried)}
    by_name = live.by_name()
    objects: dict[TableName, dict[str, Any] | None] = {}
    for name, content in plan.objects.items():
        if content is None:
            objects[name] = None
            continue
        table = by_name[name]
        objects[table.name] = content | {
            "objects": [
                item.name
                for item in (*table.constraints, *table.indexes)
                if (table.name, item.name) not in left_alone
            ]
        }
    return journal.Entry(
        tuple(planner.app_labels),
        tuple(change.describe() for change in plan.changes),
        plan.renames,
        ";\n".join(sql for _, sql in statements),
        time.monotonic() - started,
        objects,
    )


def _blocked(
    blocked: _BlockedError, sessions: list[Session], attempts: int, lock_timeout: float
) -> Report:
    found = report(blocked.error, blocked.change, blocked.statement)
    who = "; ".join(session.describe() for session in sessions)
    return replace(
        found,
        id="prodobit.E611",
        detail=f"{attempts} attempts, each statement waited {lock_timeout:g} s for its lock."
        + (f" In the way: {who}." if who else ""),
        next_step="Push again when they are done, or with a longer --lock-timeout.",
    )


def _transaction_id(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        return int(cursor.fetchone()[0])


def _was_committed(connection: BaseDatabaseWrapper, transaction_id: int) -> bool:
    """Ask over a new connection whether a COMMIT whose answer was lost has happened.

    https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    """
    connection.close()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_xact_status(%s::text::xid8)", [str(transaction_id)])
            return bool(cursor.fetchone()[0] == "committed")
    except (OperationalError, InterfaceError) as error:
        raise PushError(
            replace(
                report(error),
                detail="The connection was lost at COMMIT: it may or may not have happened.",
                next_step="Once the server answers, push --check tells which.",
            )
        ) from error
