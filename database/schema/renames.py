"""Renames, applied to a schema and written as SQL.

A rename is applied to the live schema in memory first, so that everything else is planned as if it
had happened; its statements run first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .changes import Change, Kind, Phase, Question, Statement
from .node import KEYWORDS
from .normalize import quote
from .state import (
    Check,
    Column,
    Constraint,
    ForeignKey,
    Generated,
    Index,
    IndexKey,
    Schema,
    Table,
    TableName,
)

IDENTIFIER = re.compile(
    r"""(?P<string>[eE]?'(?:[^']|'')*')
      | "(?P<quoted>(?:[^"]|"")+)"
      | (?<!::)(?P<bare>[^\W\d][\w$]*)(?!\s*\()
    """,
    re.VERBOSE,
)
PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


@dataclass
class Renames:
    """What is renamed, by the oids of the live tables.

    Attributes:
        tables: The new names of tables.
        columns: New names of columns by the old ones.
        models: ``(app_label, old name, new name)`` of models, for content types.
        decided: As ``--rename`` takes them: what a person decided, and no more.
        questions: What a person must decide.
    """

    tables: dict[int, TableName] = field(default_factory=dict)
    columns: dict[int, dict[str, str]] = field(default_factory=dict)
    models: list[tuple[str, str, str]] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything is renamed."""
        return bool(self.tables or self.columns)


# Applying renames to a schema


def apply(live: Schema, renames: Renames) -> Schema:
    """Return the live schema as it will be after the renames."""
    if not renames:
        return live
    names = {
        table.name: renames.tables.get(table.oid, table.name)
        for table in live.tables
        if table.oid in renames.tables
    }
    columns_of = {
        table.name: renames.columns[table.oid]
        for table in live.tables
        if table.oid in renames.columns
    }
    return replace(
        live,
        tables=tuple(
            _rename_table(table, renames.columns.get(table.oid, {}), names, columns_of)
            for table in live.tables
        ),
    )


def _rename_table(
    table: Table,
    columns: Mapping[str, str],
    tables: Mapping[TableName, TableName],
    columns_of: Mapping[TableName, Mapping[str, str]],
) -> Table:
    touched = columns or table.name in tables
    targets = any(
        isinstance(item, ForeignKey) and (item.target in tables or item.target in columns_of)
        for item in table.constraints
    )
    if not touched and not targets:
        return table
    return replace(
        table,
        name=tables.get(table.name, table.name),
        columns=tuple(_rename_column(column, columns) for column in table.columns),
        constraints=tuple(
            _rename_object(item, columns, tables, columns_of) for item in table.constraints
        ),
        indexes=tuple(_rename_object(item, columns, tables, columns_of) for item in table.indexes),
    )


def _rename_column(column: Column, columns: Mapping[str, str]) -> Column:
    generated = column.generated
    if generated is not None:
        generated = Generated(_rename_text(generated.expression, columns), generated.stored)
    return replace(column, name=columns.get(column.name, column.name), generated=generated)


def _rename_object[T: (Constraint, Index)](
    item: T,
    columns: Mapping[str, str],
    tables: Mapping[TableName, TableName],
    columns_of: Mapping[TableName, Mapping[str, str]],
) -> T:
    changed: dict[str, Any] = {}
    for name in ("columns", "include"):
        if values := getattr(item, name, ()):
            changed[name] = tuple(columns.get(value, value) for value in values)
    if isinstance(item, Check):
        changed["expression"] = _rename_text(item.expression, columns)
    if isinstance(item, ForeignKey):
        target = columns_of.get(item.target, {})
        changed["target"] = tables.get(item.target, item.target)
        changed["target_columns"] = tuple(target.get(name, name) for name in item.target_columns)
    keys: tuple[IndexKey, ...] = getattr(item, "keys", ())
    if keys:
        changed["keys"] = tuple(
            replace(
                key,
                column=columns.get(key.column, key.column) if key.column else None,
                expression=key.expression and _rename_text(key.expression, columns),
            )
            for key in keys
        )
    predicate: str | None = getattr(item, "predicate", None)
    if predicate:
        changed["predicate"] = _rename_text(predicate, columns)
    return replace(item, **changed)


def _rename_text(text: str, columns: Mapping[str, str]) -> str:
    """Rename columns in an expression, as PostgreSQL will deparse it afterwards."""

    def substitute(match: re.Match[str]) -> str:
        name = match["bare"] or (match["quoted"] or "").replace('""', '"')
        if match["string"] is not None or name not in columns:
            return match.group()
        new = columns[name]
        return new if PLAIN.match(new) and new not in KEYWORDS else quote(new)

    return IDENTIFIER.sub(substitute, text) if columns else text


# Statements


def changes(live: Schema, renames: Renames, following: Iterable[Statement]) -> list[Change]:
    """Write what carries the renames out.

    Args:
        live: The schema before them.
        renames: The renames.
        following: What else is renamed with them, in order.
    """
    found: list[Change] = []
    by_oid = {table.oid: table for table in live.tables}
    names = {by_oid[oid].name: new for oid, new in renames.tables.items()}
    steps = ordered(names, {table.name for table in live.tables}, aside_table)
    for oid, new in renames.tables.items():
        table = by_oid[oid]
        found.append(
            Change(
                Kind.RENAME,
                new,
                f"table {table.name.name}",
                f"→ {new.name}",
                notes=("keeps its rows",),
            )
        )
    if found:
        # All of them together, as names may change places.
        moves = tuple(
            Statement(Phase.RENAME_TABLE, sql) for old, new in steps for sql in _move(old, new)
        )
        found[0] = replace(found[0], statements=(*moves, *found[0].statements))
    for oid, columns in renames.columns.items():
        table = by_oid[oid]
        name = renames.tables.get(oid, table.name)
        for old, new_name in ordered(
            columns, {column.name for column in table.columns}, aside_column
        ):
            found.append(
                Change(
                    Kind.RENAME,
                    name,
                    f"column {name.name}.{old}",
                    f"→ {new_name}",
                    (
                        Statement(
                            Phase.RENAME_COLUMN,
                            f"ALTER TABLE {quote(name.schema)}.{quote(name.name)} "
                            f"RENAME COLUMN {quote(old)} TO {quote(new_name)}",
                        ),
                    ),
                    ("keeps its values",),
                )
            )
    if found:
        # In one place as well, with the names in foreign keys of other tables.
        found[-1] = replace(found[-1], statements=(*found[-1].statements, *following))
    return found


def _move(old: TableName, new: TableName) -> list[str]:
    statements = []
    if new.name != old.name:
        statements.append(
            f"ALTER TABLE {quote(old.schema)}.{quote(old.name)} RENAME TO {quote(new.name)}"
        )
    if new.schema != old.schema:
        statements.append(
            f"ALTER TABLE {quote(old.schema)}.{quote(new.name)} SET SCHEMA {quote(new.schema)}"
        )
    return statements


def aside_table(name: TableName, number: int) -> TableName:
    """Return a name for a table that has to step aside for a moment."""
    return TableName(name.schema, f"prodobit_{number}")


def aside_column(name: str, number: int) -> str:
    """Return a name for a column that has to step aside for a moment."""
    return f"prodobit_{number}"


def ordered[T: (str, TableName)](
    names: Mapping[T, T], present: Iterable[T], aside: Callable[[T, int], T]
) -> list[tuple[T, T]]:
    """Return the renames in an order in which each new name is free.

    Args:
        names: New names by old ones.
        present: All names there are.
        aside: Makes a name for what has to step aside while names change places.
    """
    waiting = dict(names)
    ordered: list[tuple[T, T]] = []
    taken = set(present)
    while waiting:
        free = [(old, new) for old, new in waiting.items() if new not in taken]
        if not free:
            # Names change places: one of them steps aside.
            old = next(iter(waiting))
            free_name = aside(old, len(ordered))
            ordered.append((old, free_name))
            waiting[free_name] = waiting.pop(old)
            taken = (taken - {old}) | {free_name}
            continue
        for old, new in free:
            ordered.append((old, new))
            del waiting[old]
            taken = (taken - {old}) | {new}
    return ordered
