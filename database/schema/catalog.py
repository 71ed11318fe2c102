"""The live database → Schema. The SQL is in :mod:`.queries`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from .queries import ALL, AND_SCHEMAS, COLUMNS, CONSTRAINTS, EXTRAS, INDEXES, TABLES, WANTED
from .state import (
    Check,
    Column,
    EnumType,
    Exclusion,
    ForeignKey,
    Generated,
    Identity,
    IdentityKind,
    Index,
    IndexKey,
    LiveConstraint,
    PrimaryKey,
    Schema,
    SequenceOptions,
    Table,
    TableKind,
    TableName,
    Unique,
)

KINDS = {
    "r": TableKind.TABLE,
    "p": TableKind.PARTITIONED,
    "v": TableKind.VIEW,
    "m": TableKind.MATERIALIZED_VIEW,
    "f": TableKind.FOREIGN,
}
ACTIONS = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


def read(
    connection: BaseDatabaseWrapper,
    *,
    tables: Collection[TableName] | None = None,
    schemas: Collection[str] | None = None,
) -> Schema:
    """Read the schema of the live database in a fixed number of queries (five).

    Args:
        connection: A PostgreSQL connection of Django; inside or outside of a transaction.
        tables: The tables to read, those of a bare name found by the search path; names of which
            there is no table are passed over. None reads all user tables of the schemas on the
            search path.
        schemas: Read all user tables of these schemas as well.

    Returns:
        The tables (and views) that exist, without system objects and what extensions own.
    """
    connection.ensure_connection()
    version: int = connection.pg_version  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        wanted = sorted(tables) if tables is not None else []
        names = {
            "schemas": [name.schema for name in wanted],
            "names": [name.name for name in wanted],
        }
        where = ALL if tables is None else WANTED
        if schemas:
            where, names = AND_SCHEMAS, {"schemas": sorted(schemas)}
        cursor.execute(TABLES.format(where=where), names)
        relations = cursor.fetchall()
        parameters = {"oids": [row[0] for row in relations]}
        cursor.execute(EXTRAS, parameters)
        extras = _Extras(cursor.fetchall())
        cursor.execute(COLUMNS, parameters)
        columns = _Columns(cursor.fetchall())
        cursor.execute(INDEXES, parameters)
        indexes = _Indexes(cursor.fetchall(), columns, extras)
        cursor.execute(
            CONSTRAINTS.format(
                enforced="c.conenforced" if version >= 180000 else "true",
                odd="c.contype = 'x' OR array_length(c.confkey, 1) > 1",
            ),
            parameters,
        )
        constraints = _constraints(cursor.fetchall(), columns, indexes)
    return Schema(
        tables=tuple(
            _table(row, columns.of_table, constraints, indexes.free, extras) for row in relations
        ),
        enums=extras.enums,
        search_path=extras.search_path,
        server_version=version,
        can_create_temporary=extras.can_create_temporary,
        default_tablespace=extras.default_tablespace,
    )


class _Extras:
    """What the query EXTRAS answers, by kind and by the object that it belongs to."""

    def __init__(self, rows: Iterable[tuple[str, int, int, list[str]]]) -> None:
        self.opclasses: dict[str, tuple[str, bool, int, str]] = {}
        self.default_opclasses: set[tuple[str, int]] = set()
        self.collations: dict[str, str] = {}
        self.opclass_parameters: dict[tuple[int, int], tuple[str, ...]] = {}
        self.facts: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.parents: dict[int, list[TableName]] = defaultdict(list)
        self.search_path: tuple[str, ...] = ()
        self.can_create_temporary = False
        self.default_tablespace = ""
        enums = []
        for kind, oid, number, texts in rows:
            if kind == "opclass":
                name, method, default = texts
                self.opclasses[str(oid)] = (name, bool(default), number, method)
                if default:
                    self.default_opclasses.add((method, number))
            elif kind == "collation":
                self.collations[str(oid)] = texts[0]
            elif kind == "opclass parameters":
                self.opclass_parameters[oid, number] = tuple(texts)
            elif kind == "parent":
                self.parents[oid].append(TableName(*texts))
            elif kind == "enum":
                enums.append(EnumType(TableName(texts[0], texts[1]), tuple(texts[3:]), texts[2]))
            elif kind == "path":
                self.search_path = tuple(texts)
            elif kind == "tablespace":
                self.default_tablespace = texts[0]
            elif kind == "temporary":
                self.can_create_temporary = True
            else:
                self.facts[kind, oid].append(".".join(texts))
        self.enums = tuple(sorted(enums, key=lambda enum: enum.name))

    def of(self, kind: str, oid: int) -> tuple[str, ...]:
        """Return the names of that kind that belong to the relation."""
        return tuple(self.facts.get((kind, oid), ()))


class _Columns:
    """Columns by table, and what indexes and constraints need to know of them by number."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self.of_table: dict[int, list[Column]] = defaultdict(list)
        self.names: dict[int, dict[int, str]] = defaultdict(dict)
        self.types: dict[tuple[int, int], int] = {}
        self.collations: dict[tuple[int, int], int] = {}
        for row in rows:
            (relation, number, name, type_, not_null, identity, generated, expression, comment,
             collation, type_schema, inherited, local, privileges, type_oid, collation_oid,
             sequence, owned, *options) = row  # fmt: skip
            self.names[relation][number] = name
            self.types[relation, number] = type_oid
            self.collations[relation, number] = collation_oid
            self.of_table[relation].append(
                Column(
                    name,
                    type_,
                    not_null,
                    None if generated else expression,
                    # Since PostgreSQL 17 a partition's numbers come from its parent's sequence.
                    _identity(identity, options) if identity and sequence else None,
                    # A sequence that the column owns but does not take its default from is no
                    # serial; nextval() names it exactly as regclass does.
                    sequence
                    if owned and expression == f"nextval({_literal(sequence)}::regclass)"
                    else None,
                    collation,
                    Generated(expression, generated == "s") if generated else None,
                    comment,
                    None,
                    number,
                    type_schema or "",
                    inherited,
                    local,
                    privileges,
                )
            )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identity(kind: str, options: list[Any]) -> Identity:
    return Identity(
        IdentityKind.ALWAYS if kind == "a" else IdentityKind.BY_DEFAULT, SequenceOptions(*options)
    )


class _Indexes:
    """Indexes by table (``free``: those that no constraint stands for), and all by their oid."""

    def __init__(self, rows: Iterable[tuple[Any, ...]], columns: _Columns, extras: _Extras) -> None:
        self.by_oid: dict[int, Index] = {}
        self.relation: dict[int, int] = {}
        for row in rows:
            (relation, oid, name, method, numbers, key_count, opclasses, collations, options,
             unique, nulls_not_distinct, valid, clustered, replica_identity, predicate, storage,
             tablespace, comment, partition, expressions, definition) = row  # fmt: skip
            names = columns.names[relation]
            attributes = [int(number) for number in numbers.split()]
            keys = []
            for place, (number, opclass, collation, option) in enumerate(
                zip(
                    attributes[:key_count],
                    opclasses.split(),
                    collations.split(),
                    options.split(),
                    strict=False,
                )
            ):
                opclass_name, default, type_oid, _ = extras.opclasses[opclass]
                if number:
                    column_type = columns.types[relation, number]
                    if default and type_oid != column_type:
                        default = (method, column_type) not in extras.default_opclasses
                    own_collation = columns.collations.get((relation, number), 0)
                    collated = collation != "0" and int(collation) != own_collation
                else:
                    default, collated = _named_in_definition(
                        definition, expressions[place], opclass_name
                    )
                keys.append(
                    IndexKey(
                        names[number] if number else None,
                        None if number else expressions[place],
                        opclass_name,
                        default,
                        extras.opclass_parameters.get((oid, place + 1), ()),
                        extras.collations[collation] if collated else None,
                        option in ("1", "3"),
                        option in ("2", "3"),
                    )
                )
            self.relation[oid] = relation
            self.by_oid[oid] = Index(
                name,
                method,
                tuple(keys),
                tuple(names[number] for number in attributes[key_count:]),
                predicate,
                unique,
                nulls_not_distinct,
                tuple(storage or ()),
                tablespace or "",
                comment,
                valid,
                True,
                None,
                oid,
                definition,
                clustered,
                replica_identity,
                partition,
            )
        self.free: dict[int, list[Index]] = defaultdict(list)
        for oid, index in self.by_oid.items():
            self.free[self.relation[oid]].append(index)

    def take(self, oid: int) -> Index:
        """Return the index of a constraint, which is no index of its own then."""
        index = self.by_oid[oid]
        self.free[self.relation[oid]].remove(index)
        return index


def _named_in_definition(definition: str, expression: str, opclass: str) -> tuple[bool, bool]:
    """Tell whether the operator class of an expression is the default, and whether it is collated.

    The type of an indexed expression is nowhere in the catalog (a GIN or GiST index has another);
    but ``pg_get_indexdef()`` names the operator class and the collation only if they are not what
    PostgreSQL would take by itself.
    """
    start = definition.index(f"{expression}", definition.index(" USING "))
    rest = definition[start + len(expression) :].lstrip()
    collated = rest.startswith("COLLATE ")
    if collated:
        rest = _behind_identifier(rest.removeprefix("COLLATE "))
    return not _starts_with_opclass(rest, opclass), collated


def _behind_identifier(text: str) -> str:
    """Return what follows a possibly qualified and quoted identifier and a space."""
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in " ,)":
            return text[place:].lstrip()
    return ""


def _starts_with_opclass(rest: str, opclass: str) -> bool:
    if rest[:1] in (",", ")", ""):
        return False
    word = rest[: len(rest) - len(_behind_identifier(rest))].rstrip(" ,)")
    name = word.split("(")[0].rpartition(".")[2]
    return name.strip('"') == opclass


def _constraints(
    rows: Iterable[tuple[Any, ...]], columns: _Columns, indexes: _Indexes
) -> dict[int, list[LiveConstraint]]:
    constraints: dict[int, list[LiveConstraint]] = defaultdict(list)
    for row in rows:
        (relation, oid, name, kind, numbers, deferrable, deferred, valid, no_inherit, enforced,
         inherited, expression, comment, index_oid, target_schema, target_table, target_columns,
         on_delete, on_update, match, set_columns, operators, definition) = row  # fmt: skip
        names = columns.names[relation]
        own = tuple(names.get(number, "") for number in numbers or ())
        constraint: LiveConstraint
        if kind == "c":
            constraint = Check(
                name, expression, valid, no_inherit, enforced, own, comment,
                oid=oid, inherited=inherited,
            )  # fmt: skip
        elif kind == "f":
            constraint = ForeignKey(
                name,
                own,
                TableName(target_schema, target_table),
                tuple(target_columns),
                ACTIONS[on_delete],
                ACTIONS[on_update],
                tuple(names[number] for number in set_columns or ()),
                "FULL" if match == "f" else "SIMPLE",
                deferrable,
                deferred,
                valid,
                enforced,
                comment,
                oid=oid,
                inherited=inherited,
                definition=definition,
            )
        elif kind == "x":
            index = indexes.take(index_oid)
            constraint = Exclusion(
                name,
                index.method,
                tuple(
                    IndexKey(
                        key.column,
                        key.expression,
                        key.opclass,
                        key.opclass_is_default,
                        key.opclass_parameters,
                        key.collation,
                        key.descending,
                        key.nulls_first,
                        operator,
                    )
                    for key, operator in zip(index.keys, operators, strict=True)
                ),
                index.include,
                index.predicate,
                deferrable,
                deferred,
                index.storage,
                index.tablespace,
                comment,
                oid=oid,
                inherited=inherited,
                definition=definition,
            )
        else:
            index = indexes.take(index_oid)
            key_columns = tuple(key.column or "" for key in index.keys)
            if kind == "p":
                constraint = PrimaryKey(
                    name, key_columns, index.include, deferrable, deferred, index.storage,
                    index.tablespace, comment, oid=oid, inherited=inherited,
                    without_overlaps=index.method != "btree", clustered=index.clustered,
                )  # fmt: skip
            else:
                constraint = Unique(
                    name, key_columns, index.include, index.nulls_not_distinct, deferrable,
                    deferred, index.storage, index.tablespace, comment, oid=oid,
                    inherited=inherited, without_overlaps=index.method != "btree",
                    clustered=index.clustered,
                )  # fmt: skip
        constraints[relation].append(constraint)
    return constraints


def _table(
    row: tuple[Any, ...],
    columns: dict[int, list[Column]],
    constraints: dict[int, list[LiveConstraint]],
    indexes: dict[int, list[Index]],
    extras: _Extras,
) -> Table:
    (oid, schema, name, kind, persistence, _, rows, pages, row_security, _, storage, owner, comment,
     tablespace, bound, partition_key) = row  # fmt: skip
    return Table(
        TableName(schema, name),
        KINDS[kind],
        tuple(columns.get(oid, ())),
        tuple(constraints.get(oid, ())),
        tuple(indexes.get(oid, ())),
        comment,
        tuple(storage or ()),
        tablespace or "",
        tuple(extras.parents.get(oid, ())),
        partition_key or "",
        bound or "",
        persistence == "u",
        oid=oid,
        owner=owner,
        estimated_rows=rows,
        has_rows_estimate=pages > 0,
        row_security=row_security,
        triggers=extras.of("trigger", oid),
        policies=extras.of("policy", oid),
        rules=extras.of("rule", oid),
        dependents=extras.of("dependent", oid),
        publications=extras.of("publication", oid),
        statistics=extras.of("statistics", oid),
    )
