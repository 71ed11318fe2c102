"""Names that Django or PostgreSQL chose follow the tables and columns they were made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from . import constraint_changes
from .changes import Statement
from .differences import Difference
from .normalize import IDENTIFIER_BYTES
from .renames import Renames, aside_table, ordered
from .state import Check, Constraint, ForeignKey, Index, PrimaryKey, Table, TableName, Unique
from .workbench import Workbench


def follow(
    bench: Workbench,
    planned: list[Difference],
    stepped_aside: frozenset[tuple[TableName, str]],
    renames: Renames,
) -> list[Statement]:
    """Write what gives objects of renamed tables and columns the names they would get today.

    Args:
        bench: The tools; the live schema is the one after the renames.
        planned: The differences that will be repaired: what has one is left alone here.
        stepped_aside: Objects, by table and name, that are gone when names change.
        renames: The renames.

    Returns:
        The statements in their order. Only objects whose name is exactly what Django or
        PostgreSQL would have chosen before the rename are renamed.
    """
    if not renames:
        return []
    touched = {
        name
        for difference in planned
        for attribute in ("live_constraint", "live_index")
        if (item := getattr(difference, attribute, None)) is not None
        for name in [(difference.table, item.name)]
    } | stepped_aside
    wanted: dict[TableName, TableName] = {}
    items: dict[TableName, tuple[Table, Constraint | Index]] = {}
    present: set[TableName] = set()
    for table in bench.live.tables:
        before = bench.original.get(table.oid)
        schema = table.name.schema
        present |= {TableName(schema, item.name) for item in (*table.constraints, *table.indexes)}
        if before is None or before == table:
            continue
        # A table keeps the order of its objects when it is renamed.
        for old, new in zip(
            (*before.constraints, *before.indexes),
            (*table.constraints, *table.indexes),
            strict=True,
        ):
            name = _new_name(bench, before, old, table, new)
            if name is not None and (table.name, new.name) not in touched:
                wanted[TableName(schema, new.name)] = TableName(schema, name)
                items[TableName(schema, new.name)] = table, new
    # What would take the name of something that keeps it stays as it is.
    wanted = {old: new for old, new in wanted.items() if new not in present or new in wanted}
    statements = []
    for old_name, new_name in ordered(wanted, present, aside_table):
        table, item = items.pop(old_name)
        items[new_name] = table, replace(item, name=new_name.name)
        statements.append(constraint_changes.rename_statement(bench, table, item, new_name.name))
    return statements


def _new_name(
    bench: Workbench,
    before: Table,
    old: Constraint | Index,
    after: Table,
    new: Constraint | Index,
) -> str | None:
    old_target = new_target = None
    if isinstance(old, ForeignKey) and isinstance(new, ForeignKey):
        old_target = old.target.name, old.target_columns[0]
        new_target = new.target.name, new.target_columns[0]
    for chosen, name in zip(
        _choices(bench, before, old, old_target),
        _choices(bench, after, new, new_target),
        strict=True,
    ):
        if chosen and old.name == chosen and name not in ("", chosen):
            return name
    return None


def _choices(
    bench: Workbench, table: Table, item: Constraint | Index, target: tuple[str, str] | None
) -> Iterator[str]:
    """Yield the names that Django and PostgreSQL choose for an object, always in the same order."""
    name, make = table.name.name, bench.editor._create_index_name
    columns = list(getattr(item, "columns", ()))
    candidates: list[str] = []
    match item:
        case PrimaryKey():
            candidates = [f"{name}_pkey", make(name, columns, "_pk")]
        case Unique():
            candidates = [f"{name}_{'_'.join(columns)}_key", make(name, columns, "_uniq")]
        case Check():
            candidates = [f"{name}_{'_'.join(columns)}_check", make(name, columns, "_check")]
        case ForeignKey():
            assert target is not None
            suffix = f"_fk_{target[0]}_{target[1]}"
            candidates = [make(name, columns, suffix), make(name, columns, "_fk")]
        case Index():
            columns = [key.column or "" for key in item.keys]
            candidates = [make(name, columns, suffix) for suffix in ("", "_like", "_idx")]
    for candidate in candidates:
        # PostgreSQL shortens what is too long in its own way: such names are left alone.
        yield candidate if len(candidate.encode()) <= IDENTIFIER_BYTES else ""
