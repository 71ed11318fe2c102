"""What a database has besides tables: views, functions, triggers, types, … as SQL that makes it.

PostgreSQL writes the definitions (``pg_get_viewdef()`` and its kin); nothing is put together here
that it can write itself. https://www.postgresql.org/docs/current/functions-info.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .extras_routines import ROUTINES
from .extras_tables import NOT_NULLS, OTHERS, TABLES
from .extras_types import TYPES


@dataclass(frozen=True, slots=True)
class Extra:
    """An object that no model can express.

    Attributes:
        kind: What it is, ``view``; the word stands in reports.
        schema: Its schema (of its table, for a trigger and the like); "" for what lies in none.
        name: Its name as SQL, with arguments for a function; ``trigger ON table`` for a trigger.
        create: SQL that makes it; "" for what is only reported.
        drop: SQL that takes it away.
        node: Catalog and oid, which dependencies refer to.
        table: ``(schema, name)`` of the table that it belongs to; ("", "") for what stands alone.
        base: For a domain, the type it is based on as ``format_type()`` writes it.
    """

    kind: str
    schema: str
    name: str
    create: str
    drop: str
    node: tuple[str, int]
    table: tuple[str, str] = ("", "")
    base: str = ""


@dataclass(frozen=True, slots=True)
class Extras:
    """All extras, and what depends on what.

    ``depends`` has, for catalog and oid of an object, those of the objects it needs; tables,
    views and sequences are ``("pg_class", oid)``, as are their row types.
    """

    objects: tuple[Extra, ...] = ()
    depends: Mapping[tuple[str, int], frozenset[tuple[str, int]]] = field(default_factory=dict)


# Every branch answers: kind, catalog, oid, schema, name, create, drop, table's schema, name, base.
COMMON = """
WITH own AS (
    SELECT n.oid, n.nspname FROM pg_namespace n
    WHERE n.nspname = ANY (%(schemas)s)
), member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), op_member AS (
    SELECT d.refclassid, d.refobjid, 'OPERATOR' AS kind, o.amopstrategy AS number,
           'OPERATOR ' || o.amopstrategy || ' ' || p.oprnamespace::regnamespace || '.' || p.oprname
           || ' (' || format_type(o.amoplefttype, NULL) || ', '
           || format_type(o.amoprighttype, NULL) || ')'
           || CASE WHEN o.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || (
                  SELECT f.opfnamespace::regnamespace || '.' || quote_ident(f.opfname)
                  FROM pg_opfamily f WHERE f.oid = o.amopsortfamily) ELSE '' END AS text
    FROM pg_amop o JOIN pg_operator p ON p.oid = o.amopopr
    JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = o.oid
     AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
     AND d.deptype IN ('i', 'a')
    WHERE o.oid >= 16384
    UNION ALL
    SELECT d.refclassid, d.refobjid, 'FUNCTION', f.amprocnum,
           'FUNCTION ' || f.amprocnum || ' (' || format_type(f.amproclefttype, NULL) || ', '
           || format_type(f.amprocrighttype, NULL) || ') ' || f.amproc::regprocedure
    FROM pg_amproc f
    JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = f.oid
     AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
     AND d.deptype IN ('i', 'a')
    WHERE f.oid >= 16384
), acl AS (
    SELECT c.oid, n.nspname, c.relname, c.relowner AS owner, c.relacl AS acl,
           acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner) AS usual,
           CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass AS thing,
           '' AS columns, '' AS prefix
    FROM pg_class c JOIN own n ON n.oid = c.relnamespace
    WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
    UNION ALL
    SELECT c.oid, n.nspname, c.relname, c.relowner, a.attacl, acldefault('c', c.relowner),
           'TABLE ' || c.oid::regclass, ' (' || quote_ident(a.attname) || ')', ''
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN own n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
      AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
    UNION ALL
    SELECT p.oid, n.nspname, '', p.proowner, p.proacl, acldefault('f', p.proowner),
           CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure,
           '', ''
    FROM pg_proc p JOIN own n ON n.oid = p.pronamespace
    WHERE p.proacl IS NOT NULL
      AND p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass)
    UNION ALL
    SELECT t.oid, n.nspname, '', t.typowner, t.typacl, acldefault('T', t.typowner),
           CASE t.typtype WHEN 'd' THEN 'DOMAIN ' ELSE 'TYPE ' END || format_type(t.oid, NULL),
           '', ''
    FROM pg_type t JOIN own n ON n.oid = t.typnamespace
    WHERE t.typacl IS NOT NULL
      AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
    UNION ALL
    SELECT n.oid, n.nspname, '', s.nspowner, s.nspacl, acldefault('n', s.nspowner),
           'SCHEMA ' || quote_ident(n.nspname), '', ''
    FROM pg_namespace s JOIN own n USING (oid)
    WHERE s.nspacl IS NOT NULL AND n.nspname <> 'public'
    UNION ALL
    SELECT s.oid, '', '', s.srvowner, s.srvacl, acldefault('S', s.srvowner),
           'FOREIGN SERVER ' || quote_ident(s.srvname), '', ''
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
    UNION ALL
    -- Those of one schema add to the others; those of all schemas stand for the usual ones.
    SELECT d.oid, coalesce(n.nspname, ''), '', d.defaclrole, d.defaclacl,
           acldefault(CASE WHEN d.defaclnamespace <> 0 THEN 'c' WHEN d.defaclobjtype = 'S' THEN 's'
                      ELSE d.defaclobjtype END::"char", d.defaclrole),
           CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
           WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END, '',
           'ALTER DEFAULT PRIVILEGES FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole))
           || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') || ' '
    FROM pg_default_acl d LEFT JOIN own n ON n.oid = d.defaclnamespace
    WHERE d.defaclnamespace = 0 OR n.oid IS NOT NULL
), entry AS (
    SELECT a.oid, a.nspname, a.relname, a.owner, a.thing, a.columns, a.prefix, e.grantee,
           e.privilege_type, e.is_grantable, true AS given
    FROM acl a, aclexplode(a.acl) e
    WHERE e.grantee <> a.owner AND NOT EXISTS (
        SELECT FROM aclexplode(a.usual) u
        WHERE u.grantee = e.grantee AND u.privilege_type = e.privilege_type)
    UNION ALL
    SELECT a.oid, a.nspname, a.relname, a.owner, a.thing, a.columns, a.prefix, u.grantee,
           u.privilege_type, false, false
    FROM acl a, aclexplode(a.usual) u
    WHERE u.grantee <> a.owner AND NOT EXISTS (
        SELECT FROM aclexplode(a.acl) e
        WHERE e.grantee = u.grantee AND e.privilege_type = u.privilege_type)
), statement AS (
    SELECT e.oid, e.nspname, e.relname, e.thing, e.prefix, e.given, e.is_grantable,
           coalesce(quote_ident(nullif(pg_get_userbyid(e.grantee), 'unknown (OID=0)')), 'PUBLIC')
           AS role,
           ARRAY(SELECT quote_ident(pg_get_userbyid(r)) FROM unnest(ARRAY[
               e.grantee, CASE WHEN e.prefix <> '' THEN e.owner ELSE 0 END]) r WHERE r <> 0)
           AS roles,
           string_agg(e.privilege_type || e.columns, ', ' ORDER BY e.columns, e.privilege_type)
           || ' ON ' || e.thing AS what
    FROM entry e
    GROUP BY e.oid, e.nspname, e.relname, e.owner, e.thing, e.prefix, e.grantee, e.given,
             e.is_grantable
), granted AS (
    SELECT s.oid, s.nspname, s.relname, s.prefix || s.thing AS thing, s.roles,
           s.prefix
           || CASE WHEN s.given THEN 'GRANT ' || s.what || ' TO ' || s.role
                        || CASE WHEN s.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
              ELSE 'REVOKE ' || s.what || ' FROM ' || s.role END AS grant_sql,
           s.prefix
           || CASE WHEN s.given THEN 'REVOKE ' || s.what || ' FROM ' || s.role
              ELSE 'GRANT ' || s.what || ' TO ' || s.role END AS revoke_sql
    FROM statement s
)
"""

# Parts stand for what they are part of: a default, a constraint, an index for its table, the rule
# of a view for the view, a row type for its table, an array type for its element.
DEPENDS = """
WITH part AS (
    SELECT 'pg_rewrite'::regclass AS classid, r.oid, 'pg_class' AS catalog, r.ev_class AS whole
    FROM pg_rewrite r WHERE r.rulename = '_RETURN'
    UNION ALL
    SELECT 'pg_attrdef'::regclass, a.oid, 'pg_class', a.adrelid FROM pg_attrdef a
    UNION ALL
    SELECT 'pg_constraint'::regclass, c.oid, CASE WHEN c.contypid <> 0 THEN 'pg_type'
           ELSE 'pg_class' END, CASE WHEN c.contypid <> 0 THEN c.contypid ELSE c.conrelid END
    FROM pg_constraint c WHERE c.contype <> 'f'
    UNION ALL
    SELECT 'pg_class'::regclass, i.indexrelid, 'pg_class', i.indrelid FROM pg_index i
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid, 'pg_class', t.typrelid
    FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c'
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, 'pg_type', c.reltype FROM pg_class c WHERE c.relkind = 'c'
    UNION ALL
    SELECT 'pg_type'::regclass, t.oid,
           CASE WHEN e.typrelid <> 0 AND c.relkind <> 'c' THEN 'pg_class' ELSE 'pg_type' END,
           CASE WHEN e.typrelid <> 0 AND c.relkind <> 'c' THEN e.typrelid ELSE e.oid END
    FROM pg_type t JOIN pg_type e ON e.oid = t.typelem LEFT JOIN pg_class c ON c.oid = e.typrelid
    WHERE t.typcategory = 'A'
    UNION ALL
    SELECT 'pg_type'::regclass, r.rngmultitypid, 'pg_type', r.rngtypid FROM pg_range r
    UNION ALL
    SELECT d.classid, d.objid, d.refclassid::regclass::text, d.refobjid FROM pg_depend d
    WHERE d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass) AND d.deptype IN ('i', 'a')
      AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
    UNION ALL
    SELECT 'pg_publication_rel'::regclass, r.oid, 'pg_publication', r.prpubid
    FROM pg_publication_rel r
    UNION ALL
    SELECT 'pg_publication_namespace'::regclass, s.oid, 'pg_publication', s.pnpubid
    FROM pg_publication_namespace s
)
SELECT DISTINCT coalesce(p.catalog, d.classid::regclass::text), coalesce(p.whole, d.objid),
       coalesce(q.catalog, d.refclassid::regclass::text), coalesce(q.whole, d.refobjid)
FROM pg_depend d
LEFT JOIN part p ON p.classid = d.classid AND p.oid = d.objid
LEFT JOIN part q ON q.classid = d.refclassid AND q.oid = d.refobjid
WHERE d.deptype IN ('n', 'a') AND d.objid >= 16384 AND d.refobjid >= 16384
  -- A sequence follows the column that owns it, which needs the sequence.
  AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass
           AND d.objid IN (SELECT seqrelid FROM pg_sequence))
"""


def read(connection: BaseDatabaseWrapper, schemas: Collection[str]) -> Extras:
    """Read what the schemas hold besides tables, in two queries and a setting.

    Args:
        connection: A PostgreSQL connection of Django.
        schemas: Names of the schemas.

    Returns:
        What extensions own left out. Names in the SQL are qualified where the search path of the
        connection does not find them.
    """
    connection.ensure_connection()
    version: int = connection.pg_version  # type: ignore[attr-defined]
    types = TYPES.replace(
        "{collation_locale}", "c.colliculocale" if version < 170000 else "c.colllocale"
    ).replace(
        "{collation_rules}",
        "''" if version < 160000 else "coalesce(', RULES = ' || quote_literal(c.collicurules), '')",
    )
    others = OTHERS.replace(
        "{generated_columns}",
        "''"
        if version < 180000
        else "CASE p.pubgencols WHEN 's' THEN ', publish_generated_columns = stored' ELSE '' END",
    )
    parts = [COMMON + types, ROUTINES, TABLES, others, *([NOT_NULLS] if version >= 180000 else [])]
    query = "UNION ALL".join(parts) + "ORDER BY 1, 4, 5"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # Compiling so long a query takes seconds, and running it not a tenth of one.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(query, {"schemas": list(schemas)})
        objects = tuple(
            Extra(kind, schema, name, create, drop, (catalog, oid), (table_schema, table), base)
            for (kind, catalog, oid, schema, name, create, drop, table_schema, table, base)
            in cursor.fetchall()
        )  # fmt: skip
        cursor.execute(DEPENDS)
        depends: dict[tuple[str, int], set[tuple[str, int]]] = defaultdict(set)
        for catalog, oid, needed_catalog, needed in cursor.fetchall():
            if (catalog, oid) != (needed_catalog, needed):
                depends[catalog, oid].add((needed_catalog, needed))
    return Extras(objects, {node: frozenset(needed) for node, needed in depends.items()})
