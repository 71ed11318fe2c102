"""The statement that makes an enum type anew, where PostgreSQL cannot change it in place.

It is one block, which looks at the catalog when it runs: what it finds is what there is then,
whatever the statements before it have renamed or dropped, and ``sqlmigrate`` shows all of it.

https://www.postgresql.org/docs/current/sql-altertype.html
"""

from __future__ import annotations

from collections.abc import Sequence

BLOCK = """\
DO $rebuild{tag}$
-- {type} is made anew: columns are moved to it, and what mentions its values is made again.
DECLARE
    enum_type constant oid := {type_literal}::regtype;
    types constant oid[] := ARRAY[enum_type, (SELECT typarray FROM pg_type WHERE oid = enum_type)];
    aside text[];
    moved text[];
    back text[];
    statement text;
BEGIN
    WITH fields AS (
        SELECT a.attrelid, a.attnum, a.attrelid::regclass AS tab, quote_ident(a.attname) AS col,
               a.atttypid <> enum_type AS is_array, a.attinhcount,
               pg_get_expr(d.adbin, d.adrelid) AS expr
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        LEFT JOIN pg_attrdef d
          ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
        WHERE a.atttypid = ANY (types) AND NOT a.attisdropped
    ), indexes AS (
        SELECT i.indexrelid AS oid, i.indexrelid::regclass AS name, c.relkind,
               format('%I.%I', n.nspname, t.relname) AS tab
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition
        JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND EXISTS (
            SELECT FROM pg_depend d
            WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
              AND (d.refclassid = 'pg_type'::regclass AND d.refobjid = ANY (types)
                   OR d.refclassid = 'pg_class'::regclass AND EXISTS (
                       SELECT FROM fields f
                       WHERE f.attrelid = d.refobjid AND f.attnum = d.refobjsubid))
        )
    ), constraints AS (
        SELECT x.oid, x.contype, x.conindid, x.conrelid::regclass AS tab,
               quote_ident(x.conname) AS name
        FROM pg_constraint x
        WHERE x.contype IN ('c', 'f', 'x') AND x.conrelid <> 0 AND x.coninhcount = 0
          AND x.conparentid = 0
          AND (x.contype = 'x' AND x.conindid IN (SELECT i.oid FROM indexes i) OR EXISTS (
              SELECT FROM fields f
              WHERE f.attrelid = x.conrelid AND f.attnum = ANY (x.conkey)
                 OR f.attrelid = x.confrelid AND f.attnum = ANY (x.confkey)))
    ), steps AS (
        SELECT contype <> 'f' AS place,
               format('ALTER TABLE %s DROP CONSTRAINT %s', tab, name) AS go,
               format('ALTER TABLE %s ADD CONSTRAINT %s %s', tab, name, pg_get_constraintdef(oid))
                   AS come,
               format('COMMENT ON CONSTRAINT %s ON %s IS %L', name, tab,
                      obj_description(oid, 'pg_constraint')) AS say,
               obj_description(oid, 'pg_constraint') IS NOT NULL AS says
        FROM constraints
        UNION ALL
        -- That of a partitioned table is told with ONLY, as if its partitions had none.
        SELECT true, format('DROP INDEX %s', name),
               CASE WHEN relkind = 'I'
                    THEN replace(pg_get_indexdef(oid), ' ON ONLY ' || tab, ' ON ' || tab)
                    ELSE pg_get_indexdef(oid) END,
               format('COMMENT ON INDEX %s IS %L', name, obj_description(oid, 'pg_class')),
               obj_description(oid, 'pg_class') IS NOT NULL
        FROM indexes WHERE oid NOT IN (SELECT conindid FROM constraints)
        UNION ALL
        SELECT NULL, format('ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT', tab, col),
               format('ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s', tab, col, expr),
               NULL, false
        FROM fields WHERE expr IS NOT NULL
        UNION ALL
        SELECT NULL, NULL, format('COMMENT ON TYPE {type_format} IS %L',
                                  obj_description(enum_type, 'pg_type')), NULL, false
        WHERE obj_description(enum_type, 'pg_type') IS NOT NULL
        UNION ALL
        SELECT NULL, NULL, format('ALTER TYPE {type_format} OWNER TO %I',
                                  pg_get_userbyid(t.typowner)), NULL, false
        FROM pg_type t WHERE t.oid = enum_type AND pg_get_userbyid(t.typowner) <> current_user
        UNION ALL
        SELECT NULL, NULL, format('REVOKE ALL ON TYPE {type_format} FROM PUBLIC;') || string_agg(
            format('GRANT USAGE ON TYPE {type_format} TO %s%s',
                   CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END,
                   CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), ';'),
               NULL, false
        FROM pg_type t, aclexplode(t.typacl) x
        WHERE t.oid = enum_type AND x.grantee <> t.typowner HAVING count(*) > 0
    )
    SELECT array_agg(go ORDER BY place) FILTER (WHERE go IS NOT NULL),
           array_agg(come || CASE WHEN says THEN ';' || say ELSE '' END
                     ORDER BY place DESC NULLS FIRST),
           (SELECT array_agg(format(
                'ALTER TABLE %s ALTER COLUMN %s TYPE {type_format}%s '
                'USING %s::text%s::{type_format}%s',
                tab, col, dim, col, dim, dim) ORDER BY tab::text, col)
            FROM (SELECT *, CASE WHEN is_array THEN '[]' ELSE '' END AS dim
                  FROM fields WHERE attinhcount = 0) AS roots)
    INTO aside, back, moved FROM steps;

    FOREACH statement IN ARRAY coalesce(aside, '{{}}') LOOP EXECUTE statement; END LOOP;
    ALTER TYPE {type} RENAME TO {old};
    CREATE TYPE {type} AS ENUM ({values});
    FOREACH statement IN ARRAY coalesce(moved, '{{}}') LOOP EXECUTE statement; END LOOP;
    FOREACH statement IN ARRAY coalesce(back, '{{}}') LOOP EXECUTE statement; END LOOP;
    DROP TYPE {old_type};
END
$rebuild{tag}$"""


def statement(type_: str, values: Sequence[str]) -> str:
    """Return the block that gives an enum type other values, and all columns that have it.

    Defaults, CHECK and exclusion constraints, foreign keys, partial indexes and those on
    expressions are dropped before and made again after it, with their comments. A view, a
    function, a policy or a generated column that needs the type makes it fail.

    Args:
        type_: The name of the type as SQL.
        values: All values, in order.
    """
    schema, dot, name = type_.rpartition(".")
    bare = name.strip('"').replace('""', '"')
    old = _quote(bare.encode()[:58].decode(errors="ignore") + "__old")
    text = type_ + "".join(values)
    tag = ""
    while f"$rebuild{tag}$" in text:
        tag += "_"
    return BLOCK.format(
        type=type_,
        type_literal=literal(type_),
        type_format=type_.replace("%", "%%").replace("'", "''"),
        old=old,
        old_type=f"{schema}{dot}{old}",
        values=", ".join(literal(value) for value in values),
        tag=tag,
    )


def drop_unused(type_: str) -> str:
    """Return the block that drops an enum type, unless something needs it or it is gone.

    Args:
        type_: The name of the type as SQL.
    """
    tag = "_" if "$drop$" in type_ else ""
    return (
        f"DO $drop{tag}$ BEGIN DROP TYPE {type_}; "
        f"EXCEPTION WHEN dependent_objects_still_exist OR undefined_object THEN NULL; "
        f"END $drop{tag}$"
    )


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
