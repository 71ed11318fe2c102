"""SQL that reads views, triggers and all else about tables, as SQL that makes them."""

from __future__ import annotations

TABLES = """
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
          WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0), '')
       || coalesce((SELECT string_agg(
              E';\\nALTER VIEW ' || c.oid::regclass || ' ALTER COLUMN ' || quote_ident(a.attname)
              || ' SET DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '' ORDER BY a.attnum)
          FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
          WHERE d.adrelid = c.oid), '')
       || coalesce((SELECT string_agg(
              E';\\nALTER MATERIALIZED VIEW ' || c.oid::regclass || ' ALTER COLUMN '
              || quote_ident(a.attname) || ' SET STATISTICS ' || a.attstattarget, ''
              ORDER BY a.attnum)
          FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND a.attstattarget >= 0), '')
       || coalesce((SELECT E';\\nALTER MATERIALIZED VIEW ' || c.oid::regclass || ' CLUSTER ON '
                           || quote_ident(x.relname)
          FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
          WHERE i.indrelid = c.oid AND i.indisclustered), ''),
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
SELECT 'trigger setting', 'trigger setting', t.oid, n.nspname,
       quote_ident(t.tgname) || ' ON ' || t.tgrelid::regclass,
       'ALTER TABLE ' || t.tgrelid::regclass
       || CASE t.tgenabled WHEN 'O' THEN ' ENABLE' WHEN 'D' THEN ' DISABLE'
          WHEN 'R' THEN ' ENABLE REPLICA' ELSE ' ENABLE ALWAYS' END
       || ' TRIGGER ' || quote_ident(t.tgname),
       '', n.nspname, c.relname, ''
FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid AND p.tgenabled <> t.tgenabled
JOIN pg_class c ON c.oid = t.tgrelid JOIN own n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal
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
             ELSE ' ENABLE ALWAYS' END || ' RULE ' || quote_ident(r.rulename) END
       || coalesce(E';\\nCOMMENT ON RULE ' || quote_ident(r.rulename) || ' ON '
                   || r.ev_class::regclass || ' IS '
                   || quote_literal(obj_description(r.oid, 'pg_rewrite')), ''),
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
SELECT 'index setting', 'index setting', a.attrelid, n.nspname,
       'STATISTICS of ' || a.attrelid::regclass || ' (' || a.attnum || ')',
       'ALTER INDEX ' || a.attrelid::regclass || ' ALTER COLUMN ' || a.attnum
       || ' SET STATISTICS ' || a.attstattarget,
       'ALTER INDEX ' || a.attrelid::regclass || ' ALTER COLUMN ' || a.attnum
       || ' SET STATISTICS -1', n.nspname, t.relname, ''
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'i'
JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_class t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p')
JOIN own n ON n.oid = c.relnamespace
WHERE a.attstattarget >= 0
UNION ALL
SELECT 'table setting', 'table setting', c.oid, n.nspname,
       'OF ' || format_type(c.reloftype, NULL) || ' of ' || c.oid::regclass,
       'ALTER TABLE ' || c.oid::regclass || ' OF ' || format_type(c.reloftype, NULL),
       'ALTER TABLE ' || c.oid::regclass || ' NOT OF', n.nspname, c.relname, ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.reloftype <> 0
UNION ALL
SELECT 'table setting', 'table setting', c.oid, n.nspname,
       'ACCESS METHOD of ' || c.oid::regclass,
       'ALTER TABLE ' || c.oid::regclass || ' SET ACCESS METHOD ' || quote_ident(a.amname),
       '', n.nspname, c.relname, ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
WHERE c.relkind = 'r' AND a.amname <> current_setting('default_table_access_method')
UNION ALL
SELECT 'replica identity', 'replica identity', c.oid, n.nspname, c.oid::regclass::text,
       'ALTER TABLE ' || c.oid::regclass || ' REPLICA IDENTITY '
       || CASE c.relreplident WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE 'USING INDEX '
          || (SELECT quote_ident(i.relname) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
              WHERE x.indrelid = c.oid AND x.indisreplident) END,
       'ALTER TABLE ' || c.oid::regclass || ' REPLICA IDENTITY DEFAULT', n.nspname, c.relname, ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'd'
"""

OTHERS = """
SELECT 'foreign table', 'pg_class', c.oid, n.nspname, c.oid::regclass::text,
       'CREATE FOREIGN TABLE ' || c.oid::regclass || E' (\\n    '
       || concat_ws(E',\\n    ', (SELECT string_agg(
              quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
              || coalesce(' OPTIONS (' || (
                     SELECT string_agg(quote_ident(x.option_name) || ' '
                                       || quote_literal(x.option_value), ', ')
                     FROM pg_options_to_table(a.attfdwoptions) x) || ')', '')
              || CASE WHEN a.attcollation <> t.typcollation
                 THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END
              || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS ('
                      || pg_get_expr(d.adbin, d.adrelid) || ') STORED'
                 ELSE coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') END
              || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, E',\\n    '
              ORDER BY a.attnum)
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
          LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal),
          (SELECT string_agg('CONSTRAINT ' || quote_ident(k.conname) || ' '
                             || pg_get_constraintdef(k.oid), E',\\n    ' ORDER BY k.conname)
           FROM pg_constraint k
           WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal))
       || E'\\n)'
       || CASE WHEN c.relispartition THEN '' ELSE coalesce(' INHERITS (' || (
              SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
              FROM pg_inherits i WHERE i.inhrelid = c.oid) || ')', '') END
       || ' SERVER ' || quote_ident(s.srvname)
       || coalesce(' OPTIONS (' || (SELECT string_agg(quote_ident(x.option_name) || ' '
                                                       || quote_literal(x.option_value), ', ')
                                     FROM pg_options_to_table(f.ftoptions) x) || ')', '')
       || CASE WHEN c.relispartition THEN E';\\nALTER TABLE ' || (
              SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid)
              || ' ATTACH PARTITION ' || c.oid::regclass || ' '
              || pg_get_expr(c.relpartbound, c.oid) ELSE '' END
       || coalesce(E';\\nCOMMENT ON FOREIGN TABLE ' || c.oid::regclass || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_class')), '')
       || coalesce((SELECT string_agg(
              E';\\nCOMMENT ON COLUMN ' || c.oid::regclass || '.' || quote_ident(a.attname)
              || ' IS ' || quote_literal(d.description), '' ORDER BY a.attnum)
          FROM pg_description d JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
          WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0), ''),
       'DROP FOREIGN TABLE ' || c.oid::regclass, '', '', ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
JOIN pg_foreign_table f ON f.ftrelid = c.oid JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE c.relkind = 'f'
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass)
UNION ALL
SELECT 'foreign data wrapper', 'pg_foreign_data_wrapper', f.oid, '', quote_ident(f.fdwname),
       'CREATE FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname)
       || CASE WHEN f.fdwhandler <> 0 THEN ' HANDLER ' || f.fdwhandler::regproc ELSE '' END
       || CASE WHEN f.fdwvalidator <> 0 THEN ' VALIDATOR ' || f.fdwvalidator::regproc ELSE '' END
       || coalesce(' OPTIONS (' || (SELECT string_agg(quote_ident(x.option_name) || ' '
                                                       || quote_literal(x.option_value), ', ')
                                     FROM pg_options_to_table(f.fdwoptions) x) || ')', ''),
       'DROP FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname), '', '', ''
FROM pg_foreign_data_wrapper f
WHERE f.oid NOT IN (SELECT objid FROM member
                    WHERE classid = 'pg_foreign_data_wrapper'::regclass)
UNION ALL
SELECT 'foreign server', 'pg_foreign_server', s.oid, '', quote_ident(s.srvname),
       'CREATE SERVER ' || quote_ident(s.srvname)
       || coalesce(' TYPE ' || quote_literal(s.srvtype), '')
       || coalesce(' VERSION ' || quote_literal(s.srvversion), '')
       || ' FOREIGN DATA WRAPPER ' || quote_ident(f.fdwname)
       || coalesce(' OPTIONS (' || (SELECT string_agg(quote_ident(x.option_name) || ' '
                                                       || quote_literal(x.option_value), ', ')
                                     FROM pg_options_to_table(s.srvoptions) x) || ')', '')
       || coalesce(E';\\nCOMMENT ON SERVER ' || quote_ident(s.srvname) || ' IS '
                   || quote_literal(obj_description(s.oid, 'pg_foreign_server')), ''),
       'DROP SERVER ' || quote_ident(s.srvname), '', '', ''
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw
WHERE s.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_foreign_server'::regclass)
UNION ALL
SELECT 'user mapping', '', u.umid, '', quote_ident(coalesce(u.usename, 'PUBLIC'))
       || ' FOR SERVER ' || quote_ident(u.srvname), '', '', '', '', ''
FROM pg_user_mappings u
UNION ALL
SELECT 'publication', 'pg_publication', p.oid, '', quote_ident(p.pubname),
       'CREATE PUBLICATION ' || quote_ident(p.pubname)
       || CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE '' END || ' WITH (publish = '
       || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
           CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
           CASE WHEN p.pubtruncate THEN 'truncate' END))
       || {generated_columns}
       || CASE WHEN p.pubviaroot THEN ', publish_via_partition_root = true' ELSE '' END || ')'
       || coalesce((SELECT string_agg(
              E';\\nALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLE ONLY '
              || r.prrelid::regclass
              || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', '
                                                     ORDER BY a.attnum)
                                   FROM unnest(r.prattrs) k JOIN pg_attribute a
                                     ON a.attrelid = r.prrelid AND a.attnum = k) || ')', '')
              || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', ''), ''
              ORDER BY r.prrelid::regclass::text)
          FROM pg_publication_rel r WHERE r.prpubid = p.oid), '')
       || coalesce((SELECT string_agg(
              E';\\nALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLES IN SCHEMA '
              || s.pnnspid::regnamespace, '' ORDER BY s.pnnspid::regnamespace::text)
          FROM pg_publication_namespace s WHERE s.pnpubid = p.oid), '')
       || coalesce(E';\\nCOMMENT ON PUBLICATION ' || quote_ident(p.pubname) || ' IS '
                   || quote_literal(obj_description(p.oid, 'pg_publication')), ''),
       'DROP PUBLICATION ' || quote_ident(p.pubname), '', '', ''
FROM pg_publication p
UNION ALL
SELECT CASE WHEN g.thing LIKE 'ALTER%%' THEN 'default privileges' ELSE 'privileges' END,
       'privileges', g.oid, g.nspname, replace(g.thing, 'ALTER DEFAULT PRIVILEGES ', ''),
       string_agg(CASE WHEN g.roles = '{}' THEN g.grant_sql ELSE
              'DO $grant$ BEGIN IF ' || g.absent || E' THEN\\n    RAISE WARNING '
              || quote_literal(replace('one of these roles does not exist, so that nothing was '
                                       'granted: ' || array_to_string(g.roles, ', '),
                                       '%%', '%%%%'))
              || E';\\nELSE\\n    ' || g.grant_sql || E';\\nEND IF; END $grant$' END,
              E';\\n' ORDER BY g.grant_sql),
       string_agg(CASE WHEN g.roles = '{}' THEN g.revoke_sql ELSE
              'DO $grant$ BEGIN IF NOT (' || g.absent || E') THEN\\n    ' || g.revoke_sql
              || E';\\nEND IF; END $grant$' END,
              E';\\n' ORDER BY g.grant_sql),
       g.nspname, g.relname, ''
FROM (SELECT g.*, (SELECT string_agg('to_regrole(' || quote_literal(r) || ') IS NULL', ' OR ')
                   FROM unnest(g.roles) r) AS absent FROM granted g) g
GROUP BY g.oid, g.nspname, g.relname, g.thing
UNION ALL
SELECT DISTINCT 'role', '', 0::oid, '', quote_ident(r.rolname), '', '', '', '', ''
FROM pg_roles r
WHERE r.rolname <> current_user AND (
    quote_ident(r.rolname) IN (SELECT unnest(g.roles) FROM granted g)
    OR r.oid IN (SELECT unnest(p.polroles) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
                 JOIN own n ON n.oid = c.relnamespace))
UNION ALL
SELECT 'owner', '', c.relowner, '', quote_ident(pg_get_userbyid(c.relowner)), '', '', '', '', ''
FROM pg_class c JOIN own n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND pg_get_userbyid(c.relowner) <> current_user
GROUP BY c.relowner
"""

# Since PostgreSQL 18 NOT NULL is a constraint, which may be unusual.
NOT_NULLS = """
SELECT 'not null', 'pg_constraint', k.oid, n.nspname, k.conname,
       CASE WHEN k.convalidated AND NOT k.connoinherit THEN '' ELSE
       ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid) END,
       '', n.nspname, c.relname, a.attname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN own n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
WHERE k.contype = 'n' AND k.conislocal AND k.coninhcount = 0 AND c.relkind IN ('r', 'p')
"""
