"""What must step aside while a column changes: dropped before, made again after.

PostgreSQL rebuilds plain indexes and keys by itself when the type of a column changes. Expressions
it keeps as they were parsed for the old type, generated columns and foreign keys it refuses to
touch; so these are dropped and created again as the models declare them.
https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from . import constraint_changes
from .changes import Question, Statement
from .column_changes import ColumnDrafter
from .differences import (
    ColumnCollationDiffers,
    ColumnGeneratedDiffers,
    ColumnTypeDiffers,
    ColumnUnknown,
    ConstraintDifference,
    ConstraintMissing,
    ConstraintUnknown,
    Difference,
    IndexDifference,
    IndexMissing,
    IndexUnknown,
)
from .facts import base_type
from .state import Column, Constraint, ForeignKey, Index, PrimaryKey, Table, TableName, Unique
from .workbench import Workbench, columns_of, expression_columns_of, mentions


class Dependents:
    """Finds what depends on the columns and keys that change.

    Args:
        bench: The tools.
        differences: All that will be changed; unknown objects that stay are not among them.
        staying: The unknown objects that stay.
    """

    def __init__(
        self,
        bench: Workbench,
        differences: Iterable[Difference],
        staying: Iterable[Difference],
    ) -> None:
        self.bench = bench
        self.pairs: dict[TableName, tuple[Table, Table]] = {}
        # Per live table: columns whose type changes for good, columns that are dropped and added
        # again, and the names of objects that have a change of their own.
        self.retyped: dict[TableName, set[str]] = defaultdict(set)
        self.remade: dict[TableName, set[str]] = defaultdict(set)
        self.dropped: dict[TableName, set[str]] = defaultdict(set)
        self.handled: dict[TableName, set[str]] = defaultdict(set)
        self.created: dict[TableName, set[Constraint | Index]] = defaultdict(set)
        self.keys: dict[TableName, list[PrimaryKey | Unique | Index]] = defaultdict(list)
        for difference in differences:
            self._note(difference)
        self.unknown = {
            (difference.live.name, _name(difference))
            for difference in staying
            if difference.live is not None
        }
        self._done: set[tuple[TableName, str]] = set()
        self._declared = {
            found.oid
            for declared in bench.declared.tables
            if (found := bench.live_table(declared.name)) is not None
        }

    def _note(self, difference: Difference) -> None:
        live, declared = difference.live, difference.declared
        if live is None:
            return
        if declared is not None:
            self.pairs[live.name] = (live, declared)
        match difference:
            case ColumnTypeDiffers(live_column=old, declared_column=new):
                if new.generated is not None:
                    self.remade[live.name].add(old.name)
                elif base_type(old.type) != base_type(new.type):
                    self.retyped[live.name].add(old.name)
            case ColumnCollationDiffers(live_column=old):
                self.retyped[live.name].add(old.name)
            case ColumnGeneratedDiffers(live_column=old, declared_column=new):
                if new.generated is not None:
                    self.remade[live.name].add(old.name)
            case ColumnUnknown(live_column=old):
                self.dropped[live.name].add(old.name)
            case ConstraintUnknown(live_constraint=item) | IndexUnknown(live_index=item):
                self._handle(live, item)
            case (
                ConstraintDifference(live_constraint=item, declared_constraint=made)
                | IndexDifference(live_index=item, declared_index=made)
            ):
                self._handle(live, item)
                self.created[live.name].add(made)
            case ConstraintMissing(declared_constraint=made) | IndexMissing(declared_index=made):
                self.created[live.name].add(made)

    def _handle(self, live: Table, item: Constraint | Index) -> None:
        self.handled[live.name].add(item.name)
        if isinstance(item, PrimaryKey | Unique) or (isinstance(item, Index) and item.unique):
            self.keys[live.name].append(item)

    @property
    def stepped_aside(self) -> frozenset[tuple[TableName, str]]:
        """The live objects, by table and name, that have been written to be dropped so far."""
        return frozenset(self._done)

    def of(self, difference: Difference, columns: ColumnDrafter) -> list[Statement]:
        """Write what steps aside for one difference, each object once."""
        live, declared = difference.live, difference.declared
        if live is None or declared is None:
            return []
        match difference:
            case ColumnTypeDiffers(live_column=column) | ColumnCollationDiffers(live_column=column):
                return self._around_column(live, declared, column, columns)
            case ColumnGeneratedDiffers(live_column=column):
                if column.name in self.remade[live.name]:
                    return self._objects(live, declared, {column.name}, whole=True)
            case (
                ConstraintUnknown(live_constraint=item)
                | IndexUnknown(live_index=item)
                | ConstraintDifference(live_constraint=item)
                | IndexDifference(live_index=item)
            ):
                if isinstance(item, PrimaryKey | Unique) or (
                    isinstance(item, Index) and item.unique
                ):
                    names = columns_of(item, _names(live))
                    return self._foreign_keys(live, names, exact=True)
        return []

    def _around_column(
        self, live: Table, declared: Table, column: Column, columns: ColumnDrafter
    ) -> list[Statement]:
        name = column.name
        if name in self.remade[live.name]:
            return self._objects(live, declared, {name}, whole=True)
        if name not in self.retyped[live.name]:
            # Only a modifier changes: what was parsed for the type stays as it is. PostgreSQL
            # refuses even that under a generated column.
            return self._generated(live, declared, name, columns)
        return [
            *self._generated(live, declared, name, columns),
            *self._objects(live, declared, {name}, whole=False),
            *self._foreign_keys(live, {name}, exact=False),
        ]

    def _generated(
        self, live: Table, declared: Table, name: str, columns: ColumnDrafter
    ) -> list[Statement]:
        statements = []
        for other in live.columns:
            if other.generated is None or not mentions(other.generated.expression, [name]):
                continue
            again = declared.column(other.name)
            if again is None or other.name in self.remade[live.name]:
                continue
            self.remade[live.name].add(other.name)
            statements.append(columns.drop_statement(live, other))
            statements += columns.add_statements(declared, again)
            statements += self._objects(live, declared, {other.name}, whole=True)
        return statements

    def _objects(
        self, live: Table, declared: Table, names: set[str], *, whole: bool
    ) -> list[Statement]:
        """Drop and create the constraints and indexes that stay and depend on the columns.

        Args:
            live: The live table.
            declared: The declared table.
            names: The columns.
            whole: Whether the columns are dropped, so that plain keys go with them; otherwise only
                what has expressions is affected.
        """
        find = columns_of if whole else expression_columns_of
        statements = []
        for item in (*live.constraints, *live.indexes):
            if isinstance(item, ForeignKey):
                continue
            key = (live.name, item.name)
            if (
                item.name not in self.handled[live.name]
                and key not in self.unknown
                and key not in self._done
                and find(item, names)
            ):
                self._done.add(key)
                statements.append(constraint_changes.drop_statement(self.bench, live, item))
        for made in (*declared.constraints, *declared.indexes):
            if isinstance(made, ForeignKey) or made in self.created[live.name]:
                continue
            if find(made, names):
                self.created[live.name].add(made)
                statements += constraint_changes.create_statements(self.bench, declared, made)
        if whole:
            statements += self._foreign_keys(live, names, exact=False)
        return statements

    def _foreign_keys(self, live: Table, names: set[str], *, exact: bool) -> list[Statement]:
        """Drop and create the foreign keys from and to the columns that stay.

        Args:
            live: The live table.
            names: The columns.
            exact: Whether only foreign keys to exactly these columns are affected, as those are
                that stand on a unique constraint over them.
        """
        found: list[tuple[Table, ForeignKey]] = []
        for table, item in self.bench.foreign_keys.get(live.name, ()):
            mine = table.name == live.name and not exact and names & set(item.columns)
            targets = set(item.target_columns)
            theirs = item.target == live.name and (
                targets == names if exact else bool(names & targets)
            )
            if mine or theirs:
                found.append((table, item))
        statements = []
        for table, item in found:
            key = (table.name, item.name)
            if (
                item.name in self.handled[table.name]
                or key in self._done
                or table.name in self.bench.dropped
                or not self._ours(table)
            ):
                continue
            self._done.add(key)
            statements.append(constraint_changes.drop_statement(self.bench, table, item))
            statements.append(constraint_changes.restore_statement(self.bench, table, item))
        return statements

    def _ours(self, table: Table) -> bool:
        return table.name in self.pairs or table.oid in self._declared

    def taken_along(self, difference: ColumnUnknown) -> list[Question]:
        """Ask about the unknown objects that PostgreSQL would drop with a column."""
        live, name = difference.live, difference.live_column.name
        assert live is not None
        found = [
            constraint_changes.describe(live, item)
            for item in (*live.constraints, *live.indexes)
            if (live.name, item.name) in self.unknown and columns_of(item, [name])
        ]
        if not found:
            return []
        return [
            Question(
                "prodobit.E617",
                f"Drop {', '.join(found)} with column {live.name.name}.{name}?",
                f"PostgreSQL drops {', '.join(found)} with column {live.name.name}.{name}, and no "
                "push or migration of this project made that.",
                ("--prune",),
            )
        ]


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _name(difference: Difference) -> str:
    match difference:
        case ConstraintUnknown(live_constraint=item) | IndexUnknown(live_index=item):
            return item.name
        case ColumnUnknown(live_column=column):
            return column.name
    return ""
