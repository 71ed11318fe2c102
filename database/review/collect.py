"""Migrations → their statements, each judged against the tables as they are just before it.

Nothing is run: operations hand their SQL to an editor that writes it down, Python is named only.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc, attr-defined, union-attr, arg-type, no-any-return"

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import migrations
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration

from database.migrating import operations
from database.migrating.state import ProjectState
from database.schema.state import TableName

from . import editor as editors
from .findings import SOON, Finding, Severity, blocking, finding
from .judge import Effect, judge
from .live import Live
from .locks import Lock
from .sketch import Sketch
from .statement import Action, Statement, parse
from .tokens import split

UNSAFE = "UnsafeOperationWarning"
"""What django-pg-zero-downtime-migrations warns with; it need not be installed."""


@dataclass(frozen=True, slots=True)
class StatementReview:
    """One statement, and what it does when its turn comes."""

    sql: str
    effect: Effect
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationReview:
    """One operation of a migration.

    Attributes:
        description: As makemigrations describes it.
        in_transaction: Whether its statements share a transaction.
        statements: Its statements, in order.
        findings: Hazards of the operation itself.
    """

    description: str
    in_transaction: bool
    statements: tuple[StatementReview, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationReview:
    """One migration.

    Attributes:
        app_label: Its app.
        name: Its name.
        atomic: Whether all of it is one transaction.
        operations: Its operations, and last the statements that Django keeps for the end.
        findings: Hazards of the migration as a whole.
        applied: Whether the database has it already.
        in_main: Whether the main branch has it; None if nobody knows.
    """

    app_label: str
    name: str
    atomic: bool
    operations: tuple[OperationReview, ...]
    findings: tuple[Finding, ...] = ()
    applied: bool = False
    in_main: bool | None = None

    def __str__(self) -> str:
        """Return ``shop.0002_prices``."""
        return f"{self.app_label}.{self.name}"

    def all_findings(self) -> Iterator[Finding]:
        """Yield every finding in it."""
        yield from self.findings
        for operation in self.operations:
            yield from operation.findings
            for statement in operation.statements:
                yield from statement.findings

    @property
    def severity(self) -> Severity:
        """The worst there is."""
        return max((each.severity for each in self.all_findings()), default=Severity.OK)


@dataclass
class _Operation:
    """An operation while its statements come in."""

    description: str
    in_transaction: bool
    statements: list[StatementReview] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def done(self) -> OperationReview:
        return OperationReview(
            self.description, self.in_transaction, tuple(self.statements), tuple(self.findings)
        )


class Collector:
    """Goes through migrations in order.

    Args:
        connection: The connection they are to be run on.
        live: What may be asked of it.
        sketch: The tables before the first of them; kept in step.
        state: The models before the first of them; kept in step.
    """

    def __init__(
        self, connection: BaseDatabaseWrapper, live: Live, sketch: Sketch, state: ProjectState
    ) -> None:
        self.connection = connection
        self.live = live
        self.sketch = sketch
        self.state = state
        self.judging = True
        self.current = _Operation("", False)

    def replay(self, migration: Migration) -> None:
        """Take a migration of the past into account."""
        self.judging = False
        self.review(migration)
        self.judging = True

    def review(self, migration: Migration) -> MigrationReview:
        """Return what a migration does."""
        editor = editors.make(
            self.connection, self.sketch, self._collect, atomic=bool(migration.atomic)
        )
        found: list[_Operation] = []
        with self.state.spared():
            if operations.can_run(migration):
                for operation in migration.operations:
                    found.append(self._operation(migration, operation, editor))
            else:
                found.append(self._begin(type(migration).__qualname__, editor.atomic_migration))
                self._hide("The migration has an apply() of its own")
                migration.mutate_state(self.state, preserve=False)
        self.current = _Operation("At the end of the migration", editor.atomic_migration)
        for statement in editor.deferred_sql:
            editor.execute(statement, None)
        if self.current.statements:
            found.append(self.current)
        done = tuple(each.done() for each in found)
        atomic = bool(editor.atomic_migration)
        findings = _held(done) if self.judging and atomic else ()
        return MigrationReview(migration.app_label, migration.name, atomic, done, findings)

    def _begin(self, description: str, in_transaction: bool) -> _Operation:
        self.current = _Operation(description, in_transaction)
        return self.current

    @contextmanager
    def _noting_unsafe(self) -> Iterator[None]:
        """Turn what the safe engine warns of into a finding, where there are rows to wait for."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        current = self.current
        sizes = [size for each in current.statements for _, size in each.effect.touched]
        for each in caught:
            if each.category.__name__ != UNSAFE:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
                continue
            if current.statements and all(size.rows == 0 for size in sizes):
                continue
            what = str(each.message).partition(" is unsafe operation")[0]
            current.findings.append(
                finding(
                    "prodobit.W881",
                    Severity.DANGER,
                    f"{current.description} is refused by the safe engine: {what} is unsafe.",
                    "Write it in the safe way; or, where nobody waits, migrate with "
                    "DB_SAFE_MIGRATIONS=false.",
                )
            )

    def _operation(self, migration: Migration, operation: Any, editor: Any) -> _Operation:
        wants_one = operation.atomic or (migration.atomic and operation.atomic is not False)
        current = self._begin(operation.describe(), bool(editor.atomic_migration or wants_one))
        before = self.state.clone()
        operation.state_forwards(migration.app_label, self.state)
        with self._noting_unsafe():
            self._run(migration.app_label, operation, editor, before, self.state)
        if editor.guessed and self.judging:
            names = ", ".join(sorted(editor.guessed))
            current.findings.append(
                finding(
                    "prodobit.W875",
                    Severity.NOTE,
                    f"Decided when the migration runs, from what is there then: {names}.",
                )
            )
            editor.guessed.clear()
        return current

    def _run(
        self, label: str, operation: Any, editor: Any, before: ProjectState, after: ProjectState
    ) -> None:
        if not operation.reduces_to_sql:
            self._hide("Python is run, which is not shown")
        elif type(operation) is migrations.SeparateDatabaseAndState:
            # As Django does it, but never running the Python that may be in there.
            for each in operation.database_operations:
                to_state = before.clone()
                each.state_forwards(label, to_state)
                self._run(label, each, editor, before, to_state)
                before = to_state
        elif _is_known(operation) and not self.connection.in_atomic_block:
            # It asks for single models, and hands them to the editor.
            operation.database_forwards(label, editor, before, after)
        else:
            before.spare(False)
            after.spare(False)
            with self._careful(operation):
                operation.database_forwards(label, editor, before, after)
            after.spare(True)

    @contextmanager
    def _careful(self, operation: Any) -> Iterator[None]:
        """Let somebody's own operation try; it may read, and what it writes is refused."""
        connection = self.live.connection
        if connection is not None:
            connection.cursor().execute("SAVEPOINT prodobit_review")
        try:
            yield
        except Exception as error:
            name = type(operation).__name__
            self._hide(f"{name} cannot be shown without being run ({type(error).__name__})")
        finally:
            if connection is not None:
                connection.cursor().execute("ROLLBACK TO prodobit_review")

    def _hide(self, what: str) -> None:
        self.sketch.python = True
        self.current.findings.append(
            finding(
                "prodobit.W872",
                Severity.NOTE,
                f"{what}; the locks it takes and the rows it changes are not counted.",
            )
        )

    def _collect(self, text: str, meant: tuple[Action, ...]) -> None:
        for sql in [text.removesuffix(";")] if meant else split(text):
            statement = Statement(sql, meant) if meant else parse(sql)
            if self.judging:
                effect = judge(
                    statement,
                    self.sketch,
                    self.live,
                    in_transaction=self.current.in_transaction,
                )
                self.current.statements.append(StatementReview(sql, effect, effect.findings))
            self.sketch.apply(statement)


def _is_known(operation: Any) -> bool:
    known = operations.plain_operations()
    return type(operation) in known or type(operation).__module__.startswith("database.")


def _held(found: tuple[OperationReview, ...]) -> tuple[Finding, ...]:
    """Find what stays locked while other statements of the transaction take their time."""
    held: dict[TableName, _Held] = {}
    python = False
    for operation in found:
        if held and any(each.id == "prodobit.W872" for each in operation.findings):
            python = True
        for statement in operation.statements:
            sizes = dict(statement.effect.touched)
            now = {table: level for table, level in statement.effect.locks if level >= Lock.SHARE}
            took = statement.effect.seconds
            if took is None or took >= SOON:
                for table, lock in held.items():
                    lock.times.append(took)
                    lock.longer = lock.longer or now.get(table, Lock.ACCESS_SHARE) < lock.level
            for table, level in now.items():
                if sizes[table].rows == 0:
                    continue
                if table not in held:
                    held[table] = _Held(level, [took] if took is None or took >= SOON else [])
                held[table].level = max(level, held[table].level)
    return (*_long(held), *(_code(held) if python else ()))


@dataclass
class _Held:
    """A lock that is held until the end of the transaction.

    Attributes:
        level: The lock.
        times: How long each long statement takes while it is held.
        longer: Whether one of them would not need a lock so strong.
    """

    level: Lock
    times: list[float | None]
    longer: bool = False


def _long(held: dict[TableName, _Held]) -> Iterator[Finding]:
    for table, lock in held.items():
        if len(lock.times) < 2 and not lock.longer:
            continue
        total = None if None in lock.times else sum(each or 0 for each in lock.times)
        how_long = "a time that nobody knows" if total is None else f"about {total:.1f} s"
        many = len(lock.times)
        yield finding(
            "prodobit.W870",
            blocking(total),
            f"{table} stays locked ({lock.level}) until the end of the migration, while "
            f"{'a long statement takes' if many == 1 else f'{many} long statements take'} "
            f"{how_long}.",
            "Split the migration, one long operation in each.",
        )


def _code(held: dict[TableName, _Held]) -> Iterator[Finding]:
    tables = ", ".join(map(str, held))
    yield finding(
        "prodobit.W870",
        Severity.WARNING,
        f"Python runs while {tables} {'is' if len(held) == 1 else 'are'} locked, until the end of "
        "the migration.",
        "Put the Python into a migration of its own.",
    )
