"""The live database → Schema. All SQL that reads the catalog lives here.

https://www.postgresql.org/docs/current/catalogs.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

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

# Names that were asked for come as two parallel arrays; a bare name is looked up along the search
# path, which is what to_regclass() does, without temporary tables and pg_catalog.
WANTED = """
WHERE c.oid IN (
    SELECT (
        SELECT r.oid
        FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE r.relname = wanted.name
          AND CASE WHEN wanted.schema = '' THEN n.nspname = ANY (current_schemas(false))
              ELSE n.nspname = wanted.schema END
        ORDER BY array_position(current_schemas(false), n.nspname)
        LIMIT 1
    )
    FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS wanted (schema, name)
)"""
ALL = "WHERE n.nspname = ANY (current_schemas(false))"
AND_SCHEMAS = "WHERE n.nspname = ANY (current_schemas(false) || %(schemas)s::name[])"

TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence, c.relispartition, c.reltuples,
       c.relpages, c.relrowsecurity, c.relhassubclass, c.reloptions, pg_get_userbyid(c.relowner),
       d.description, s.spcname, pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_description d
  ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
{where}
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
  AND NOT EXISTS (
      SELECT FROM pg_depend e
      WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'
  )
ORDER BY n.nspname, c.relname
"""

COLUMNS = """
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), x.description,
       CASE WHEN a.attcollation <> t.typcollation THEN
           CASE WHEN pg_collation_is_visible(l.oid) THEN l.collname
           ELSE l.collnamespace::regnamespace::text || '.' || quote_ident(l.collname) END
       END,
       CASE WHEN coalesce(e.typnamespace, t.typnamespace) <> 'pg_catalog'::regnamespace
       THEN coalesce(en.nspname, tn.nspname) END,
       a.attinhcount > 0, a.attacl IS NOT NULL, a.atttypid, a.attcollation,
       q.name, q.owned, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle
FROM pg_attribute a
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_namespace en ON en.oid = e.typnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_description x
  ON x.objoid = a.attrelid AND x.classoid = 'pg_class'::regclass AND x.objsubid = a.attnum
LEFT JOIN (
    SELECT p.refobjid, p.refobjsubid, p.deptype = 'a' AS owned, p.objid::regclass::text AS name, s.*
    FROM pg_sequence s
    JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = s.seqrelid
     AND p.objsubid = 0 AND p.refclassid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')
) q ON q.refobjid = a.attrelid AND q.refobjsubid = a.attnum
WHERE a.attrelid = ANY (%(oids)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

# A partition's or child's foreign key may be a copy that stands for its parent's (conparentid); a
# foreign key to a partitioned table has a copy for each of the partitions, which is left out.
CONSTRAINTS = """
SELECT c.conrelid, c.oid, c.conname, c.contype, c.conkey, c.condeferrable, c.condeferred,
       c.convalidated, c.connoinherit, {enforced}, c.coninhcount > 0,
       pg_get_expr(c.conbin, c.conrelid), d.description, c.conindid,
       rn.nspname, r.relname,
       CASE WHEN c.contype = 'f' THEN
           CASE WHEN array_length(c.confkey, 1) = 1 THEN ARRAY[ra.attname]
           ELSE ARRAY(
               SELECT k.attname FROM unnest(c.confkey) WITH ORDINALITY u (attnum, position)
               JOIN pg_attribute k ON k.attrelid = c.confrelid AND k.attnum = u.attnum
               ORDER BY u.position
           ) END
       END::text[],
       c.confdeltype, c.confupdtype, c.confmatchtype, c.confdelsetcols,
       CASE WHEN c.conexclop IS NOT NULL THEN ARRAY(
           SELECT CASE WHEN pg_operator_is_visible(o.oid) THEN o.oprname
                  ELSE format('OPERATOR(%%I.%%s)', o.oprnamespace::regnamespace, o.oprname) END
           FROM unnest(c.conexclop) WITH ORDINALITY u (oid, position)
           JOIN pg_operator o ON o.oid = u.oid ORDER BY u.position
       ) END::text[],
       CASE WHEN {odd} THEN pg_get_constraintdef(c.oid) ELSE '' END
FROM pg_constraint c
LEFT JOIN pg_class r ON r.oid = c.confrelid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_attribute ra ON ra.attrelid = c.confrelid AND ra.attnum = c.confkey[1]
LEFT JOIN pg_description d
  ON d.objoid = c.oid AND d.classoid = 'pg_constraint'::regclass AND d.objsubid = 0
WHERE c.conrelid = ANY (%(oids)s::oid[]) AND c.contype IN ('p', 'u', 'c', 'x', 'f')
  AND NOT (c.contype = 'f' AND c.conparentid <> 0 AND EXISTS (
      SELECT FROM pg_constraint p WHERE p.oid = c.conparentid AND p.conrelid = c.conrelid))
ORDER BY c.conrelid, c.conname
"""

INDEXES = """
SELECT i.indrelid, i.indexrelid, c.relname, m.amname, i.indkey::text, i.indnkeyatts,
       i.indclass::text, i.indcollation::text, i.indoption::text, i.indisunique,
       i.indnullsnotdistinct, i.indisvalid AND i.indisready, i.indisclustered, i.indisreplident,
       pg_get_expr(i.indpred, i.indrelid), c.reloptions, s.spcname, d.description,
       c.relispartition,
       CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
           SELECT pg_get_indexdef(i.indexrelid, k, false) FROM generate_series(1, i.indnkeyatts) k
       ) END,
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR m.amname <> 'btree'
       THEN pg_get_indexdef(i.indexrelid) ELSE '' END
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_description d
  ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
WHERE i.indrelid = ANY (%(oids)s::oid[]) AND i.indislive
ORDER BY i.indrelid, c.relname
"""

# Facts that few tables have, and the dictionaries that the indexes need, in rows of one shape.
EXTRAS = """
SELECT 'opclass', o.oid, o.opcintype::int8,
       ARRAY[o.opcname, a.amname, CASE WHEN o.opcdefault THEN 'default' ELSE '' END]::text[]
FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod
UNION ALL
SELECT 'collation', c.oid, 0, ARRAY[
    CASE WHEN pg_collation_is_visible(c.oid) THEN c.collname
    ELSE c.collnamespace::regnamespace::text || '.' || quote_ident(c.collname) END]
FROM pg_collation c
WHERE c.oid IN (SELECT unnest(indcollation) FROM pg_index WHERE indrelid = ANY (%(oids)s::oid[]))
UNION ALL
SELECT 'opclass parameters', a.attrelid, a.attnum, a.attoptions
FROM pg_attribute a JOIN pg_index i ON i.indexrelid = a.attrelid
WHERE a.attoptions IS NOT NULL AND i.indrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'parent', h.inhrelid, h.inhseqno, ARRAY[n.nspname, p.relname]
FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
JOIN pg_namespace n ON n.oid = p.relnamespace
WHERE h.inhrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'trigger', t.tgrelid, 0, ARRAY[t.tgname]
FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'policy', p.polrelid, 0, ARRAY[p.polname]
FROM pg_policy p WHERE p.polrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'rule', r.ev_class, 0, ARRAY[r.rulename]
FROM pg_rewrite r WHERE r.rulename <> '_RETURN' AND r.ev_class = ANY (%(oids)s::oid[])
UNION ALL
SELECT DISTINCT 'dependent', d.refobjid, 0, ARRAY[n.nspname, v.relname]
FROM pg_rewrite r
JOIN pg_class v ON v.oid = r.ev_class AND r.rulename = '_RETURN'
JOIN pg_namespace n ON n.oid = v.relnamespace
 AND n.nspname NOT IN ('pg_catalog', 'information_schema')
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
 AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
WHERE d.refobjid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'publication', p.prrelid, 0, ARRAY[b.pubname]
FROM pg_publication_rel p JOIN pg_publication b ON b.oid = p.prpubid
WHERE p.prrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'statistics', s.stxrelid, 0, ARRAY[s.stxname]
FROM pg_statistic_ext s WHERE s.stxrelid = ANY (%(oids)s::oid[])
UNION ALL
SELECT 'enum', t.oid, 0, ARRAY[n.nspname, t.typname, x.description] || ARRAY(
    SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text[]
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_description x
  ON x.objoid = t.oid AND x.classoid = 'pg_type'::regclass AND x.objsubid = 0
WHERE t.typtype = 'e' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
  AND NOT EXISTS (
      SELECT FROM pg_depend p
      WHERE p.classid = 'pg_type'::regclass AND p.objid = t.oid AND p.deptype = 'e'
  )
UNION ALL
SELECT 'path', 0, 0, current_schemas(false)::text[]
UNION ALL
SELECT 'temporary', 0, 0, ARRAY[]::text[]
WHERE NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
  AND has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY 1, 2, 3, 4
"""


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
             collation, type_schema, inherited, privileges, type_oid, collation_oid,
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
                    _identity(identity, options) if identity else None,
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
                )  # fmt: skip
            else:
                constraint = Unique(
                    name, key_columns, index.include, index.nulls_not_distinct, deferrable,
                    deferred, index.storage, index.tablespace, comment, oid=oid,
                    inherited=inherited,
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
