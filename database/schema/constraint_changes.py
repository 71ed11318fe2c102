"""Differences of constraints and indexes → changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .changes import Change, Kind, Obstacle, Phase, Statement
from .differences import (
    ConstraintDiffers,
    ConstraintMissing,
    ConstraintNameDiffers,
    ConstraintNotValid,
    ConstraintUnknown,
    Difference,
    IndexDiffers,
    IndexMissing,
    IndexNameDiffers,
    IndexNotValid,
    IndexUnknown,
)
from .renames import aside_table, ordered
from .state import (
    Check,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    OriginKind,
    PrimaryKey,
    Table,
    TableName,
    Unique,
)
from .workbench import Workbench, mentions

WORDS = {
    PrimaryKey: "primary key",
    Unique: "unique constraint",
    Check: "check constraint",
    Exclusion: "exclusion constraint",
    ForeignKey: "foreign key",
}


def describe(table: Table, item: Constraint | Index) -> str:
    """Return kind and name of a constraint or an index: ``index products_name_idx``."""
    word = WORDS.get(type(item), "unique index" if getattr(item, "unique", False) else "index")
    return f"{word} {item.name or columns_in_words(table, item)}"


def columns_in_words(table: Table, item: Constraint | Index) -> str:
    """Return ``products (name, price)`` for an object whose name PostgreSQL or Django chooses."""
    columns = getattr(item, "columns", ()) or [
        key.column or "…" for key in getattr(item, "keys", ())
    ]
    if not columns and item.origin is not None:
        columns = item.origin.fields
    return f"{table.name.name} ({', '.join(columns)})"


def draft(difference: Difference, bench: Workbench) -> Change:
    """Turn a difference of a constraint or an index into a change."""
    live, declared = difference.live, difference.declared
    match difference:
        case ConstraintMissing(declared_constraint=item) | IndexMissing(declared_index=item):
            assert declared is not None
            return _create(bench, live, declared, item)
        case ConstraintUnknown(live_constraint=item) | IndexUnknown(live_index=item):
            assert live is not None
            return Change(
                Kind.DROP,
                live.name,
                describe(live, item),
                statements=(drop_statement(bench, live, item),),
            )
        case (
            ConstraintNameDiffers(live_constraint=old, declared_constraint=new)
            | IndexNameDiffers(live_index=old, declared_index=new)
        ):
            assert live is not None
            return Change(
                Kind.RENAME,
                live.name,
                describe(live, old),
                f"→ {new.name}",
                (rename_statement(bench, live, old, new.name),),
            )
        case ConstraintNotValid(live_constraint=item):
            assert live is not None
            assert declared is not None
            name = bench.quote(item.name)
            statement = f"ALTER TABLE {bench.table(live.name)} VALIDATE CONSTRAINT {name}"
            return Change(
                Kind.ALTER,
                live.name,
                describe(live, item),
                "validated",
                (Statement(Phase.ADD_FOREIGN_KEY, statement),),
                obstacle=_obstacle(bench, live, declared, difference.declared_constraint),
            )
        case (
            ConstraintDiffers(live_constraint=old, declared_constraint=new)
            | IndexDiffers(live_index=old, declared_index=new)
            | IndexNotValid(live_index=old, declared_index=new)
        ):
            assert live is not None
            assert declared is not None
            return Change(
                Kind.ALTER,
                live.name,
                describe(live, old),
                "made anew",
                (
                    drop_statement(bench, live, old),
                    *create_statements(bench, declared, new),
                ),
                obstacle=_obstacle(bench, live, declared, new),
            )
    raise AssertionError(difference)


def _create(
    bench: Workbench, live: Table | None, declared: Table, item: Constraint | Index
) -> Change:
    return Change(
        Kind.CREATE,
        declared.name if live is None else live.name,
        describe(declared, item),
        statements=tuple(create_statements(bench, declared, item)),
        obstacle=_obstacle(bench, live, declared, item) if live is not None else None,
    )


def create_statements(
    bench: Workbench, declared: Table, item: Constraint | Index
) -> list[Statement]:
    """Write what creates a declared constraint or index, as Django's schema editor writes it."""
    model, editor, origin = bench.model(declared), bench.editor, item.origin
    assert origin is not None
    fields: list[Any] = [model._meta.get_field(name) for name in origin.fields]
    sql: object
    phase = Phase.ADD_INDEX
    match origin.kind:
        case OriginKind.PRIMARY_KEY | OriginKind.COMPOSITE_PRIMARY_KEY:
            assert isinstance(item, PrimaryKey)
            columns = ", ".join(bench.quote(column) for column in item.columns)
            sql = (
                f"ALTER TABLE {editor.quote_name(model._meta.db_table)} ADD PRIMARY KEY ({columns})"
            )
            phase = Phase.ADD_KEY
        case OriginKind.UNIQUE | OriginKind.UNIQUE_TOGETHER:
            sql = editor._create_unique_sql(model, fields)
            phase = Phase.ADD_KEY
        case OriginKind.DB_INDEX:
            sql = editor._create_index_sql(model, fields=fields)
        case OriginKind.LIKE_INDEX:
            sql = editor._create_like_index_sql(model, fields[0])
        case OriginKind.FIELD_CHECK:
            column = fields[0].column
            name = editor._create_index_name(model._meta.db_table, [column], suffix="_check")
            check = fields[0].db_parameters(connection=bench.connection)["check"]
            sql = editor._create_check_sql(model, name, check)
            phase = Phase.ADD_CHECK
        case OriginKind.FOREIGN_KEY:
            sql = editor._create_fk_sql(model, fields[0], "_fk_%(to_table)s_%(to_column)s")
            phase = Phase.ADD_FOREIGN_KEY
        case OriginKind.META_CONSTRAINT:
            sql = model._meta.constraints[origin.index].create_sql(model, editor)
            if isinstance(item, Unique):
                phase = Phase.ADD_KEY
            elif isinstance(item, Check | Exclusion):
                phase = Phase.ADD_CHECK
        case OriginKind.META_INDEX:
            sql = model._meta.indexes[origin.index].create_sql(model, editor)
    return [Statement(phase, editor.text(sql))]


def drop_statement(bench: Workbench, live: Table, item: Constraint | Index) -> Statement:
    """Write what drops a live constraint or index."""
    name = bench.quote(item.name)
    if isinstance(item, Index):
        schema = bench.quote(live.name.schema)
        return Statement(Phase.DROP_INDEX, f"DROP INDEX {schema}.{name}")
    sql = f"ALTER TABLE {bench.table(live.name)} DROP CONSTRAINT {name}"
    if isinstance(item, ForeignKey):
        if item.deferrable:
            # Runs the checks that are due at COMMIT, which would be in the way of dropping it.
            schema = bench.quote(live.name.schema)
            sql = f"SET CONSTRAINTS {schema}.{name} IMMEDIATE; {sql}"
        return Statement(Phase.DROP_FOREIGN_KEY, sql)
    return Statement(Phase.DROP_CHECK if isinstance(item, Check) else Phase.DROP_INDEX, sql)


def rename_statement(
    bench: Workbench, live: Table, item: Constraint | Index, name: str
) -> Statement:
    """Write what renames a live constraint or index."""
    old, new = bench.quote(item.name), bench.quote(name)
    if isinstance(item, Index):
        sql = f"ALTER INDEX {bench.quote(live.name.schema)}.{old} RENAME TO {new}"
    else:
        sql = f"ALTER TABLE {bench.table(live.name)} RENAME CONSTRAINT {old} TO {new}"
    return Statement(Phase.RENAME_OBJECT, sql)


def order_renames(
    bench: Workbench, differences: Iterable[Difference]
) -> dict[int, tuple[Statement, ...]]:
    """Write the renames of objects that take one another's names, in an order that works.

    Args:
        bench: The tools.
        differences: All that will be changed.

    Returns:
        The statements by the position of their difference: all of them with the first rename of
        this kind, none with the others.
    """
    wanted: dict[TableName, TableName] = {}
    items: dict[TableName, tuple[Table, Constraint | Index]] = {}
    positions: dict[TableName, int] = {}
    for position, difference in enumerate(differences):
        match difference:
            case (
                ConstraintNameDiffers(live_constraint=old, declared_constraint=new)
                | IndexNameDiffers(live_index=old, declared_index=new)
            ):
                live = difference.live
                assert live is not None
                space = live.name.schema
                if isinstance(old, Check | ForeignKey):
                    # Their names need to be unique in their table only.
                    space = str(live.name)
                name = TableName(space, old.name)
                wanted[name] = TableName(space, new.name)
                items[name] = live, old
                positions[name] = position
    targets = set(wanted.values())
    tangled = {old: new for old, new in wanted.items() if new in wanted or old in targets}
    if not tangled:
        return {}
    statements = []
    for before, after in ordered(tangled, tuple(tangled), aside_table):
        live, item = items.pop(before)
        items[after] = live, replace(item, name=after.name)
        statements.append(
            rename_statement(bench, live, replace(item, name=before.name), after.name)
        )
    first, *others = sorted(positions[name] for name in tangled)
    return {first: tuple(statements), **dict.fromkeys(others, ())}


def restore_statement(bench: Workbench, table: Table, item: ForeignKey) -> Statement:
    """Write what creates a live foreign key again exactly as it is."""
    columns = ", ".join(bench.quote(column) for column in item.columns)
    targets = ", ".join(bench.quote(column) for column in item.target_columns)
    sql = (
        f"ALTER TABLE {bench.table(table.name)} ADD CONSTRAINT {bench.quote(item.name)} "
        f"FOREIGN KEY ({columns}) REFERENCES {bench.table(item.target)} ({targets})"
    )
    if item.match == "FULL":
        sql += " MATCH FULL"
    if item.on_update != "NO ACTION":
        sql += f" ON UPDATE {item.on_update}"
    if item.on_delete != "NO ACTION":
        sql += f" ON DELETE {item.on_delete}"
        if item.on_delete_columns:
            sql += f" ({', '.join(bench.quote(column) for column in item.on_delete_columns)})"
    if item.deferrable:
        sql += " DEFERRABLE"
    if item.initially_deferred:
        sql += " INITIALLY DEFERRED"
    if not item.enforced:
        sql += " NOT ENFORCED"
    elif not item.valid:
        sql += " NOT VALID"
    return Statement(Phase.ADD_FOREIGN_KEY, sql)


def _obstacle(
    bench: Workbench, live: Table, declared: Table, item: Constraint | Index
) -> Obstacle | None:
    """Find rows that a constraint or unique index would not allow.

    Only those over columns that are there now can be counted: what is added or changes its type
    in the same push, PostgreSQL itself judges.
    """
    if isinstance(item, ForeignKey):
        return _orphans(bench, live, item)
    if isinstance(item, Check):
        return _violations(bench, live, declared, item)
    if isinstance(item, PrimaryKey | Unique) or (isinstance(item, Index) and item.unique):
        return _duplicates(bench, live, declared, item)
    return None


def _present(bench: Workbench, live: Table, names: Iterable[str]) -> list[str] | None:
    names = list(names)
    quoted = bench.names_now(live, names)
    return quoted if len(quoted) == len(names) else None


def _duplicates(
    bench: Workbench, live: Table, declared: Table, item: PrimaryKey | Unique | Index
) -> Obstacle | None:
    predicate, names = None, list(getattr(item, "columns", ()))
    if isinstance(item, Index):
        predicate = item.predicate
        names = [key.column or "" for key in item.keys]
    if predicate or not all(names):
        keys = getattr(item, "keys", ())
        if not _unchanged(bench, live, declared, [predicate, *(key.expression for key in keys)]):
            return None
    columns = []
    for place, name in enumerate(names):
        if name:
            quoted = bench.names_now(live, [name])
            if not quoted:
                return None
            columns += quoted
        else:
            assert isinstance(item, Index)
            columns.append(f"({item.keys[place].expression})")
    listed = ", ".join(columns)
    table = bench.table_now(live)
    conditions = [f"({predicate})"] if predicate else []
    if not getattr(item, "nulls_not_distinct", False):
        conditions += [f"{column} IS NOT NULL" for column in columns]
    where = " WHERE " + " AND ".join(conditions) if conditions else ""
    groups = f"FROM {table}{where} GROUP BY {listed} HAVING count(*) > 1"
    count = bench.facts.ask(
        table, f"SELECT sum(times - 1)::bigint FROM (SELECT count(*) AS times {groups}) AS found"
    )
    if not count:
        return None
    return Obstacle(
        "prodobit.E605",
        count,
        f"{_rows(count, 'duplicate')} in {live.name.name}: {describe(live, item)} cannot hold.",
        "Remove the duplicates; the query lists them.",
        f"SELECT {listed}, count(*) {groups}",
    )


def _unchanged(bench: Workbench, live: Table, declared: Table, texts: Iterable[str | None]) -> bool:
    """Tell whether declared expressions can be asked of the table as it is now."""
    original = bench.original[live.oid]
    texts = list(texts)
    for column in declared.columns:
        if any(mentions(text, [column.name]) for text in texts):
            now = original.column(column.name)
            after = live.column(column.name)
            if (
                now is None
                or after is None
                or now.position != after.position
                or now.type != column.type
            ):
                return False
    return True


def _violations(bench: Workbench, live: Table, declared: Table, item: Check) -> Obstacle | None:
    if not _unchanged(bench, live, declared, [item.expression]):
        return None
    table = bench.table_now(live)
    where = f"NOT ({item.expression})"
    count = bench.facts.ask(table, f"SELECT count(*) FROM {table} WHERE {where}")
    if not count:
        return None
    return Obstacle(
        "prodobit.E608",
        count,
        f"{_rows(count, 'row')} of {live.name.name} would break {describe(live, item)}.",
        "Correct the rows, or change the condition; the query lists the rows.",
        f"SELECT * FROM {table} WHERE {where}",
    )


def _orphans(bench: Workbench, live: Table, item: ForeignKey) -> Obstacle | None:
    target = bench.live_table(item.target)
    columns = _present(bench, live, item.columns)
    if not columns or target is None or target.oid not in bench.original:
        return None
    targets = _present(bench, target, item.target_columns)
    if not targets:
        return None
    table, other = bench.table_now(live), bench.table_now(target)
    pairs = list(zip(columns, targets, strict=True))
    if any(
        _type_of(live, mine) != _type_of(target, theirs)
        for mine, theirs in zip(item.columns, item.target_columns, strict=True)
    ):
        return None
    joined = " AND ".join(f"target.{theirs} = source.{mine}" for mine, theirs in pairs)
    given = " AND ".join(f"source.{mine} IS NOT NULL" for mine, _ in pairs)
    rows = (
        f"FROM {table} AS source WHERE {given} "
        f"AND NOT EXISTS (SELECT FROM {other} AS target WHERE {joined})"
    )
    count = bench.facts.ask(table, f"SELECT count(*) {rows}")
    if not count:
        return None
    return Obstacle(
        "prodobit.E609",
        count,
        f"{_rows(count, 'row')} of {live.name.name} refer to nothing in {target.name.name}: "
        "the foreign key cannot hold.",
        "Correct the rows; the query lists them.",
        f"SELECT {', '.join('source.' + mine for mine, _ in pairs)} {rows}",
    )


def _type_of(table: Table, name: str) -> str:
    column = table.column(name)
    return column.type if column else ""


def _rows(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
