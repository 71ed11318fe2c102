"""What the tables are like before a statement of a plan: read once, then kept in step with it.

A sketch knows as much as judging needs: types, constraints, indexes, and how big a table is. It
begins with the live catalog, or, without a database, with nothing and all migrations that came
before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from database.schema import normalize, state
from database.schema.state import TableName

from .live import Live, Size
from .statement import Action, ColumnPart, ConstraintKind, ConstraintPart, Kind, Statement
from .tokens import Reader, tokenize


@dataclass
class Index:
    """An index.

    Attributes:
        columns: Its columns, "" for an expression, those behind INCLUDE as well.
        unique: Whether it is unique.
        type: What Django's introspection calls it: ``idx`` for an ordinary one, else the method.
    """

    columns: tuple[str, ...]
    unique: bool = False
    type: str = "idx"


@dataclass
class Table:
    """A table.

    Attributes:
        name: Its name now, without a schema where the search path finds it.
        live: The name that it has in the database, None if this plan makes it.
        size: How big it is; nothing for one that this plan makes.
        columns: Type and NOT NULL of its columns, by name.
        constraints: By name.
        indexes: Those that belong to no constraint, by name.
        filled: Whether a statement of the plan puts rows into it.
        added: Columns that this plan has added.
        updated: Columns that this plan has given other values.
    """

    name: TableName
    live: TableName | None
    size: Size
    columns: dict[str, ColumnPart] = field(default_factory=dict)
    constraints: dict[str, ConstraintPart] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    filled: bool = False
    added: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)

    @property
    def new(self) -> bool:
        """Whether nobody else can know of it yet."""
        return self.live is None

    def indexes_on(self, column: str) -> int:
        """Return how many indexes have the column in them; one of expressions counts as well."""
        keys = [
            part.columns
            for part in self.constraints.values()
            if part.kind in (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE)
        ]
        keys += [index.columns for index in self.indexes.values()]
        keys += [
            (column,) for part in self.constraints.values() if part.kind is ConstraintKind.EXCLUDE
        ]
        return sum(column in columns or "" in columns for columns in keys)

    @property
    def index_count(self) -> int:
        """How many indexes it has."""
        kinds = (ConstraintKind.PRIMARY_KEY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUDE)
        return len(self.indexes) + sum(part.kind in kinds for part in self.constraints.values())


class Sketch:
    """All tables that are known.

    Args:
        live: What can be asked of the database.
        empty: Begin with no table, as before the first migration.

    Attributes:
        python: Whether the plan has run Python by now, whatever that has changed.
    """

    def __init__(self, live: Live, *, empty: bool = False) -> None:
        self.live = live
        self.tables: dict[TableName, Table] = {}
        self.enum_types: dict[str, tuple[str, ...] | None] = {}
        self.python = False
        if not empty:
            sizes = live.sizes()
            for name, table in live.schema().by_name().items():
                known = self.tables.get(table.name)
                known = known or _of_catalog(table, sizes.get(table.name, Size()))
                if not name.schema:
                    known.name = name
                self.tables[name] = known

    def settle(self) -> None:
        """End the replay of the past: what there is now is in the database already."""
        sizes = self.live.sizes()
        self.python = False
        for table in self.tables.values():
            table.live = table.name
            table.size = self.live.find(sizes, table.name)
            table.filled = False
            table.added.clear()
            table.updated.clear()

    def enum_labels(self, type_: str) -> tuple[str, ...] | None:
        """Return the labels of an enum type (as SQL), or None if there is none of that name."""
        if type_ in self.enum_types:
            return self.enum_types[type_]
        name = Reader(type_, tokenize(type_)).table()
        for enum in self.live.schema().enums:
            if enum.name.name == name.name and name.schema in ("", enum.name.schema):
                return enum.labels
        return None

    def table(self, name: TableName) -> Table | None:
        """Return a table by the name that it has now."""
        return self.tables.get(name)

    def owner_of(self, index: TableName) -> Table | None:
        """Return the table that has an index (or a constraint of that index's name)."""
        return next(
            (
                table
                for table in self.tables.values()
                if index.name in table.indexes or index.name in table.constraints
            ),
            None,
        )

    def referrers(self, name: TableName) -> list[Table]:
        """Return the tables whose foreign keys point to a table."""
        found = self.table(name)
        others = {id(table): table for table in self.tables.values() if table is not found}
        return [each for each in others.values() if found and self.references(each, found)]

    def references(self, table: Table, target: Table) -> list[tuple[str, ConstraintPart]]:
        """Return the foreign keys of a table that point to another, with their names."""
        return [
            (name, part)
            for name, part in table.constraints.items()
            if part.kind is ConstraintKind.FOREIGN_KEY and self.table(part.target) is target
        ]

    # Keeping in step

    def apply(self, statement: Statement) -> None:
        """Take into account what a statement does."""
        for action in statement.actions:
            self._apply(action)

    def _apply(self, action: Action) -> None:
        if action.kind is Kind.CREATE_TABLE:
            if not (action.missing_ok and self.table(action.table)):
                self._create(action)
            return
        if action.kind in (Kind.DROP_INDEX, Kind.RENAME_INDEX):
            self._index(action)
            return
        table = self.table(action.table)
        if table is None:
            return
        if action.kind is Kind.DROP_TABLE:
            for other in self.referrers(action.table):
                for referring, _ in self.references(other, table):
                    del other.constraints[referring]
            self._forget(table)
        elif action.kind is Kind.RENAME_TABLE:
            self._rename(table, TableName(action.table.schema, action.name))
        elif action.kind in (Kind.INSERT, Kind.UPDATE):
            table.updated.update(action.index_columns)
            table.filled = table.filled or (table.new and action.many)
        else:
            _change(table, action)

    def _create(self, action: Action) -> None:
        table = Table(action.table, None, Size(0, 0), filled=action.many)
        for column in action.columns:
            _add_column(table, column)
        for part in action.constraints:
            _add_constraint(table, part)
        self.tables[action.table] = table

    def _rename(self, table: Table, name: TableName) -> None:
        for other in [table, *self.referrers(table.name)]:
            for key, part in self.references(other, table):
                other.constraints[key] = replace(part, target=name)
        self._forget(table)
        table.name = name
        self.tables[name] = table

    def _forget(self, table: Table) -> None:
        for key in [key for key, known in self.tables.items() if known is table]:
            del self.tables[key]

    def _index(self, action: Action) -> None:
        table = self.owner_of(action.table)
        if table is None:
            return
        index = table.indexes.pop(action.table.name, None)
        if action.kind is Kind.RENAME_INDEX:
            if index is not None:
                table.indexes[action.to] = index
            elif action.table.name in table.constraints:
                table.constraints[action.to] = table.constraints.pop(action.table.name)


def _change(table: Table, action: Action) -> None:
    columns, constraints = table.columns, table.constraints
    if action.kind is Kind.ADD_COLUMN and action.column is not None:
        if not (action.missing_ok and action.name in columns):
            _add_column(table, action.column)
            table.added.add(action.name)
    elif action.kind is Kind.DROP_COLUMN:
        columns.pop(action.name, None)
        for name in [n for n, part in constraints.items() if action.name in part.columns]:
            del constraints[name]
        for name in [n for n, index in table.indexes.items() if action.name in index.columns]:
            del table.indexes[name]
    elif action.kind is Kind.RENAME_COLUMN:
        if action.name in columns:
            columns[action.to] = replace(columns.pop(action.name), name=action.to)
        for name, part in constraints.items():
            constraints[name] = replace(part, columns=_renamed(part.columns, action))
        for index in table.indexes.values():
            index.columns = _renamed(index.columns, action)
    elif action.kind is Kind.ALTER_TYPE and action.name in columns:
        columns[action.name] = replace(columns[action.name], type=action.type)
    elif action.kind in (Kind.SET_NOT_NULL, Kind.DROP_NOT_NULL) and action.name in columns:
        columns[action.name] = replace(
            columns[action.name], not_null=action.kind is Kind.SET_NOT_NULL
        )
    elif action.kind is Kind.ADD_CONSTRAINT:
        for part in action.constraints:
            _add_constraint(table, part)
    elif action.kind is Kind.VALIDATE_CONSTRAINT and action.name in constraints:
        constraints[action.name] = replace(constraints[action.name], valid=True)
    elif action.kind is Kind.DROP_CONSTRAINT:
        constraints.pop(action.name, None)
    elif action.kind is Kind.RENAME_CONSTRAINT and action.name in constraints:
        constraints[action.to] = replace(constraints.pop(action.name), name=action.to)
    elif action.kind is Kind.CREATE_INDEX:
        name = action.name or _free(table, f"{table.name.name}_idx")
        table.indexes[name] = Index(
            action.index_columns, action.unique, index_type(name, action.method)
        )


def index_type(name: str, method: str, options: bool = False) -> str:
    """Return what Django's introspection calls the type of an index."""
    return "idx" if method == "btree" and not name.endswith("_btree") and not options else method


def _renamed(columns: tuple[str, ...], action: Action) -> tuple[str, ...]:
    return tuple(action.to if column == action.name else column for column in columns)


def _add_column(table: Table, column: ColumnPart) -> None:
    table.columns[column.name] = column
    for part in column.constraints:
        _add_constraint(table, part)


def _add_constraint(table: Table, part: ConstraintPart) -> None:
    if part.using_index:
        index = table.indexes.pop(part.using_index, None)
        part = replace(part, columns=index.columns if index else ())
    if part.kind is ConstraintKind.CHECK:
        known = tuple(column for column in part.columns if column in table.columns)
        part = replace(part, columns=known)
    name = part.name or chosen_name(table, part)
    table.constraints[name] = replace(part, name=name)
    if part.kind is ConstraintKind.PRIMARY_KEY:
        for column in part.columns:
            if column in table.columns:
                table.columns[column] = replace(table.columns[column], not_null=True)


_ENDINGS = {
    ConstraintKind.PRIMARY_KEY: "pkey",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.FOREIGN_KEY: "fkey",
    ConstraintKind.CHECK: "check",
    ConstraintKind.EXCLUDE: "excl",
}


def chosen_name(table: Table, part: ConstraintPart) -> str:
    """Return the name that PostgreSQL chooses for a constraint that is given none.

    Source: ``ChooseConstraintName()`` and ``makeObjectName()`` of PostgreSQL.
    """
    ending = _ENDINGS[part.kind]
    columns = () if part.kind is ConstraintKind.PRIMARY_KEY else part.columns
    first, second = table.name.name.encode(), "_".join(columns).encode()
    room = normalize.IDENTIFIER_BYTES - len(ending) - 1 - (1 if second else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), second.decode(errors="ignore"), ending]
    return _free(table, "_".join(each for each in parts if each))


def _free(table: Table, name: str) -> str:
    taken = {*table.constraints, *table.indexes}
    number, found = 0, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def _of_catalog(table: state.Table, size: Size) -> Table:
    return Table(
        table.name,
        table.name,
        size,
        {column.name: _column(column) for column in table.columns},
        dict(_constraints(table.constraints)),
        {
            index.name: Index(
                tuple(key.column or "" for key in index.keys) + index.include,
                index.unique,
                index_type(index.name, index.method, bool(index.storage)),
            )
            for index in table.indexes
        },
    )


def _column(column: state.Column) -> ColumnPart:
    return ColumnPart(
        column.name,
        column.type,
        not_null=column.not_null,
        default=column.default,
        stored=bool(column.generated and column.generated.stored),
        identity=column.identity is not None or column.serial is not None,
    )


def _constraints(
    constraints: Iterable[state.Constraint],
) -> Iterable[tuple[str, ConstraintPart]]:
    for each in constraints:
        match each:
            case state.PrimaryKey():
                yield (
                    each.name,
                    ConstraintPart(ConstraintKind.PRIMARY_KEY, each.name, each.columns),
                )
            case state.Unique():
                yield each.name, ConstraintPart(ConstraintKind.UNIQUE, each.name, each.columns)
            case state.Check():
                yield (
                    each.name,
                    ConstraintPart(
                        ConstraintKind.CHECK,
                        each.name,
                        each.columns,
                        expression=each.expression,
                        valid=each.valid,
                    ),
                )
            case state.ForeignKey():
                yield (
                    each.name,
                    ConstraintPart(
                        ConstraintKind.FOREIGN_KEY,
                        each.name,
                        each.columns,
                        each.target,
                        each.target_columns,
                        valid=each.valid,
                    ),
                )
            case state.Exclusion():
                keys = tuple(key.column or "" for key in each.keys)
                yield each.name, ConstraintPart(ConstraintKind.EXCLUDE, each.name, keys)
            case _:
                continue
