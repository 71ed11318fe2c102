"""Live and declared schema → what a push would do, with what it means for the data."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.apps.registry import Apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from . import catalog, constraint_changes, declared, diff, journal, renames
from .answers import Answers
from .changes import Change, Obstacle, Plan, Question, Unknown
from .column_changes import ColumnDrafter
from .dependents import Dependents
from .differences import (
    ColumnDifference,
    ColumnMissing,
    ColumnUnknown,
    ConstraintUnknown,
    Difference,
    IndexUnknown,
    TableCommentDiffers,
    TableKindDiffers,
    TableMissing,
    TableTablespaceDiffers,
    TableUnknown,
)
from .editor import CollectingEditor
from .facts import Facts
from .generated_names import follow
from .known import Known
from .normalize import identifier, identifiers
from .state import Schema, Table, TableKind, TableName
from .table_changes import TableDrafter
from .workbench import Workbench

TABLE = (TableMissing, TableUnknown, TableKindDiffers, TableCommentDiffers, TableTablespaceDiffers)
# A name in quotes, or Django's way to name a schema: schema"."table.
QUOTED = re.compile(r'^"|"$|"\."')
COLUMN = (ColumnMissing, ColumnUnknown, ColumnDifference)


@dataclass
class Planner:
    """Plans a push of some apps.

    The live schema is read once; :meth:`make` can be called again with more answers.

    Attributes:
        connection: The connection to the database.
        apps: The registry of the models.
        app_labels: The apps that are pushed.
    """

    connection: BaseDatabaseWrapper
    apps: Apps
    app_labels: Collection[str]
    live: Schema = field(init=False)
    declared: Schema = field(init=False)
    known: Known = field(init=False)

    def __post_init__(self) -> None:
        self.declared = declared.read(self.apps, self.connection, app_labels=set(self.app_labels))
        named = {table.name.schema for table in self.declared.tables if table.name.schema}
        self.live = catalog.read(self.connection, schemas=named)
        self.known = Known(self.connection, self.live, self.app_labels)

    def make(self, answers: Answers) -> Plan:
        """Return what a push would do.

        Raises:
            AnswerError: An answer names what does not exist.
            django.db.DatabaseError: This role may not read what must be known of the data.
        """
        foreign = self._foreign_apps()
        found = self._renames(answers)
        if found.questions:
            return Plan(
                questions=tuple(found.questions),
                foreign_apps=foreign,
                changes=tuple(renames.changes(self.live, found, [])),
            )
        live = renames.apply(self.live, found)
        leftover = self._leftover(found)
        mine = self._mine(live, leftover)
        compared = diff.compare(mine, self.declared, connection=self.connection)
        planned, staying = self._split(compared.differences, found, answers)
        dropped = frozenset(
            difference.table for difference in planned if isinstance(difference, TableUnknown)
        )
        bench = Workbench(
            self.connection,
            self.apps,
            live,
            self.declared,
            answers,
            {table.oid: table for table in self.live.tables},
            CollectingEditor(self.connection),
            Facts(),
            dropped,
        )
        drafts = _Drafts(bench, planned, staying)
        changes = drafts.make()
        return Plan(
            changes=(
                *renames.changes(self.live, found, follow(bench, planned, found)),
                *changes,
            ),
            unknown=tuple(_unknown(difference) for difference in staying),
            unsettled=tuple(item.describe() for item in compared.unsettled),
            notes=tuple(item.describe() for item in compared.notes),
            questions=tuple(drafts.questions),
            guards=tuple(drafts.guards),
            foreign_apps=foreign,
            renamed_models=tuple(found.models),
            renames=tuple(found.decided),
            objects=_objects(live, self.declared, planned, found),
            tables=tuple(table.name for table in self.declared.tables),
        )

    def _foreign_apps(self) -> tuple[str, ...]:
        """Return the apps outside of the project whose tables are missing."""
        present = self.live.by_name()
        missing = []
        for config in self.apps.get_app_configs():
            if config.label in self.app_labels:
                continue
            for model in config.get_models(include_auto_created=True):
                if (
                    model._meta.can_migrate(self.connection)
                    and _table_name(model._meta.db_table) not in present
                ):
                    missing.append(config.label)
                    break
        return tuple(missing)

    def _renames(self, answers: Answers) -> renames.Renames:
        """Find renames, but ask nothing of history and journal where nothing could be renamed."""
        if not answers.renames and not self._could_be_renamed():
            return renames.Renames()
        return renames.Finder(self.apps, self.live, self.declared, self.known, answers).find()

    def _could_be_renamed(self) -> bool:
        present = self.live.by_name()
        missing = False
        for table in self.declared.tables:
            live = present.get(table.name)
            if live is None:
                missing = True
                continue
            names = {column.name for column in table.columns}
            theirs = {column.name for column in live.columns}
            if names - theirs and theirs - names:
                return True
        return missing and bool(self._undeclared())

    def _undeclared(self) -> list[Table]:
        """Return the live tables that no installed model declares."""
        declared_names = {
            _table_name(model._meta.db_table)
            for model in self.apps.get_models(include_auto_created=True)
        }
        own = {journal.NAME, MigrationRecorder.Migration._meta.db_table}
        by_name = self.live.by_name()
        taken = {found.oid for name in declared_names if (found := by_name.get(name)) is not None}
        return [
            table
            for table in self.live.tables
            if table.oid not in taken
            and table.kind in (TableKind.TABLE, TableKind.PARTITIONED)
            and table.name.name not in own
        ]

    def _leftover(self, found: renames.Renames) -> set[int]:
        """Return the oids of the tables of models that are gone."""
        candidates = [table for table in self._undeclared() if table.oid not in found.tables]
        if not candidates:
            return set()
        return {table.oid for table in candidates if table.oid in self.known.tables}

    def _mine(self, live: Schema, leftover: set[int]) -> Schema:
        """Return the part of the live schema that is compared."""
        names = {table.name for table in self.declared.tables}
        by_name = live.by_name()
        wanted = {found.oid for name in names if (found := by_name.get(name)) is not None}
        return replace(
            live,
            tables=tuple(
                table for table in live.tables if table.oid in wanted or table.oid in leftover
            ),
        )

    def _split(
        self, differences: Iterable[Difference], found: renames.Renames, answers: Answers
    ) -> tuple[list[Difference], list[Difference]]:
        """Part the differences into those to repair and the unknown objects that stay."""
        planned: list[Difference] = []
        staying: list[Difference] = []
        differences = list(differences)
        originals = {table.oid: table for table in self.live.tables}
        asked = [
            originals[difference.live.oid]
            for difference in differences
            if isinstance(difference, ConstraintUnknown | IndexUnknown) and difference.live
        ]
        for difference in differences:
            if not isinstance(difference, ColumnUnknown | ConstraintUnknown | IndexUnknown):
                planned.append(difference)
                continue
            assert difference.live is not None
            if answers.prune or self._knows(difference, originals, asked):
                planned.append(difference)
            else:
                staying.append(difference)
        return planned, staying

    def _knows(
        self, difference: Difference, originals: dict[int, Table], asked: list[Table]
    ) -> bool:
        assert difference.live is not None
        table = originals[difference.live.oid]
        if isinstance(difference, ColumnUnknown):
            known = self.known.tables.get(table.oid)
            original = next(
                column.name
                for column in table.columns
                if column.position == difference.live_column.position
            )
            return known is not None and original in known.columns
        if isinstance(difference, ConstraintUnknown):
            return self.known.knows_object(table, difference.live_constraint.name, asked)
        assert isinstance(difference, IndexUnknown)
        return self.known.knows_object(table, difference.live_index.name, asked)


class _Drafts:
    """Drafts all changes: those that depend on the data twice, before and after measuring."""

    def __init__(
        self, bench: Workbench, planned: list[Difference], staying: list[Difference]
    ) -> None:
        self.bench = bench
        self.planned = planned
        self.staying = staying
        self.questions: list[Question] = []
        self.guards: list[str] = []
        self._odd_names: dict[TableName, str | None] = {}

    def make(self) -> list[Change]:
        """Return the changes in the order of the differences."""
        changes = self._draft()
        # What is measured may bring up more to ask: a second round, and no third.
        for _ in range(3):
            if not self.bench.facts.pending:
                break
            self.bench.facts.measure(self.bench.connection)
            changes = self._draft()
        return changes

    def _draft(self) -> list[Change]:
        columns, tables = ColumnDrafter(self.bench), TableDrafter(self.bench)
        dependents = Dependents(self.bench, self.planned, self.staying)
        changes = []
        questions: list[Question] = []
        for difference in self.planned:
            if isinstance(difference, TABLE):
                change = tables.draft(difference)
            elif isinstance(difference, COLUMN):
                change = columns.draft(difference)
            else:
                change = constraint_changes.draft(difference, self.bench)
            along = dependents.of(difference, columns)
            if along:
                change = replace(change, statements=(*change.statements, *along))
            if isinstance(difference, ColumnUnknown):
                questions += dependents.taken_along(difference)
            if difference.declared is not None:
                change = replace(
                    change,
                    obstacle=self._unquotable(difference.declared, change) or change.obstacle,
                )
            changes.append(change)
        self.questions = [*columns.questions, *questions]
        self.guards = [*columns.guards, *tables.guards]
        return changes

    def _unquotable(self, declared_table: Table, change: Change) -> Obstacle | None:
        """Refuse names that Django writes down without quoting them as they need."""
        name = declared_table.name
        if name not in self._odd_names:
            options = self.bench.model(declared_table)._meta
            names = [
                options.db_table,
                *(item.column for item in options.local_concrete_fields),
                *(item.name for item in (*options.indexes, *options.constraints)),
            ]
            self._odd_names[name] = next(
                (item for item in names if '"' in item and '"' in QUOTED.sub("", item)), None
            )
        found = self._odd_names[name]
        if found is None:
            return None
        return Obstacle(
            "prodobit.E615",
            -1,
            f"The name {found} has a double quote in it, which Django does not quote.",
            "Choose a name without it.",
        )


def _table_name(db_table: str) -> TableName:
    parts = identifiers(db_table)
    return TableName(parts[-2] if len(parts) > 1 else "", identifier(db_table))


def _unknown(difference: Difference) -> Unknown:
    match difference:
        case ColumnUnknown(live_column=column):
            what = f"column {difference.table.name}.{column.name}"
        case ConstraintUnknown(live_constraint=item) | IndexUnknown(live_index=item):
            assert difference.live is not None
            what = f"{constraint_changes.describe(difference.live, item)}"
        case _:
            what = str(difference.table)
    return Unknown(difference.table, what)


def _objects(
    live: Schema,
    declared_schema: Schema,
    planned: Iterable[Difference],
    found: renames.Renames,
) -> dict[TableName, dict[str, Any] | None]:
    """Return what the journal notes: the tables touched, without the names the database chooses.

    Names of indexes and constraints are added once the result was read, by :mod:`.apply`.
    """
    objects: dict[TableName, dict[str, Any] | None] = {}
    touched = {difference.table for difference in planned}
    by_name = live.by_name()
    for table in declared_schema.tables:
        now = by_name.get(table.name)
        name = now.name if now is not None else table.name
        renamed = now is not None and (now.oid in found.tables or now.oid in found.columns)
        if name in touched or renamed:
            objects[name] = {
                "model": table.model,
                "field": table.auto_created_by,
                "columns": {column.name: column.field for column in table.columns},
                "objects": [],
            }
    for difference in planned:
        if isinstance(difference, TableUnknown):
            objects[difference.table] = None
    return objects
