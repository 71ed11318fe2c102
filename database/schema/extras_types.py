"""SQL that reads schemas, extensions, collations, types and sequences, as SQL that makes them."""

from __future__ import annotations

TYPES = """
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
       || {collation_rules}
       || CASE WHEN c.collisdeterministic THEN '' ELSE ', DETERMINISTIC = false' END || ')'
       || coalesce(E';\\nCOMMENT ON COLLATION ' || c.name || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_collation')), ''),
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
       || coalesce(' DEFAULT ' || pg_get_expr(t.typdefaultbin, 'pg_type'::regclass), '')
       || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce((SELECT string_agg(
              E'\\n    CONSTRAINT ' || quote_ident(c.conname) || ' '
              || pg_get_constraintdef(c.oid), '' ORDER BY c.conname)
          FROM pg_constraint c
          WHERE c.contypid = t.oid AND c.contype = 'c' AND c.convalidated), '')
       || coalesce((SELECT string_agg(
              E';\\nALTER DOMAIN ' || format_type(t.oid, NULL) || ' ADD CONSTRAINT '
              || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid), ''
              ORDER BY c.conname)
          FROM pg_constraint c
          WHERE c.contypid = t.oid AND c.contype = 'c' AND NOT c.convalidated), '')
       || coalesce((SELECT string_agg(
              E';\\nCOMMENT ON CONSTRAINT ' || quote_ident(c.conname) || ' ON DOMAIN '
              || format_type(t.oid, NULL) || ' IS ' || quote_literal(x.description), ''
              ORDER BY c.conname)
          FROM pg_constraint c JOIN pg_description x
            ON x.objoid = c.oid AND x.classoid = 'pg_constraint'::regclass
          WHERE c.contypid = t.oid AND c.contype = 'c'), '')
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
                                      || format_type(a.atttypid, a.atttypmod)
                                      || CASE WHEN a.attcollation <> s.typcollation
                                         THEN ' COLLATE ' || a.attcollation::regcollation::text
                                         ELSE '' END, E',\\n    ' ORDER BY a.attnum)
                    FROM pg_attribute a JOIN pg_type s ON s.oid = a.atttypid
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
       || E'\\n)'
       || coalesce(E';\\nCOMMENT ON TYPE ' || format_type(t.oid, NULL) || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_type')), '')
       || coalesce((SELECT string_agg(
              E';\\nCOMMENT ON COLUMN ' || format_type(t.oid, NULL) || '.' || quote_ident(a.attname)
              || ' IS ' || quote_literal(x.description), '' ORDER BY a.attnum)
          FROM pg_description x JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.objsubid
          WHERE x.objoid = c.oid AND x.classoid = 'pg_class'::regclass AND x.objsubid > 0), ''),
       'DROP TYPE ' || format_type(t.oid, NULL), '', '', ''
FROM pg_type t JOIN own n ON n.oid = t.typnamespace
JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
WHERE t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'range type', 'pg_type', t.oid, n.nspname, format_type(t.oid, NULL),
       'CREATE TYPE ' || format_type(t.oid, NULL) || ' AS RANGE (SUBTYPE = '
       || format_type(r.rngsubtype, NULL)
       || CASE WHEN o.opcdefault THEN ''
          ELSE ', SUBTYPE_OPCLASS = ' || CASE WHEN pg_opclass_is_visible(o.oid)
               THEN quote_ident(o.opcname)
               ELSE format('%%I.%%I', o.opcnamespace::regnamespace::text, o.opcname) END END
       || CASE WHEN r.rngcollation <> 0 AND r.rngcollation <> s.typcollation
          THEN ', COLLATION = ' || r.rngcollation::regcollation::text ELSE '' END
       || CASE WHEN r.rngsubdiff <> 0
          THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff::regproc::text ELSE '' END
       || ', MULTIRANGE_TYPE_NAME = ' || format_type(r.rngmultitypid, NULL) || ')'
       || coalesce(E';\\nCOMMENT ON TYPE ' || format_type(t.oid, NULL) || ' IS '
                   || quote_literal(obj_description(t.oid, 'pg_type')), ''),
       'DROP TYPE ' || format_type(t.oid, NULL), '', '', ''
FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_type s ON s.oid = r.rngsubtype
JOIN own n ON n.oid = t.typnamespace JOIN pg_opclass o ON o.oid = r.rngsubopc
WHERE t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
UNION ALL
SELECT 'base type', '', t.oid, n.nspname, format_type(t.oid, NULL), '', '', '', '', ''
FROM pg_type t JOIN own n ON n.oid = t.typnamespace
WHERE t.typtype = 'b' AND t.typcategory <> 'A'
  AND t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass)
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
SELECT 'identity sequence', 'pg_class', c.oid, n.nspname, c.relname, '', '',
       n.nspname, r.relname, a.attname
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
JOIN pg_depend p ON p.classid = 'pg_class'::regclass AND p.objid = c.oid
 AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'i'
JOIN pg_class r ON r.oid = p.refobjid
JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
WHERE c.relkind = 'S'
"""
