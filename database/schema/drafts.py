"""Differences and renames → changes, with the SQL and what it means for the data."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from . import constraint_changes, enum_changes
from .answers import Answers
from .changes import Change, Obstacle, Question
from .column_changes import ColumnDrafter
from .dependents import Dependents
from .differences import (
    ColumnDifference,
    ColumnMissing,
    ColumnUnknown,
    Difference,
    TableCommentDiffers,
    TableKindDiffers,
    TableMissing,
    TableTablespaceDiffers,
    TableUnknown,
)
from .editor import CollectingEditor
from .facts import Facts
from .generated_names import follow
from .renames import Renames
from .renames import changes as rename_changes
from .state import Schema, Table, TableName
from .table_changes import TableDrafter
from .workbench import Workbench

if TYPE_CHECKING:
    from .plan import Planner

TABLE = (TableMissing, TableUnknown, TableKindDiffers, TableCommentDiffers, TableTablespaceDiffers)
COLUMN = (ColumnMissing, ColumnUnknown, ColumnDifference)

# A name in quotes, or Django's way to name a schema: schema"."table.
QUOTED = re.compile(r'^"|"$|"\."')


class Drafts:
    """Drafts all changes, once before and once after the data was measured.

    Attributes:
        questions: What a person must decide, filled by :meth:`make`.
        guards: SQL that fails if the data is no longer what was measured, filled as well.
    """

    def __init__(
        self,
        planner: Planner,
        live: Schema,
        planned: list[Difference],
        staying: list[Difference],
        renames: Renames | None,
        answers: Answers,
    ) -> None:
        self.planner = planner
        self.planned = planned
        self.staying = staying
        self.renames = renames
        self.bench = Workbench(
            planner.connection,
            planner.apps,
            live,
            planner.declared,
            answers,
            {table.oid: table for table in planner.live.tables},
            CollectingEditor(planner.connection),
            Facts(enum_changes.declared(planner.apps)),
            frozenset(item.table for item in planned if isinstance(item, TableUnknown)),
        )
        self.questions: list[Question] = []
        self.guards: list[str] = []
        self._stepped_aside: frozenset[tuple[TableName, str]] = frozenset()
        self._odd_names: dict[TableName, str | None] = {}

    def make(self) -> list[Change]:
        """Return the renames, and the changes in the order of the differences."""
        changes = self._draft()
        # What is measured may bring up more to ask: a second round, and no third.
        for _ in range(3):
            if not self.bench.facts.pending:
                break
            self.bench.facts.measure(self.bench.connection)
            changes = self._draft()
        if self.renames is None:
            return changes
        following = follow(self.bench, self.planned, self._stepped_aside, self.renames)
        return [*rename_changes(self.planner.live, self.renames, following), *changes]

    def _draft(self) -> list[Change]:
        columns, tables = ColumnDrafter(self.bench), TableDrafter(self.bench)
        dependents = Dependents(self.bench, self.planned, self.staying)
        renamed = constraint_changes.order_renames(self.bench, self.planned)
        changes = []
        questions: list[Question] = []
        for position, difference in enumerate(self.planned):
            if isinstance(difference, TABLE):
                change = tables.draft(difference)
            elif isinstance(difference, COLUMN):
                change = columns.draft(difference)
            else:
                change = constraint_changes.draft(difference, self.bench)
            if position in renamed:
                change = replace(change, statements=renamed[position])
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
        self._stepped_aside = dependents.stepped_aside
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
