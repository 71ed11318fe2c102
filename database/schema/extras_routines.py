"""SQL that reads routines, operators, casts and text search, as SQL that makes them."""

from __future__ import annotations

ROUTINES = """
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
       'pg_proc', p.oid, n.nspname, p.oid::regprocedure::text,
       CASE WHEN p.prokind = 'a' THEN (
           SELECT 'CREATE AGGREGATE ' || p.name || '(' || p.arguments || ') (SFUNC = '
               || g.aggtransfn::regproc || ', STYPE = ' || format_type(g.aggtranstype, NULL)
               || CASE WHEN g.aggtransspace > 0 THEN ', SSPACE = ' || g.aggtransspace ELSE '' END
               || CASE WHEN g.aggfinalfn <> 0
                  THEN ', FINALFUNC = ' || g.aggfinalfn::regproc ELSE '' END
               || CASE WHEN g.aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END
               || CASE WHEN g.aggfinalfn <> 0 THEN ', FINALFUNC_MODIFY = '
                  || CASE g.aggfinalmodify WHEN 's' THEN 'SHAREABLE' WHEN 'w' THEN 'READ_WRITE'
                     ELSE 'READ_ONLY' END ELSE '' END
               || CASE WHEN g.aggcombinefn <> 0
                  THEN ', COMBINEFUNC = ' || g.aggcombinefn::regproc ELSE '' END
               || CASE WHEN g.aggserialfn <> 0
                  THEN ', SERIALFUNC = ' || g.aggserialfn::regproc
                       || ', DESERIALFUNC = ' || g.aggdeserialfn::regproc ELSE '' END
               || coalesce(', INITCOND = ' || quote_literal(g.agginitval), '')
               || CASE WHEN g.aggmtransfn <> 0 THEN ', MSFUNC = ' || g.aggmtransfn::regproc
                       || ', MINVFUNC = ' || g.aggminvtransfn::regproc
                       || ', MSTYPE = ' || format_type(g.aggmtranstype, NULL)
                       || CASE WHEN g.aggmtransspace > 0 THEN ', MSSPACE = ' || g.aggmtransspace
                          ELSE '' END
                       || CASE WHEN g.aggmfinalfn <> 0 THEN ', MFINALFUNC = '
                          || g.aggmfinalfn::regproc || ', MFINALFUNC_MODIFY = '
                          || CASE g.aggmfinalmodify WHEN 's' THEN 'SHAREABLE'
                             WHEN 'w' THEN 'READ_WRITE' ELSE 'READ_ONLY' END ELSE '' END
                       || CASE WHEN g.aggmfinalextra THEN ', MFINALFUNC_EXTRA' ELSE '' END
                  ELSE '' END
               || coalesce(', MINITCOND = ' || quote_literal(g.aggminitval), '')
               || CASE g.aggkind WHEN 'h' THEN ', HYPOTHETICAL' ELSE '' END
               || CASE WHEN g.aggsortop <> 0
                  THEN ', SORTOP = ' || (
                           SELECT 'OPERATOR(' || o.oprnamespace::regnamespace::text
                           || '.' || o.oprname || ')' FROM pg_operator o WHERE o.oid = g.aggsortop)
                  ELSE '' END
               || CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE'
                  WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END
               || ')'
           FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
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
SELECT 'operator', 'pg_operator', o.oid, n.nspname, o.oid::regoperator::text,
       'CREATE OPERATOR ' || CASE WHEN pg_operator_is_visible(o.oid) THEN '' ELSE
           quote_ident(n.nspname) || '.' END || o.oprname
       || ' (FUNCTION = ' || o.oprcode::regproc
       || CASE WHEN o.oprleft <> 0 THEN ', LEFTARG = ' || format_type(o.oprleft, NULL) ELSE '' END
       || CASE WHEN o.oprright <> 0 THEN ', RIGHTARG = ' || format_type(o.oprright, NULL)
          ELSE '' END
       || coalesce((SELECT ', COMMUTATOR = OPERATOR(' || c.oprnamespace::regnamespace || '.'
                           || c.oprname || ')' FROM pg_operator c WHERE c.oid = o.oprcom), '')
       || coalesce((SELECT ', NEGATOR = OPERATOR(' || c.oprnamespace::regnamespace || '.'
                           || c.oprname || ')' FROM pg_operator c WHERE c.oid = o.oprnegate), '')
       || CASE WHEN o.oprrest <> 0 THEN ', RESTRICT = ' || o.oprrest::regproc ELSE '' END
       || CASE WHEN o.oprjoin <> 0 THEN ', JOIN = ' || o.oprjoin::regproc ELSE '' END
       || CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END
       || CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END || ')'
       || coalesce(E';\\nCOMMENT ON OPERATOR ' || o.signature || ' IS '
                   || quote_literal(obj_description(o.oid, 'pg_operator')), ''),
       'DROP OPERATOR IF EXISTS ' || o.signature
       -- What is only named as the commutator of another, PostgreSQL makes by itself.
       || coalesce((SELECT string_agg(
              E';\\nDROP OPERATOR IF EXISTS ' || c.oprnamespace::regnamespace || '.'
              || c.oprname || ' (' || format_type(c.oprleft, NULL) || ', '
              || format_type(c.oprright, NULL) || ')', '')
          FROM pg_operator c WHERE c.oid IN (o.oprcom, o.oprnegate) AND c.oprcode = 0), ''),
       '', '', ''
FROM (SELECT o.*, CASE WHEN pg_operator_is_visible(o.oid) THEN '' ELSE
                  o.oprnamespace::regnamespace || '.' END || o.oprname || ' ('
                  || CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END
                  || ', '
                  || CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END
                  || ')' AS signature FROM pg_operator o) o
JOIN own n ON n.oid = o.oprnamespace
WHERE o.oprcode <> 0
  AND o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_operator'::regclass)
UNION ALL
SELECT 'operator family', 'pg_opfamily', o.oid, n.nspname, o.name || ' USING ' || o.amname,
       'CREATE OPERATOR FAMILY ' || o.name || ' USING ' || o.amname
       || coalesce(E';\\nALTER OPERATOR FAMILY ' || o.name || ' USING ' || o.amname
                   || E' ADD\\n    ' || (
              SELECT string_agg(m.text, E',\\n    ' ORDER BY m.kind DESC, m.number, m.text)
              FROM op_member m
              WHERE m.refclassid = 'pg_opfamily'::regclass AND m.refobjid = o.oid), '')
       || coalesce(E';\\nCOMMENT ON OPERATOR FAMILY ' || o.name || ' USING ' || o.amname || ' IS '
                   || quote_literal(obj_description(o.oid, 'pg_opfamily')), ''),
       'DROP OPERATOR FAMILY ' || o.name || ' USING ' || o.amname, '', '', ''
FROM (SELECT o.*, quote_ident(a.amname) AS amname,
             CASE WHEN pg_opfamily_is_visible(o.oid) THEN quote_ident(o.opfname)
             ELSE format('%%I.%%I', o.opfnamespace::regnamespace::text, o.opfname) END AS name
      FROM pg_opfamily o JOIN pg_am a ON a.oid = o.opfmethod) o
JOIN own n ON n.oid = o.opfnamespace
WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_opfamily'::regclass)
UNION ALL
SELECT 'operator class', 'pg_opclass', o.oid, n.nspname, o.name || ' USING ' || o.amname,
       'CREATE OPERATOR CLASS ' || o.name || CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE '' END
       || ' FOR TYPE ' || format_type(o.opcintype, NULL) || ' USING ' || o.amname || ' FAMILY '
       || (SELECT CASE WHEN pg_opfamily_is_visible(f.oid) THEN quote_ident(f.opfname)
                  ELSE format('%%I.%%I', f.opfnamespace::regnamespace::text, f.opfname) END
           FROM pg_opfamily f WHERE f.oid = o.opcfamily) || E' AS\\n    '
       || concat_ws(E',\\n    ',
           CASE WHEN o.opckeytype <> 0 THEN 'STORAGE ' || format_type(o.opckeytype, NULL) END,
           (SELECT string_agg(m.text, E',\\n    ' ORDER BY m.kind DESC, m.number, m.text)
            FROM op_member m
            WHERE m.refclassid = 'pg_opclass'::regclass AND m.refobjid = o.oid))
       || coalesce(E';\\nCOMMENT ON OPERATOR CLASS ' || o.name || ' USING ' || o.amname || ' IS '
                   || quote_literal(obj_description(o.oid, 'pg_opclass')), ''),
       'DROP OPERATOR CLASS ' || o.name || ' USING ' || o.amname, '', '', ''
FROM (SELECT o.*, quote_ident(a.amname) AS amname,
             CASE WHEN pg_opclass_is_visible(o.oid) THEN quote_ident(o.opcname)
             ELSE format('%%I.%%I', o.opcnamespace::regnamespace::text, o.opcname) END AS name
      FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod) o
JOIN own n ON n.oid = o.opcnamespace
WHERE o.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_opclass'::regclass)
UNION ALL
SELECT 'cast', 'pg_cast', c.oid, '', c.name,
       'CREATE CAST ' || c.name
       || CASE c.castmethod WHEN 'f' THEN ' WITH FUNCTION ' || c.castfunc::regprocedure
          WHEN 'i' THEN ' WITH INOUT' ELSE ' WITHOUT FUNCTION' END
       || CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT'
          ELSE '' END
       || coalesce(E';\\nCOMMENT ON CAST ' || c.name || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_cast')), ''),
       'DROP CAST IF EXISTS ' || c.name, '', '', ''
FROM (SELECT c.*, format('(%%s AS %%s)', format_type(c.castsource, NULL),
                         format_type(c.casttarget, NULL)) AS name FROM pg_cast c) c
WHERE c.oid >= 16384
  AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_cast'::regclass)
  AND c.oid NOT IN (SELECT objid FROM pg_depend
                    WHERE classid = 'pg_cast'::regclass AND deptype = 'i')
UNION ALL
SELECT 'text search configuration', 'pg_ts_config', c.oid, n.nspname, c.oid::regconfig::text,
       'CREATE TEXT SEARCH CONFIGURATION ' || c.oid::regconfig || ' (PARSER = '
       || (SELECT format('%%I.%%I', p.prsnamespace::regnamespace::text, p.prsname)
           FROM pg_ts_parser p WHERE p.oid = c.cfgparser) || ')'
       || coalesce((SELECT string_agg(
              E';\\nALTER TEXT SEARCH CONFIGURATION ' || c.oid::regconfig || ' ADD MAPPING FOR '
              || m.alias || ' WITH ' || m.dictionaries, '' ORDER BY m.alias)
          FROM (SELECT k.alias, string_agg(m.mapdict::regdictionary::text, ', '
                                           ORDER BY m.mapseqno) AS dictionaries
                FROM pg_ts_config_map m
                JOIN ts_token_type(c.cfgparser) k ON k.tokid = m.maptokentype
                WHERE m.mapcfg = c.oid GROUP BY k.alias) m), '')
       || coalesce(E';\\nCOMMENT ON TEXT SEARCH CONFIGURATION ' || c.oid::regconfig || ' IS '
                   || quote_literal(obj_description(c.oid, 'pg_ts_config')), ''),
       'DROP TEXT SEARCH CONFIGURATION ' || c.oid::regconfig, '', '', ''
FROM pg_ts_config c JOIN own n ON n.oid = c.cfgnamespace
WHERE c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_config'::regclass)
UNION ALL
SELECT 'text search dictionary', 'pg_ts_dict', d.oid, n.nspname, d.oid::regdictionary::text,
       'CREATE TEXT SEARCH DICTIONARY ' || d.oid::regdictionary || ' (TEMPLATE = '
       || (SELECT format('%%I.%%I', t.tmplnamespace::regnamespace::text, t.tmplname)
           FROM pg_ts_template t WHERE t.oid = d.dicttemplate)
       || coalesce(', ' || nullif(d.dictinitoption, ''), '') || ')'
       || coalesce(E';\\nCOMMENT ON TEXT SEARCH DICTIONARY ' || d.oid::regdictionary || ' IS '
                   || quote_literal(obj_description(d.oid, 'pg_ts_dict')), ''),
       'DROP TEXT SEARCH DICTIONARY ' || d.oid::regdictionary, '', '', ''
FROM pg_ts_dict d JOIN own n ON n.oid = d.dictnamespace
WHERE d.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_dict'::regclass)
UNION ALL
SELECT 'event trigger', 'pg_event_trigger', e.oid, '', quote_ident(e.evtname),
       'CREATE EVENT TRIGGER ' || quote_ident(e.evtname) || ' ON ' || e.evtevent
       || coalesce(E'\\nWHEN TAG IN (' || (SELECT string_agg(quote_literal(t), ', ')
                                         FROM unnest(e.evttags) t) || ')', '')
       || E'\\nEXECUTE FUNCTION ' || e.evtfoid::regproc || '()'
       || CASE e.evtenabled WHEN 'O' THEN '' ELSE
          E';\\nALTER EVENT TRIGGER ' || quote_ident(e.evtname)
          || CASE e.evtenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'
             ELSE ' ENABLE ALWAYS' END END
       || coalesce(E';\\nCOMMENT ON EVENT TRIGGER ' || quote_ident(e.evtname) || ' IS '
                   || quote_literal(obj_description(e.oid, 'pg_event_trigger')), ''),
       'DROP EVENT TRIGGER ' || quote_ident(e.evtname), '', '', ''
FROM pg_event_trigger e
WHERE e.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_event_trigger'::regclass)
UNION ALL
SELECT 'subscription', '', s.oid, '', quote_ident(s.subname), '', '', '', '', ''
FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
UNION ALL
SELECT 'language', 'pg_language', l.oid, '', quote_ident(l.lanname),
       'CREATE ' || CASE WHEN l.lanpltrusted THEN 'TRUSTED ' ELSE '' END || 'LANGUAGE '
       || quote_ident(l.lanname) || ' HANDLER ' || l.lanplcallfoid::regproc
       || CASE WHEN l.laninline <> 0 THEN ' INLINE ' || l.laninline::regproc ELSE '' END
       || CASE WHEN l.lanvalidator <> 0 THEN ' VALIDATOR ' || l.lanvalidator::regproc ELSE '' END,
       'DROP LANGUAGE ' || quote_ident(l.lanname), '', '', ''
FROM pg_language l
WHERE l.oid >= 16384
  AND l.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_language'::regclass)
UNION ALL
SELECT 'access method', 'pg_am', a.oid, '', quote_ident(a.amname),
       'CREATE ACCESS METHOD ' || quote_ident(a.amname) || ' TYPE '
       || CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END || ' HANDLER '
       || a.amhandler::regproc, 'DROP ACCESS METHOD ' || quote_ident(a.amname), '', '', ''
FROM pg_am a
WHERE a.oid >= 16384 AND a.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_am'::regclass)
UNION ALL
SELECT 'conversion', 'pg_conversion', c.oid, n.nspname, format('%%I.%%I', n.nspname, c.conname),
       'CREATE ' || CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END
       || format('CONVERSION %%I.%%I FOR %%L TO %%L FROM %%s', n.nspname, c.conname,
                 pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding),
                 c.conproc::regproc),
       format('DROP CONVERSION %%I.%%I', n.nspname, c.conname), '', '', ''
FROM pg_conversion c JOIN own n ON n.oid = c.connamespace
WHERE c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_conversion'::regclass)
UNION ALL
SELECT 'transform', 'pg_transform', t.oid, '', t.name,
       'CREATE TRANSFORM ' || t.name || ' (' || concat_ws(', ',
           CASE WHEN t.trffromsql <> 0
           THEN 'FROM SQL WITH FUNCTION ' || t.trffromsql::regprocedure END,
           CASE WHEN t.trftosql <> 0
           THEN 'TO SQL WITH FUNCTION ' || t.trftosql::regprocedure END) || ')',
       'DROP TRANSFORM ' || t.name, '', '', ''
FROM (SELECT t.*, 'FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE '
             || quote_ident(l.lanname) AS name
      FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang) t
WHERE t.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_transform'::regclass)
UNION ALL
SELECT 'text search parser', '', p.oid, n.nspname, quote_ident(p.prsname), '', '', '', '', ''
FROM pg_ts_parser p JOIN own n ON n.oid = p.prsnamespace
WHERE p.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_ts_parser'::regclass)
UNION ALL
SELECT 'security label', '', s.objoid, '', s.objtype || ' ' || s.objname, '', '', '', '', ''
FROM pg_seclabels s
WHERE s.classoid NOT IN (SELECT unnest(ARRAY['pg_database', 'pg_authid', 'pg_tablespace',
                                             'pg_subscription']::regclass[]))
"""
