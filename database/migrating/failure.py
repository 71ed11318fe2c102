"""Why a migration failed, what is left of it, and what to do."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="attr-defined,misc"

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import Error as DjangoError
from django.db.migrations.exceptions import IrreversibleError

from database.migrating.statements import Run, Statement, Watcher, describe
from database.schema.errors import TerminatedError
from database.schema.failure import message_of
from database.schema.lock import Session
from database.schema.patience import BLOCKED

LOST = ("08", "57P")
"""Connection exception and operator intervention: classes of SQLSTATE that end a session."""

AGAIN = "migrate again"
SEVERAL = 5
"""Names up to here are listed, more are counted."""

INVALID = """
SELECT n.nspname, c.relname FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is to be told about a run of migrations that did not come to its end.

    Attributes:
        id: ``prodobit.E804`` and the like.
        message: What went wrong, in one line.
        migration: The migration, or "" if none was running.
        operation: Its number and what it does, or "".
        statement: The statement without values of rows, or "".
        place: File and line in the migration, or "".
        sqlstate: PostgreSQL's error code, or "".
        detail: PostgreSQL's detail without values of rows, or who was in the way, or "".
        hint: PostgreSQL's hint, or "".
        outcome: Sentences on what stays and what does not.
        removals: Statements that remove invalid indexes left behind.
        next_step: One or two sentences.
    """

    id: str
    message: str
    migration: str
    operation: str
    statement: str
    place: str
    sqlstate: str
    detail: str
    hint: str
    outcome: tuple[str, ...]
    removals: tuple[str, ...]
    next_step: str

    def lines(self) -> list[str]:
        """Return the report, line by line."""
        parts = {
            "migration": self.migration,
            "operation": self.operation,
            "statement": self.statement,
            "at": self.place,
            "SQLSTATE": self.sqlstate,
            "detail": self.detail,
            "hint": self.hint,
        }
        width = max(len(name) for name in parts) + 1
        return [
            f"{self.id}: {self.message}",
            *(f"  {f'{name}:':{width}} {text}" for name, text in parts.items() if text),
            *(f"  {sentence}" for sentence in self.outcome),
            *(f"    {statement}" for statement in self.removals),
            f"  {self.next_step}",
        ]


def examine(
    error: BaseException,
    watcher: Watcher,
    *,
    total: int,
    blocking: Sequence[Session],
    lock_timeout: float,
    invalid: Iterable[tuple[str, str]],
) -> Failure | None:
    """Find out what to tell about an error that ended a run of migrations.

    Args:
        error: What was raised.
        watcher: What watched the run.
        total: How many migrations were to be run.
        blocking: Who was in the way of the last statement that had to wait.
        lock_timeout: Seconds that a statement could wait.
        invalid: Schema and name of the invalid indexes in the database.

    Returns:
        None if no migration was begun, and so none has failed.
    """
    run = watcher.run
    if run is None or run.seconds is not None:
        return _outside(error, watcher.runs, total)
    failed = run.statements[-1] if run.statements and run.statements[-1].failed else None
    number = run.operation
    if number is None and failed is not None:
        number = failed.operation
    removals = _removals(run, invalid)
    outcome = _outcome(run, failed, watcher.runs, total)
    report = _cause(error, run, failed, blocking, lock_timeout)
    if report.id == "prodobit.E806" and _was_committing(run):
        outcome = (
            f"The connection was lost at the end of {run.migration}: it is in the database as a "
            "whole, and recorded, or not at all. showmigrations tells which.",
            *outcome[1:],
        )
    if removals:
        outcome = (*outcome, "Invalid indexes were left behind; these remove them:")
    return Failure(
        report.id,
        report.message,
        f"{run.migration}{', taken back' if run.backwards else ''}",
        _operation(run, number),
        report.statement,
        _place(error, run),
        report.sqlstate,
        report.detail,
        report.hint,
        outcome,
        removals,
        _with_remains(report.next_step, run, removals),
    )


@dataclass(frozen=True, slots=True)
class _Cause:
    id: str
    message: str
    next_step: str
    statement: str = ""
    sqlstate: str = ""
    detail: str = ""
    hint: str = ""


def _cause(
    error: BaseException,
    run: Run,
    failed: Statement | None,
    blocking: Sequence[Session],
    lock_timeout: float,
) -> _Cause:
    if isinstance(error, KeyboardInterrupt):
        return _Cause(
            "prodobit.E808",
            f"{_how(error)}; what ran was cancelled.",
            "To go on where it was left, migrate again.",
            failed.sql if failed else "",
        )
    if isinstance(error, IrreversibleError):
        return _Cause(
            "prodobit.E809",
            f"{_one_line(error)}.",
            "Write what takes it back (reverse_code, reverse_sql), then migrate again.",
        )
    if not isinstance(error, DjangoError | psycopg.Error):
        return _Cause(
            "prodobit.E807",
            f"{type(error).__name__}: {_one_line(error)}",
            "Correct the migration, then migrate again; --traceback shows where it happened.",
        )
    said = message_of(error)
    statement = failed.sql if failed else "COMMIT" if _was_committing(run) else ""
    if not said.sqlstate or said.sqlstate.startswith(LOST):
        lost = isinstance(error, DjangoError) and error.__cause__ is None
        if lost and said.sqlstate == "":
            # Raised by Django itself, about what the migration does.
            return _Cause(
                "prodobit.E804", said.message, "Correct the migration, then migrate again."
            )
        return _Cause(
            "prodobit.E806",
            f"The connection was lost: {said.message}",
            "Once the server answers, migrate again; see the server's log for the reason.",
            statement,
            said.sqlstate,
        )
    if said.sqlstate in BLOCKED:
        who = "; ".join(session.describe() for session in blocking)
        tried = f"{run.attempt} attempts" if run.attempt > 1 else "1 attempt"
        why = "" if run.is_atomic or run.attempt > 1 else " (not atomic, so not tried again)"
        return _Cause(
            "prodobit.E805",
            said.message,
            "Migrate again when they are done, or with a longer --lock-timeout.",
            statement,
            said.sqlstate,
            f"{tried}{why}; a statement waits {lock_timeout:g} s for its lock."
            + (f" In the way: {who}." if who else ""),
            said.hint,
        )
    return _Cause(
        "prodobit.E804",
        said.message,
        said.next_step(AGAIN, source="migration"),
        statement,
        said.sqlstate,
        said.detail,
        said.hint,
    )


def _outside(error: BaseException, runs: Sequence[Run], total: int) -> Failure | None:
    """Report what failed between two migrations, or behind the last: in ``post_migrate``."""
    if not runs or not isinstance(error, DjangoError | psycopg.Error | KeyboardInterrupt):
        return None
    said = message_of(error)
    left = total - len(runs)
    next_step = "To go on where it was left, migrate again."
    if isinstance(error, KeyboardInterrupt):
        id, message = "prodobit.E808", f"{_how(error)}."
    elif not said.sqlstate or said.sqlstate.startswith(LOST):
        id, message = "prodobit.E806", f"The connection was lost: {said.message}"
    elif left:
        id, message = "prodobit.E804", said.message
    else:
        id = "prodobit.E810"
        message = f"What follows the migrations (post_migrate) failed: {said.message}"
        next_step = "Migrate again: it does what follows once more."
    return Failure(
        *(id, message, "", "", "", "", said.sqlstate, said.detail, said.hint),
        (_kept(runs), *_left(left)),
        (),
        next_step,
    )


def _how(error: KeyboardInterrupt) -> str:
    return "Told to end (SIGTERM)" if isinstance(error, TerminatedError) else "Interrupted"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _operation(run: Run, number: int | None) -> str:
    if number is None:
        return ""
    operation = run.described(number)
    return f"{number} of {len(run.migration.operations)}: {describe(operation)}"


def _place(error: BaseException, run: Run) -> str:
    """Return the line of the migration's file in which an error was raised, if it was there."""
    file = getattr(sys.modules.get(type(run.migration).__module__), "__file__", None)
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
    ]
    return f"{file}:{frames[-1].lineno}" if frames else ""


def _was_committing(run: Run) -> bool:
    return len(run.finished) == len(run.migration.operations) and not (
        run.statements and run.statements[-1].failed
    )


# What stays


def _outcome(
    run: Run, failed: Statement | None, runs: Sequence[Run], total: int
) -> tuple[str, ...]:
    sentences = []
    if run.is_atomic:
        sentences.append(f"Nothing of {run.migration} was committed.")
    elif run.migration.atomic and run.in_one:
        sentences.append(
            f"{run.migration} ends its transaction by itself: what it did until then stays, and "
            f"it is not recorded as {'taken back' if run.backwards else 'applied'}."
        )
    else:
        sentences.append(
            f"{run.migration} is not atomic and not recorded as "
            f"{'taken back' if run.backwards else 'applied'}: {_remains(run, failed)}."
        )
    if runs:
        sentences.append(_kept(runs))
    return (*sentences, *_left(total - len(runs) - 1))


def _left(count: int) -> tuple[str, ...]:
    if count <= 0:
        return ()
    return (f"{count:,} more {'was' if count == 1 else 'were'} not begun.",)


def _kept(runs: Sequence[Run]) -> str:
    names = [str(run.migration) for run in runs]
    which = ", ".join(names) if len(names) <= SEVERAL else f"{len(names):,} migrations"
    return f"{'Taken back' if runs[-1].backwards else 'Applied'} in this run, and kept so: {which}."


def _remains(run: Run, failed: Statement | None) -> str:
    """Say what stays of a migration that is not atomic."""
    parts = []
    if run.finished:
        one = len(run.finished) == 1
        parts.append(
            f"operation{'' if one else 's'} {_numbers(sorted(run.finished))} "
            f"{'is done and stays' if one else 'are done and stay'}"
        )
    if run.operation is None:
        parts.append("what comes behind its operations (indexes, foreign keys) is not complete")
    elif _is_atomic(run, run.operation):
        parts.append(f"nothing stays of operation {run.operation}")
    else:
        done = [
            statement
            for statement in run.statements
            if statement.operation == run.operation and not statement.failed
        ]
        count = sum(statement.times for statement in done)
        if count:
            parts.append(
                f"of operation {run.operation} stays what "
                f"{'1 statement has' if count == 1 else f'{count:,} statements have'} done"
            )
        elif failed is None:
            parts.append(f"operation {run.operation} has sent nothing")
        else:
            parts.append(f"operation {run.operation} failed at its first statement")
    return "; ".join(parts)


def _is_atomic(run: Run, number: int) -> bool:
    """Tell whether an operation has a transaction of its own, as Django decides that."""
    wanted = run.described(number).atomic
    return bool(wanted or (run.migration.atomic and wanted is not False))


def _numbers(numbers: Sequence[int]) -> str:
    if len(numbers) > 1 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _with_remains(next_step: str, run: Run, removals: Sequence[str]) -> str:
    if run.is_atomic or not (run.finished or len(run.statements) > 1 or removals):
        return next_step
    return (
        f"{next_step} What stays will be in the way of the operations that run again then: undo "
        "it by hand first, or take them out of the migration."
    )


def _removals(run: Run, invalid: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return what removes the invalid indexes that a run has left behind."""
    if run.is_atomic:
        return ()
    texts = [item.sql for item in run.statements if "CONCURRENTLY" in item.sql.upper()]
    found = []
    for schema, name in invalid:
        # REINDEX CONCURRENTLY builds one of another name beside the old.
        base = re.sub(r"_cc(?:new|old)\d*$", "", name)
        word = re.compile(rf"(?<![\w$]){re.escape(base)}(?![\w$])")
        if any(word.search(text) for text in texts):
            found.append(f"DROP INDEX CONCURRENTLY {_quoted(schema)}.{_quoted(name)};")
    return tuple(found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read_invalid(connection: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Return schema and name of the indexes that are not valid.

    https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    """
    return connection.execute(INVALID).fetchall()
