"""All SQL that reads the catalog.

https://www.postgresql.org/docs/current/catalogs.html
"""

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
       c.relpages, c.relrowsecurity, c.relhassubclass,
       c.reloptions || ARRAY(SELECT 'toast.' || o FROM unnest(o.reloptions) o),
       pg_get_userbyid(c.relowner),
       d.description, s.spcname, pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_class o ON o.oid = c.reltoastrelid
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
       a.attinhcount > 0, a.attislocal, a.attacl IS NOT NULL, a.atttypid, a.attcollation,
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

# A foreign key to a partitioned table has copies on its own table, one for every partition.
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
  AND (c.conparentid = 0 OR NOT EXISTS (
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
SELECT 'tablespace', 0, 0, ARRAY[s.spcname]
FROM pg_database d JOIN pg_tablespace s ON s.oid = d.dattablespace
WHERE d.datname = current_database()
UNION ALL
SELECT 'path', 0, 0, current_schemas(false)::text[]
UNION ALL
SELECT 'temporary', 0, 0, ARRAY[]::text[]
WHERE NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'
  AND has_database_privilege(current_database(), 'TEMPORARY')
ORDER BY 1, 2, 3, 4
"""
