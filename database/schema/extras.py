"""What a database has besides tables: views, functions, triggers, types, … as SQL that makes it.

PostgreSQL writes the definitions (``pg_get_viewdef()`` and its kin); nothing is put together here
that it can write itself. https://www.postgresql.org/docs/current/functions-info.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.backends.base.base import BaseDatabaseWrapper


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
OBJECTS = """
WITH own AS (
    SELECT n.oid, n.nspname FROM pg_namespace n
    WHERE n.nspname = ANY (%(schemas)s)
), member AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
)
SELECT 'extension' AS kind, 'pg_extension' AS catalog, e.oid, '' AS schema,
       quote_ident(e.extname) AS name,
       'CREATE EXTENSION IF NOT EXISTS ' || quote_ident(e.extname)
       || CASE WHEN n.nspname IN ('public', 'pg_catalog') THEN ''
          ELSE ' WITH SCHEMA ' || quote_ident(n.nspname) END AS create_sql,
       'DROP EXTENSION IF EXISTS ' || quote_ident(e.extname) AS drop_sql,
       '' AS table_schema, '' AS table_name, '' AS base
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT 'schema', 'pg_namespace', n.oid, n.nspname, quote_ident(n.nspname),
       'CREATE SCHEMA IF NOT EXISTS ' || quote_ident(n.nspname)
       || coalesce(E';\\nCOMMENT ON SCHEMA ' || quote_ident(n.nspname) || ' IS '
                   || quote_literal(obj_description(n.oid, 'pg_namespace')), ''),
       'DROP SCHEMA IF EXISTS ' || quote_ident(n.nspname), '', '', ''
FROM pg_namespace n JOIN own USING (oid)
WHERE n.nspname <> 'public' AND n.oid NOT IN (SELECT objid FROM member
                                              WHERE classid = 'pg_namespace'::regclass)
UNION ALL
SELECT 'collation', 'pg_collation', c.oid, n.nspname, c.name,
       'CREATE COLLATION ' || c.name || ' (PROVIDER = '
       || CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
       || CASE WHEN c.locale IS NOT NULL THEN ', LOCALE = ' || quote_literal(c.locale)
          ELSE ', LC_COLLATE = ' || quote_literal(c.collcollate)
               || ', LC_CTYPE = ' || quote_literal(c.collctype) END
       || CASE WHEN c.collisdeterministic THEN '' ELSE ', DETERMINISTIC = false' END || ')',
       'DROP COLLATION ' || c.name, '', '', ''
FROM (SELECT c.*, {collation_locale} AS locale,
             CASE WHEN pg_collation_is_visible(c.oid) THEN quote_ident(c.collname)
             ELSE format('%%I.%%I', c.collnamespace::regnamespace::text, c.collname) END AS name
      FROM pg_collation c) c
JOIN own n ON n.oid = c.collnamespace
WHERE (c.collencoding = -1 OR c.collencoding = (SELECT encoding FROM pg_database
                                                WHERE datname = current_database()))
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_collation'::regclass)
UNION ALL
SELECT 'domain', 'pg_type', t.oid, n.nspname, format_type(t.oid, NULL),
       'CREATE DOMAIN ' || format_type(t.oid, NULL) || ' AS '
       || format_type(t.typbasetype, t.typtypmod)
       || CASE WHEN t.typcollation <> b.typcollation
          THEN ' COLLATE ' || t.typcollation::regcollation::text ELSE '' END
       || coalesce(' DEFAULT ' || t.typdefault, '')
       || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce((SELECT string_agg(
              E'\\n    CONSTRAINT ' || quote_ident(c.conname) || ' '
              || regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''), ''
              ORDER BY c.conname)
          FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'), '')
       || coalesce(E';\\nCOMMENT ON DOMAIN ' || format_type(t.oid, NULL) || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_type')), ''),
       'DROP DOMAIN ' || format_type(t.oid, NULL), '', '',
       format_type(t.typbasetype, t.typtypmod)
FROM pg_type t JOIN own n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
WHERE t.typtype = 'd'
  AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'domain', 'pg_type', t.oid, '', format_type(t.oid, NULL), '', '', '', '',
       format_type(t.typbasetype, t.typtypmod)
FROM pg_type t JOIN member m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
WHERE t.typtype = 'd'
UNION ALL
SELECT 'enum type', 'pg_type', t.oid, n.nspname, format_type(t.oid, NULL),
       'CREATE TYPE ' || format_type(t.oid, NULL) || E' AS ENUM (\\n    '
       || coalesce((SELECT string_agg(quote_literal(e.enumlabel), E',\\n    '
                                      ORDER BY e.enumsortorder)
                    FROM pg_enum e WHERE e.enumtypid = t.oid), '') || E'\\n)'
       || coalesce(E';\\nCOMMENT ON TYPE ' || format_type(t.oid, NULL) || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_type')), ''),
       'DROP TYPE ' || format_type(t.oid, NULL), '', '',
       coalesce(obj_description(t.oid, 'pg_type'), '')
FROM pg_type t JOIN own n ON n.oid = t.typnamespace
WHERE t.typtype = 'e'
  AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'composite type', 'pg_type', t.oid, n.nspname, format_type(t.oid, NULL),
       'CREATE TYPE ' || format_type(t.oid, NULL) || E' AS (\\n    '
       || coalesce((SELECT string_agg(quote_ident(a.attname) || ' '
                                      || format_type(a.atttypid, a.atttypmod), E',\\n    '
                                      ORDER BY a.attnum)
                    FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
       || E'\\n)'
       || coalesce(E';\\nCOMMENT ON TYPE ' || format_type(t.oid, NULL) || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_type')), ''),
       'DROP TYPE ' || format_type(t.oid, NULL), '', '', ''
FROM pg_type t JOIN own n ON n.oid = t.typnamespace
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'range type', 'pg_type', t.oid, n.nspname, format_type(t.oid, NULL),
       'CREATE TYPE ' || format_type(t.oid, NULL) || ' AS RANGE (SUBTYPE = '
       || format_type(r.rngsubtype, NULL)
       || CASE WHEN r.rngcollation <> 0 AND r.rngcollation <> s.typcollation
          THEN ', COLLATION = ' || r.rngcollation::regcollation::text ELSE '' END
       || CASE WHEN r.rngsubdiff <> 0
          THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc::text ELSE '' END
       || ', MULTIRANGE_TYPE_NAME = ' || format_type(r.rngmultitypid, NULL) || ')',
       'DROP TYPE ' || format_type(t.oid, NULL), '', '', ''
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_type s ON s.oid = r.rngsubtype
JOIN own n ON n.oid = t.typnamespace
WHERE t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'sequence', 'pg_class', c.oid, n.nspname, c.oid::regclass::text,
       'CREATE SEQUENCE ' || c.oid::regclass || ' AS ' || format_type(s.seqtypid, NULL)
       || ' START WITH ' || s.seqstart || ' INCREMENT BY ' || s.seqincrement
       || ' MINVALUE ' || s.seqmin || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache
       || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END
       || coalesce(E';\\nCOMMENT ON SEQUENCE ' || c.oid::regclass || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_class')), ''),
       'DROP SEQUENCE IF EXISTS ' || c.oid::regclass,
       coalesce(rn.nspname, ''), coalesce(r.relname, ''), coalesce(a.attname, '')
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN own n ON n.oid = c.relnamespace
LEFT JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = c.oid
 AND p.refclassid = 'pg_class'::regclass AND p.deptype IN ('a', 'i')
LEFT JOIN pg_class r ON r.oid = p.refobjid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
WHERE p.deptype IS DISTINCT FROM 'i'
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       'pg_proc', p.oid, n.nspname, p.oid::regprocedure::text,
       CASE WHEN p.prokind = 'a' THEN (
           SELECT CASE WHEN g.aggkind = 'n' AND g.aggmtransfn = 0 THEN
               'CREATE AGGREGATE ' || p.name || '(' || p.arguments || ') (SFUNC = '
               || g.aggtransfn::regproc || ', STYPE = ' || format_type(g.aggtranstype, NULL)
               || CASE WHEN g.aggtransspace > 0 THEN ', SSPACE = ' || g.aggtransspace ELSE '' END
               || CASE WHEN g.aggfinalfn <> 0
                  THEN ', FINALFUNC = ' || g.aggfinalfn::regproc ELSE '' END
               || CASE WHEN g.aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END
               || CASE g.aggfinalmodify WHEN 's' THEN ', FINALFUNC_MODIFY = SHAREABLE'
                  WHEN 'w' THEN ', FINALFUNC_MODIFY = READ_WRITE' ELSE '' END
               || CASE WHEN g.aggcombinefn <> 0
                  THEN ', COMBINEFUNC = ' || g.aggcombinefn::regproc ELSE '' END
               || CASE WHEN g.aggserialfn <> 0
                  THEN ', SERIALFUNC = ' || g.aggserialfn::regproc
                       || ', DESERIALFUNC = ' || g.aggdeserialfn::regproc ELSE '' END
               || coalesce(', INITCOND = ' || quote_literal(g.agginitval), '')
               || CASE WHEN g.aggsortop <> 0
                  THEN ', SORTOP = ' || (
                           SELECT 'OPERATOR(' || o.oprnamespace::regnamespace::text
                           || '.' || o.oprname || ')' FROM pg_operator o WHERE o.oid = g.aggsortop)
                  ELSE '' END
               || CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE'
                  WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END
               || ')'
           ELSE '' END FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
       ELSE rtrim(pg_get_functiondef(p.oid), E'\\n') END
       || coalesce(E';\\nCOMMENT ON ' || p.word || ' ' || p.oid::regprocedure || ' IS '
                   || quote_literal(obj_description(p.oid, 'pg_proc')), ''),
       'DROP ' || p.word || ' ' || p.oid::regprocedure, '', '', ''
FROM (SELECT p.*, pg_get_function_arguments(p.oid) AS arguments,
             CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END
             AS word,
             CASE WHEN pg_function_is_visible(p.oid) THEN quote_ident(p.proname)
             ELSE format('%%I.%%I', p.pronamespace::regnamespace::text, p.proname) END AS name
      FROM pg_proc p
      WHERE p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_proc'::regclass)
        AND NOT EXISTS (SELECT FROM pg_range r
                        WHERE r.rngtypid = p.prorettype OR r.rngmultitypid = p.prorettype
                        AND p.prolang = 12 AND p.prosrc LIKE '%%constructor%%')
        AND NOT (p.prolang = 12 AND p.prosrc ~ '^(multi)?range_constructor')
     ) p JOIN own n ON n.oid = p.pronamespace
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END,
       'pg_class', c.oid, n.nspname, c.oid::regclass::text,
       'CREATE ' || c.word || ' ' || c.oid::regclass
       || coalesce(' WITH (' || (SELECT string_agg(o.option_name || '=' || o.option_value, ', ')
                                 FROM pg_options_to_table(c.reloptions) o) || ')', '')
       || E' AS\\n' || rtrim(pg_get_viewdef(c.oid), ';')
       || CASE WHEN c.relkind = 'm'
          THEN CASE WHEN c.relispopulated THEN E'\\nWITH DATA' ELSE E'\\nWITH NO DATA' END
          ELSE '' END
       || coalesce((SELECT string_agg(
              E';\\n' || pg_get_indexdef(i.indexrelid)
              || coalesce(E';\\nCOMMENT ON INDEX ' || i.indexrelid::regclass || ' IS '
                          || quote_literal(obj_description(i.indexrelid, 'pg_class')), ''),
              '' ORDER BY i.indexrelid::regclass::text)
          FROM pg_index i WHERE i.indrelid = c.oid), '')
       || coalesce(E';\\nCOMMENT ON ' || c.word || ' ' || c.oid::regclass || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_class')), '')
       || coalesce((SELECT string_agg(
              E';\\nCOMMENT ON COLUMN ' || c.oid::regclass || '.' || quote_ident(a.attname)
              || ' IS ' || quote_literal(d.description), '' ORDER BY a.attnum)
          FROM pg_description d JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
          WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0), ''),
       'DROP ' || c.word || ' ' || c.oid::regclass, '', '', ''
FROM (SELECT c.*, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS word
      FROM pg_class c WHERE c.relkind IN ('v', 'm')) c
JOIN own n ON n.oid = c.relnamespace
WHERE c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL
SELECT 'trigger', 'pg_trigger', t.oid, n.nspname,
       quote_ident(t.tgname) || ' ON ' || t.tgrelid::regclass,
       pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'O' THEN '' ELSE
          E';\\nALTER TABLE ' || t.tgrelid::regclass
          || CASE t.tgenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'
             ELSE ' ENABLE ALWAYS' END || ' TRIGGER ' || quote_ident(t.tgname) END
       || coalesce(E';\\nCOMMENT ON TRIGGER ' || quote_ident(t.tgname) || ' ON '
                   || t.tgrelid::regclass || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_trigger')), ''),
       'DROP TRIGGER ' || quote_ident(t.tgname) || ' ON ' || t.tgrelid::regclass,
       n.nspname, c.relname, ''
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN own n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'policy', 'pg_policy', p.oid, n.nspname,
       quote_ident(p.polname) || ' ON ' || p.polrelid::regclass,
       'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || p.polrelid::regclass
       || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
       || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'
          WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END
       || CASE WHEN p.polroles = ARRAY[0::oid] THEN '' ELSE
          ' TO ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC'
                                       ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                     FROM unnest(p.polroles) r) END
       || coalesce(E'\\nUSING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || coalesce(E'\\nWITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
       || coalesce(E';\\nCOMMENT ON POLICY ' || quote_ident(p.polname) || ' ON '
                   || p.polrelid::regclass || ' IS '
                   || quote_literal(obj_description(p.oid, 'pg_policy')), ''),
       'DROP POLICY ' || quote_ident(p.polname) || ' ON ' || p.polrelid::regclass,
       n.nspname, c.relname, ''
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN own n ON n.oid = c.relnamespace
UNION ALL
SELECT 'row security', 'row security', c.oid, n.nspname, c.oid::regclass::text,
       'ALTER TABLE ' || c.oid::regclass || ' ENABLE ROW LEVEL SECURITY'
       || CASE WHEN c.relforcerowsecurity
          THEN E';\\nALTER TABLE ' || c.oid::regclass || ' FORCE ROW LEVEL SECURITY' ELSE '' END,
       'ALTER TABLE ' || c.oid::regclass || ' DISABLE ROW LEVEL SECURITY'
       || CASE WHEN c.relforcerowsecurity
          THEN E';\\nALTER TABLE ' || c.oid::regclass || ' NO FORCE ROW LEVEL SECURITY' ELSE '' END,
       n.nspname, c.relname, ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace WHERE c.relrowsecurity
UNION ALL
SELECT 'rule', 'pg_rewrite', r.oid, n.nspname,
       quote_ident(r.rulename) || ' ON ' || r.ev_class::regclass,
       rtrim(pg_get_ruledef(r.oid), ';')
       || CASE r.ev_enabled WHEN 'O' THEN '' ELSE
          E';\\nALTER TABLE ' || r.ev_class::regclass
          || CASE r.ev_enabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'
             ELSE ' ENABLE ALWAYS' END || ' RULE ' || quote_ident(r.rulename) END,
       'DROP RULE ' || quote_ident(r.rulename) || ' ON ' || r.ev_class::regclass,
       n.nspname, c.relname, ''
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN own n ON n.oid = c.relnamespace
WHERE r.rulename <> '_RETURN'
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL
SELECT 'statistics', 'pg_statistic_ext', s.oid, n.nspname,
       CASE WHEN pg_statistics_obj_is_visible(s.oid) THEN quote_ident(s.stxname)
       ELSE format('%%I.%%I', n.nspname, s.stxname) END,
       pg_get_statisticsobjdef(s.oid)
       || CASE WHEN s.stxstattarget >= 0
          THEN format(E';\\nALTER STATISTICS %%I.%%I SET STATISTICS %%s',
                      n.nspname, s.stxname, s.stxstattarget) ELSE '' END
       || coalesce(format(E';\\nCOMMENT ON STATISTICS %%I.%%I IS %%L', n.nspname, s.stxname,
                          obj_description(s.oid, 'pg_statistic_ext')), ''),
       format('DROP STATISTICS %%I.%%I', n.nspname, s.stxname), tn.nspname, c.relname, ''
FROM pg_statistic_ext s JOIN own n ON n.oid = s.stxnamespace JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_namespace tn ON tn.oid = c.relnamespace
UNION ALL
SELECT 'column setting', 'column setting', a.attrelid, n.nspname,
       quote_ident(a.attname) || ' OF ' || a.attrelid::regclass,
       'ALTER TABLE ' || a.attrelid::regclass || ' ALTER COLUMN ' || quote_ident(a.attname)
       || concat_ws(', ALTER COLUMN ' || quote_ident(a.attname),
           CASE WHEN a.attstorage <> t.typstorage THEN ' SET STORAGE '
               || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                  WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
           CASE a.attcompression WHEN 'p' THEN ' SET COMPRESSION pglz'
                WHEN 'l' THEN ' SET COMPRESSION lz4' END,
           CASE WHEN a.attstattarget >= 0 THEN ' SET STATISTICS ' || a.attstattarget END,
           ' SET (' || array_to_string(a.attoptions, ', ') || ')'),
       'ALTER TABLE ' || a.attrelid::regclass || ' ALTER COLUMN ' || quote_ident(a.attname)
       || concat_ws(', ALTER COLUMN ' || quote_ident(a.attname),
           CASE WHEN a.attstorage <> t.typstorage THEN ' SET STORAGE '
               || CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                  WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
           CASE WHEN a.attcompression <> '' THEN ' SET COMPRESSION default' END,
           CASE WHEN a.attstattarget >= 0 THEN ' SET STATISTICS -1' END,
           ' RESET (' || (SELECT string_agg(quote_ident(o.option_name), ', ')
                          FROM pg_options_to_table(a.attoptions) o) || ')'),
       n.nspname, c.relname, a.attname
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN own n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attstattarget >= 0
       OR a.attoptions IS NOT NULL)
UNION ALL
SELECT 'replica identity', 'replica identity', c.oid, n.nspname, c.oid::regclass::text,
       'ALTER TABLE ' || c.oid::regclass || ' REPLICA IDENTITY '
       || CASE c.relreplident WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE 'USING INDEX '
          || (SELECT quote_ident(i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND x.indisreplident) END,
       'ALTER TABLE ' || c.oid::regclass || ' REPLICA IDENTITY DEFAULT', n.nspname, c.relname, ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd'
UNION ALL
SELECT 'foreign table', '', c.oid, n.nspname, c.oid::regclass::text, '', '', '', '', ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind = 'f'
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL
SELECT 'base type', '', t.oid, n.nspname, format_type(t.oid, NULL), '', '', '', '', ''
FROM pg_type t JOIN own n ON n.oid = t.typnamespace
WHERE t.typtype = 'b' AND t.typcategory <> 'A'
  AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'operator', '', o.oid, n.nspname, o.oid::regoperator::text, '', '', '', '', ''
FROM pg_operator o JOIN own n ON n.oid = o.oprnamespace
WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_operator'::regclass)
UNION ALL
SELECT 'operator class', '', o.oid, n.nspname, quote_ident(o.opcname), '', '', '', '', ''
FROM pg_opclass o JOIN own n ON n.oid = o.opcnamespace
WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_opclass'::regclass)
UNION ALL
SELECT 'cast', '', c.oid, '',
       format('(%%s AS %%s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL)),
       '', '', '', '', ''
FROM pg_cast c
WHERE c.oid >= 16384
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_cast'::regclass)
  AND c.oid NOT IN (SELECT objid FROM pg_depend
                    WHERE classid = 'pg_cast'::regclass AND deptype = 'i')
UNION ALL
SELECT 'text search configuration', '', c.oid, n.nspname, c.oid::regconfig::text,
       '', '', '', '', ''
FROM pg_ts_config c JOIN own n ON n.oid = c.cfgnamespace
WHERE c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_config'::regclass)
UNION ALL
SELECT 'text search dictionary', '', d.oid, n.nspname, d.oid::regdictionary::text,
       '', '', '', '', ''
FROM pg_ts_dict d JOIN own n ON n.oid = d.dictnamespace
WHERE d.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_dict'::regclass)
UNION ALL
SELECT 'event trigger', '', e.oid, '', quote_ident(e.evtname), '', '', '', '', ''
FROM pg_event_trigger e
WHERE e.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_event_trigger'::regclass)
UNION ALL
SELECT 'publication', '', p.oid, '', quote_ident(p.pubname), '', '', '', '', ''
FROM pg_publication p
UNION ALL
SELECT 'foreign server', '', s.oid, '', quote_ident(s.srvname), '', '', '', '', ''
FROM pg_foreign_server s
UNION ALL
SELECT 'privileges', '', c.oid, n.nspname, c.oid::regclass::text, '', '', '', '', ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relacl IS NOT NULL
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
ORDER BY 1, 4, 5
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
)
SELECT DISTINCT coalesce(p.catalog, d.classid::regclass::text), coalesce(p.whole, d.objid),
       coalesce(q.catalog, d.refclassid::regclass::text), coalesce(q.whole, d.refobjid)
FROM pg_depend d
LEFT JOIN part p ON p.classid = d.classid AND p.oid = d.objid
LEFT JOIN part q ON q.classid = d.refclassid AND q.oid = d.refobjid
WHERE d.deptype IN ('n', 'a') AND d.objid >= 16384 AND d.refobjid >= 16384
  AND d.classid IN ('pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass,
                    'pg_class'::regclass, 'pg_type'::regclass, 'pg_proc'::regclass,
                    'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_statistic_ext'::regclass)
"""


def read(connection: BaseDatabaseWrapper, schemas: Collection[str]) -> Extras:
    """Read what the schemas hold besides tables, in two queries.

    Args:
        connection: A PostgreSQL connection of Django.
        schemas: Names of the schemas.

    Returns:
        What extensions own left out. Names in the SQL are qualified where the search path of the
        connection does not find them.
    """
    connection.ensure_connection()
    version: int = connection.pg_version  # type: ignore[attr-defined]
    locale = "c.colliculocale" if version < 170000 else "c.colllocale"
    with connection.cursor() as cursor:
        cursor.execute(OBJECTS.replace("{collation_locale}", locale), {"schemas": list(schemas)})
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
