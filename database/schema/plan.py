"""Live and declared schema → what a push would do, with what it means for the data.

What writes SQL, and what reads history, is imported by whoever has something to do: a push with
nothing to do is the most frequent one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.apps.registry import Apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

from . import bookkeeping, catalog, declared, diff, enum_changes
from .answers import Answers
from .changes import Change, Plan, Question, Unknown
from .differences import (
    ColumnUnknown,
    ConstraintUnknown,
    Difference,
    IndexUnknown,
    TableUnknown,
    phrase,
)
from .normalize import identifiers
from .state import Schema, Table, TableKind, TableName

if TYPE_CHECKING:
    from .known import Known
    from .renames import Renames


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
    _known: Known | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.declared = declared.read(self.apps, self.connection, app_labels=set(self.app_labels))
        named = {table.name.schema for table in self.declared.tables if table.name.schema}
        self.live = catalog.read(self.connection, schemas=named)

    @property
    def known(self) -> Known:
        """What history and the journal know."""
        if self._known is None:
            from .known import Known

            self._known = Known(self.connection, self.live, self.app_labels)
        return self._known

    def make(self, answers: Answers) -> Plan:
        """Return what a push would do.

        Raises:
            AnswerError: An answer names what does not exist.
            django.db.DatabaseError: This role may not read what must be known of the data.
        """
        foreign = self._foreign_apps()
        found = self._renames(answers)
        live = self.live
        if found is not None:
            from . import renames

            if found.questions:
                return Plan(
                    changes=tuple(renames.changes(live, found, [])),
                    questions=tuple(found.questions),
                    foreign_apps=foreign,
                )
            live = renames.apply(live, found)
        mine = self._mine(live, self._leftover(found))
        compared = diff.compare(mine, self.declared, connection=self.connection)
        planned, staying = self._split(compared.differences, answers)
        changes: list[Change] = []
        questions: list[Question] = []
        guards: list[str] = []
        if planned or found:
            from .drafts import Drafts

            drafts = Drafts(self, live, planned, staying, found, answers)
            changes, questions, guards = drafts.make(), drafts.questions, drafts.guards
        enums = enum_changes.changes(
            self.connection,
            self.apps,
            self.app_labels,
            self.live,
            planned=planned,
            uses=";".join(item.sql for change in changes for item in change.statements),
            members=lambda type_, labels: self.known.enum_members(type_, labels),
        )
        return Plan(
            changes=(*enums, *changes),
            unknown=tuple(_unknown(item) for item in staying if not self._carries(item)),
            carried=tuple(_unknown(item) for item in staying if self._carries(item)),
            unsettled=tuple(item.describe() for item in compared.unsettled),
            notes=compared.notes,
            questions=tuple(questions),
            guards=tuple(guards),
            foreign_apps=foreign,
            renamed_models=tuple(found.models) if found is not None else (),
            renames=tuple(found.decided) if found is not None else (),
            objects=self._objects(live, planned, found, {change.table.name for change in enums}),
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
                    and router.allow_migrate_model(self.connection.alias, model)
                    and _table_name(model._meta.db_table) not in present
                ):
                    missing.append(config.label)
                    break
        return tuple(missing)

    def _renames(self, answers: Answers) -> Renames | None:
        """Find renames, but ask nothing of history and journal where nothing could be renamed."""
        if not answers.renames and not self._could_be_renamed():
            return None
        from .rename_finder import Finder

        return Finder(self.apps, self.live, self.declared, self.known, answers).find()

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
        by_name = self.live.by_name()
        taken = {found.oid for name in declared_names if (found := by_name.get(name)) is not None}
        return [
            table
            for table in self.live.tables
            if table.oid not in taken
            and table.kind in (TableKind.TABLE, TableKind.PARTITIONED)
            and table.name.name not in bookkeeping.TABLES
        ]

    def _leftover(self, found: Renames | None) -> set[int]:
        """Return the oids of the tables of models that are gone."""
        renamed = found.tables if found is not None else {}
        candidates = [table for table in self._undeclared() if table.oid not in renamed]
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
        self, differences: Iterable[Difference], answers: Answers
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
            if self._carries(difference):
                staying.append(difference)
            elif answers.prune or self._knows(difference, originals, asked):
                planned.append(difference)
            else:
                staying.append(difference)
        return planned, staying

    def _carries(self, difference: Difference) -> bool:
        """Tell whether a migration makes an unknown object by SQL."""
        name = unknown_names(difference)[1]
        return bool(name) and self.known.carries(difference.table, name)

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

    def _objects(
        self,
        live: Schema,
        planned: Iterable[Difference],
        found: Renames | None,
        enum_types: Collection[str],
    ) -> dict[TableName, dict[str, Any] | None]:
        """Return what the journal notes: the tables touched, but no names the database chooses.

        Names of indexes and constraints are added once the result was read, by :mod:`.apply`.
        """
        objects: dict[TableName, dict[str, Any] | None] = {}
        touched = {difference.table for difference in planned}
        by_name = live.by_name()
        moved = {*found.tables, *found.columns} if found is not None else set()
        for table in self.declared.tables:
            now = by_name.get(table.name)
            name = now.name if now is not None else table.name
            renamed = now is not None and now.oid in moved
            enums = (
                enum_changes.members(self.apps, table.model)
                if table.model and not table.auto_created_by
                else {}
            )
            if name in touched or renamed or not enums.keys().isdisjoint(enum_types):
                objects[name] = {
                    "model": table.model,
                    "field": table.auto_created_by,
                    "columns": {column.name: column.field for column in table.columns},
                    "objects": [],
                    "enums": enums,
                }
        for difference in planned:
            if isinstance(difference, TableUnknown):
                objects[difference.table] = None
        return objects


def _table_name(db_table: str) -> TableName:
    parts = identifiers(db_table)
    return TableName(parts[-2] if len(parts) > 1 else "", parts[-1])


def _unknown(difference: Difference) -> Unknown:
    column, name = unknown_names(difference)
    what = f"column {column}"
    if isinstance(difference, ConstraintUnknown):
        what = phrase(difference.live_constraint)
    elif isinstance(difference, IndexUnknown):
        what = phrase(difference.live_index)
    return Unknown(difference.table, column, name, what)


def unknown_names(difference: Difference) -> tuple[str, str]:
    """Return the names of the column, and of the constraint or index, that nobody knows."""
    match difference:
        case ColumnUnknown(live_column=column):
            return column.name, ""
        case ConstraintUnknown(live_constraint=item) | IndexUnknown(live_index=item):
            return "", item.name
    return "", ""
