"""Migrations whose result is in the database already: found by comparing, and recorded.

A database that was pushed to, restored from a dump or made by another tool has tables that the
plan of ``migrate`` would create again. For every app of the project the live schema is compared
with each state of the plan; the newest one that it equals is where the history goes on.
"""

from __future__ import annotations

import copy
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps import apps as global_apps
from django.contrib.postgres.operations import CreateCollation, CreateExtension
from django.db import migrations, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation

from database.migrating.executor import MigrationExecutor
from database.migrating.state import ProjectState
from database.migrating.statements import watcher_of
from database.operations import DatabaseObject, RemoveObject
from database.schema import catalog, declared, diff, selection
from database.schema.differences import (
    ColumnUnknown,
    ConstraintUnknown,
    Difference,
    IndexUnknown,
    TableUnknown,
)
from database.schema.known import subset
from database.schema.state import Schema, Table, TableName

from . import objects

UNKNOWN = {kind.__name__ for kind in (ColumnUnknown, ConstraintUnknown, IndexUnknown)}


@dataclass(frozen=True)
class Adoption:
    """What of a plan the database has already.

    Attributes:
        recorded: The migrations that it has, in the order of the plan.
        data: Those of them that also do what no comparison can see: Python, SQL, and operations
            that are none of Django's.
        differences: Where a part of a plan is there and matches no state: one line each for what
            differs from the newest state.
        histories: The tables in which other tools keep their history, with the tool's name.
    """

    recorded: tuple[Migration, ...] = ()
    data: tuple[Migration, ...] = ()
    differences: tuple[str, ...] = ()
    histories: Mapping[TableName, str] = field(default_factory=dict)


@dataclass
class _Version:
    """What one model declares in a state of the plan."""

    tables: tuple[Table, ...]
    outcome: dict[Signature, str] = field(default_factory=dict)
    compared: bool = False


type Signature = tuple[str, TableName, str]
type ModelKey = tuple[str, str]


def examine(
    connection: BaseDatabaseWrapper,
    executor: MigrationExecutor,
    plan: Collection[tuple[Migration, bool]],
    own_labels: Collection[str],
) -> Adoption:
    """Find out which migrations of a plan the database has already.

    Args:
        connection: The connection; it is only read.
        executor: The executor that made the plan.
        plan: What ``migrate`` would do.
        own_labels: The project's own apps; others are left to Django.

    Returns:
        Nothing to record and no differences for an ordinary plan.
    """
    if any(backwards for _, backwards in plan):
        return Adoption()
    pending = [migration for migration, _ in plan if migration.app_label in own_labels]
    touched = _touched(pending)
    if not touched:
        return _only_objects(connection, pending)
    states = _States(connection, executor, plan, own_labels, touched)
    names = {table.name for version in states.all_versions() for table in version.tables}
    live = catalog.read(connection, tables=names)
    if not (live.tables or states.declares_before()):
        return Adoption()
    recorded: list[Migration] = []
    lines: list[str] = []
    for app_label in dict.fromkeys(migration.app_label for migration in pending):
        found, differences = _examine_app(connection, live, states, app_label)
        recorded += found
        lines += differences
    recorded = _with_dependencies(recorded, pending, executor)
    order = [migration for migration in pending if migration in recorded]
    data = [migration for migration in order if data_operations(migration)]
    if data:
        there = objects.proven(connection, global_apps, data)
        data = [migration for migration in data if not _is_proven(migration, there)]
    histories = selection.histories(connection) if order or lines else {}
    return Adoption(tuple(order), tuple(data), tuple(lines), histories)


def _is_proven(migration: Migration, there: Collection[tuple[str, str, str]]) -> bool:
    """Tell whether all that a migration makes by SQL is in the database, to the letter."""
    return all(
        objects.holds(operation, migration, there) for operation in data_operations(migration)
    )


def _only_objects(connection: BaseDatabaseWrapper, pending: Collection[Migration]) -> Adoption:
    """Find migrations of nothing but views, functions and the like that are there already."""
    kinds = (DatabaseObject, RemoveObject)
    if not pending or not all(
        migration.operations
        and all(isinstance(o, kinds) or objects.is_setting(o) for o in migration.operations)
        for migration in pending
    ):
        return Adoption()
    there = objects.proven(connection, global_apps, pending)
    found = itertools.takewhile(lambda migration: _is_proven(migration, there), pending)
    return Adoption(tuple(found))


def _touched(pending: Iterable[Migration]) -> set[ModelKey]:
    return {
        (migration.app_label, name)
        for migration in pending
        for operation in migration.operations
        for name in _model_names(operation)
    }


def _model_names(operation: Operation) -> Iterator[str]:
    for attribute in ("model_name_lower", "name_lower", "old_name_lower", "new_name_lower"):
        # A field operation's name is that of the field.
        if attribute != "model_name_lower" and hasattr(operation, "model_name"):
            continue
        name = getattr(operation, attribute, None)
        if name:
            yield name
    for inner in getattr(operation, "state_operations", ()):
        yield from _model_names(inner)


class _States:
    """The tables that touched models declare, before the plan and after each of its migrations."""

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        executor: MigrationExecutor,
        plan: Collection[tuple[Migration, bool]],
        own_labels: Collection[str],
        touched: set[ModelKey],
    ) -> None:
        self.connection = connection
        self.touched = touched
        # Per app: the migration (None for the state before) and the versions of its models.
        self.steps: dict[str, list[tuple[Migration | None, dict[ModelKey, _Version]]]] = (
            defaultdict(list)
        )
        state = executor._create_project_state(with_applied_migrations=True)
        labels = {app_label for app_label, _ in touched}
        for app_label in labels:
            keys = {key for key in touched if key[0] == app_label}
            self.steps[app_label].append((None, self._declare(state, keys)))
        for migration, _ in plan:
            migration.mutate_state(state, preserve=False)
            if migration.app_label not in own_labels or migration.app_label not in labels:
                continue
            previous = self.steps[migration.app_label][-1][1]
            keys = {key for key in _touched([migration]) if key in touched}
            changed = previous | self._declare(state, keys)
            for key in keys:
                if key not in state.models:
                    changed.pop(key, None)
            self.steps[migration.app_label].append((migration, changed))

    def _declare(self, state: ProjectState, keys: set[ModelKey]) -> dict[ModelKey, _Version]:
        present = {key for key in keys if key in state.models}
        if not present:
            return {}
        tables: dict[ModelKey, list[Table]] = defaultdict(list)
        part = subset(state, present)
        labels = {app_label for app_label, _ in present}
        for table in declared.read(part.apps, self.connection, app_labels=labels).tables:
            label = (table.auto_created_by or table.model or "").lower().split(".")
            tables[label[0], label[1]].append(table)
        return {key: _Version(tuple(tables[key])) for key in present}

    def all_versions(self) -> Iterator[_Version]:
        """Yield all versions of all models."""
        for steps in self.steps.values():
            for _, versions in steps:
                yield from versions.values()

    def declares_before(self) -> bool:
        """Tell whether the history declares any of the touched models before the plan."""
        return any(steps[0][1] for steps in self.steps.values())


def _examine_app(
    connection: BaseDatabaseWrapper, live: Schema, states: _States, app_label: str
) -> tuple[list[Migration], list[str]]:
    """Find the newest state of one app that the live schema equals."""
    steps = states.steps[app_label]
    names = {
        table.name for _, versions in steps for version in versions.values()
        for table in version.tables
    }  # fmt: skip
    by_name = live.by_name()
    mine = tuple({found.oid: found for name in names if (found := by_name.get(name))}.values())
    if not (mine or steps[0][1]):
        return [], []
    part = replace(live, tables=mine)
    outcomes = [_outcome(connection, part, versions) for _, versions in steps]
    # What no state of the plan knows is somebody else's, and no difference.
    strangers = {
        signature
        for signature in set().union(*outcomes)
        if signature[0] in UNKNOWN
        and all(
            signature in outcome or (TableUnknown.__name__, signature[1], "") in outcome
            for outcome in outcomes
        )
    }
    outcomes = [
        {signature: line for signature, line in outcome.items() if signature not in strangers}
        for outcome in outcomes
    ]
    if not outcomes[0]:
        # The database is where its history says: the plan is an ordinary one, unless it changes
        # nothing that can be compared.
        return [], []
    for place in range(len(steps) - 1, 0, -1):
        if not outcomes[place]:
            return [migration for migration, _ in steps[1 : place + 1] if migration], []
    if set(outcomes[0]) <= set(outcomes[-1]):
        # It differs from its history in something that the plan does not touch.
        return [], []
    return [], [f"{app_label}: {line}" for line in outcomes[-1].values()]


def _outcome(
    connection: BaseDatabaseWrapper, live: Schema, versions: dict[ModelKey, _Version]
) -> dict[Signature, str]:
    """Compare the live tables with what the models declare in one state."""
    fresh = [version for version in versions.values() if not version.compared]
    if fresh:
        tables = tuple(table for version in fresh for table in version.tables)
        compared = diff.compare(live, Schema(tables), connection=connection)
        for version in fresh:
            version.compared = True
            own = {table.name for table in version.tables}
            for difference in compared.differences:
                if difference.declared is not None and difference.declared.name in own:
                    version.outcome[signature_of(difference)] = difference.describe()
            for item in compared.unsettled:
                if item.declared.name in own:
                    key = ("Unsettled", item.live.name, item.subject)
                    version.outcome[key] = item.describe()
    outcome: dict[Signature, str] = {}
    declared_oids = set()
    by_name = live.by_name()
    for version in versions.values():
        outcome |= version.outcome
        declared_oids |= {
            found.oid for table in version.tables if (found := by_name.get(table.name))
        }
    for table in live.tables:
        if table.oid not in declared_oids:
            leftover = TableUnknown(table, None)
            outcome[signature_of(leftover)] = leftover.describe()
    return outcome


def signature_of(difference: Difference) -> Signature:
    """Return what a difference is about, whatever the two sides are."""
    name = ""
    for attribute in (
        "declared_column",
        "live_column",
        "declared_constraint",
        "live_constraint",
        "declared_index",
        "live_index",
    ):
        item: Any = getattr(difference, attribute, None)
        if item is not None:
            name = item.name or repr((type(item).__name__, item.origin))
            break
    return type(difference).__name__, difference.table, name


def _with_dependencies(
    recorded: list[Migration], pending: list[Migration], executor: MigrationExecutor
) -> list[Migration]:
    """Leave out what depends on migrations that still have to run."""
    waiting = {(item.app_label, item.name) for item in pending} - {
        (item.app_label, item.name) for item in recorded
    }
    graph = executor.loader.graph
    return [
        migration
        for migration in recorded
        if not waiting & set(graph.forwards_plan((migration.app_label, migration.name)))
    ]


def data_operations(migration: Migration) -> list[Operation]:
    """Return the operations whose work no comparison of schemas can see."""
    return [operation for operation in migration.operations if _is_data(operation)]


def _is_data(operation: Operation) -> bool:
    if isinstance(operation, migrations.RunPython):
        return operation.code is not migrations.RunPython.noop
    if isinstance(operation, migrations.RunSQL):
        return bool(operation.sql)
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return any(_is_data(inner) for inner in operation.database_operations)
    if isinstance(operation, CreateExtension | CreateCollation):
        return False
    return not type(operation).__module__.startswith("django.")


def record(
    connection: BaseDatabaseWrapper,
    executor: MigrationExecutor,
    plan: Collection[tuple[Migration, bool]],
    adoption: Adoption,
    *,
    run_data: bool,
) -> None:
    """Record migrations as applied, without running them.

    Args:
        connection: The connection.
        executor: The executor that made the plan.
        plan: What ``migrate`` would do.
        adoption: What :func:`examine` found.
        run_data: Whether the operations with Python and SQL in them are run all the same.

    Side effects:
        Writes ``django_migrations``, in one transaction; creates it if there is none. Runs
        migrations of other apps that the recorded ones depend on.
    """
    graph = executor.loader.graph
    needed = {
        key
        for migration in adoption.recorded
        for key in graph.forwards_plan((migration.app_label, migration.name))
    }
    names = {(migration.app_label, migration.name) for migration in adoption.recorded}
    before = [
        (migration, False)
        for migration, _ in plan
        if (migration.app_label, migration.name) in needed - names
    ]
    with transaction.atomic(using=connection.alias), _nothing_kept_of_a_failure(connection):
        executor.recorder.ensure_schema()
        if before:
            executor.migrate([(item.app_label, item.name) for item, _ in before], plan=before)
        state = executor._create_project_state(with_applied_migrations=True)
        for migration, _ in plan:
            if migration not in adoption.recorded:
                continue
            if run_data and data_operations(migration):
                state = _run_data(connection, migration, state)
            else:
                migration.mutate_state(state, preserve=False)
            executor.record_migration(migration.app_label, migration.name)


def _run_data(
    connection: BaseDatabaseWrapper, migration: Migration, state: ProjectState
) -> ProjectState:
    watcher = watcher_of(connection)
    within = copy.copy(migration)
    # As a part of this transaction it is, whatever it says.
    vars(within)["atomic"] = True
    with (
        watcher.running(within, backwards=False),
        connection.schema_editor(atomic=False) as editor,
    ):
        for number, operation in enumerate(migration.operations, 1):
            before = state.clone()
            operation.state_forwards(migration.app_label, state)
            if _is_data(operation):
                with watcher.operating(number, editor.deferred_sql):
                    operation.database_forwards(migration.app_label, editor, before, state)
    return state


@contextmanager
def _nothing_kept_of_a_failure(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Forget the runs of the block if it fails, for its transaction takes them back."""
    watcher = watcher_of(connection)
    count = len(watcher.runs)
    try:
        yield
    except BaseException:
        del watcher.runs[count:]
        raise
