-- Indexes of every method, with collations, operator classes and parameters.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;
CREATE SCHEMA ext;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE EXTENSION bloom;
CREATE EXTENSION ltree;
CREATE EXTENSION intarray;
CREATE COLLATION german (provider = icu, locale = 'de-DE-u-co-phonebk');
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION "Odd Coll" FROM "C";
CREATE SCHEMA s;
CREATE COLLATION s.sc (locale = 'C');
CREATE TABLE i (id int PRIMARY KEY, a text, b text COLLATE "C", c varchar(50) COLLATE german,
    d text COLLATE ci UNIQUE, e text COLLATE "Odd Coll", f text COLLATE s.sc, j jsonb,
    arr int[], ts tsvector, t timestamptz, n numeric, r int4range, p point, ip inet, l ltree,
    tarr text[] COLLATE "C", bx box, u uuid, bits bit(8));
CREATE INDEX i1 ON i (a text_pattern_ops, b DESC NULLS LAST, c COLLATE "C" varchar_pattern_ops ASC NULLS FIRST);
CREATE INDEX i2 ON i USING gin (a gin_trgm_ops, b gin_trgm_ops) WITH (fastupdate = off,
    gin_pending_list_limit = 128);
CREATE INDEX i3 ON i USING gin (j jsonb_path_ops);
CREATE INDEX i4 ON i USING gin (j);
CREATE INDEX i5 ON i USING gin ((j -> 'tags'));
CREATE INDEX i6 ON i ((j ->> 'name'));
CREATE INDEX i7 ON i (((j ->> 'n')::int)) WHERE (j ? 'n');
CREATE INDEX i7b ON i ((j #>> '{a,b}'), (j @> '{"x": "100%"}'));
CREATE INDEX i8 ON i USING gist (a gist_trgm_ops (siglen = 32));
CREATE INDEX i9 ON i USING gist (r, p) WITH (fillfactor = 80, buffering = on);
CREATE INDEX i10 ON i USING spgist (p);
CREATE INDEX i10b ON i USING spgist (a);
CREATE INDEX i10c ON i USING spgist (p kd_point_ops);
CREATE INDEX i11 ON i USING brin (t timestamptz_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 32,
    autosummarize = on);
CREATE INDEX i12 ON i USING hash (a) WITH (fillfactor = 60);
CREATE INDEX i13 ON i USING bloom (id, a) WITH (length = 80);
CREATE INDEX i14 ON i USING gist (l gist_ltree_ops (siglen = 100));
CREATE INDEX i15 ON i USING gist (id ext.gist_int4_ops, r);
CREATE INDEX i16 ON i USING gist (ip inet_ops);
CREATE INDEX i17 ON i USING gin (arr gin__int_ops);
CREATE INDEX i17b ON i USING gin (arr array_ops);
CREATE INDEX i18 ON i USING gin (id, arr);
CREATE INDEX i19 ON i USING gin (to_tsvector('english', coalesce(a, '') || ' ' || coalesce(b, '')));
CREATE INDEX i20 ON i (lower(a));
CREATE INDEX i21 ON i (lower(a) text_pattern_ops, upper(b) COLLATE "C" DESC);
CREATE INDEX i22 ON i ((a || '%' || b));
CREATE INDEX i23 ON i (date_trunc('day', t AT TIME ZONE 'UTC'));
CREATE INDEX i24 ON i (id) INCLUDE (a, b) WITH (fillfactor = 70, deduplicate_items = off) WHERE a LIKE '100%' AND b IS NOT NULL;
CREATE UNIQUE INDEX i25 ON i (lower(a), n DESC) WHERE n > 0;
CREATE UNIQUE INDEX i26 ON i (a, b) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX i27 ON i (a) INCLUDE (n);
CREATE UNIQUE INDEX i28 ON i (a text_pattern_ops);
CREATE UNIQUE INDEX i29 ON i (a) WHERE b IS NULL;
CREATE UNIQUE INDEX i30 ON i (a DESC);
CREATE UNIQUE INDEX i31 ON i (n) WITH (fillfactor = 90);
CREATE UNIQUE INDEX i32 ON i ((1));
CREATE UNIQUE INDEX i33 ON i (coalesce(a, ''), coalesce(n, -1));
CREATE INDEX i34 ON i (id, id);
CREATE INDEX i35 ON i ((id + 1) DESC NULLS LAST);
CREATE INDEX i37 ON i ((a IS NULL), (n > 5));
CREATE INDEX i38 ON i (a) WHERE a <> ALL (ARRAY['x', 'y']);
CREATE INDEX i40 ON i (a) WHERE NOT (n > 5 OR b = 'q');
CREATE INDEX i41 ON i (a) WHERE a IN ('p', 'q');
CREATE INDEX i42 ON i (a) WHERE id BETWEEN 1 AND 5;
CREATE INDEX i43 ON i (md5(a));
CREATE INDEX i44 ON i ((md5(a)::uuid));
CREATE INDEX i45 ON i (substring(a FROM 1 FOR 3));
CREATE INDEX i47 ON i ((arr[1]));
CREATE INDEX i48 ON i (abs(n), char_length(a));
CREATE INDEX a_very_long_index_name_that_is_longer_than_thirty_chars_x ON i (n);
CREATE INDEX "Odd % idx" ON i (n, a);
CREATE INDEX "1idx" ON i (n, b);
CREATE INDEX _idx ON i (n, c);
CREATE INDEX s_trailing_ ON i (c, n);
CREATE INDEX iu ON i USING btree (u) WITH (fillfactor=75);
ALTER TABLE i CLUSTER ON iu;
CREATE UNIQUE INDEX ir ON i (id);
ALTER TABLE i REPLICA IDENTITY USING INDEX ir;
ALTER INDEX i20 ALTER COLUMN 1 SET STATISTICS 500;
CREATE TABLE rr (id int primary key, during tstzrange NOT NULL, room int, cancelled bool default false,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (NOT cancelled),
    CONSTRAINT "odd %" EXCLUDE USING gist (int4range(id, room) WITH &&, (lower(id::text) || '%') WITH =) INCLUDE (id));
CREATE TABLE tt (id int PRIMARY KEY, v text) WITH (fillfactor = 70, autovacuum_enabled = false,
    autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_enabled = false, parallel_workers = 4);
CREATE UNLOGGED TABLE ul (id serial PRIMARY KEY, v text);
ALTER TABLE tt ALTER v SET STORAGE EXTERNAL, ALTER v SET STATISTICS 1000, ALTER v SET (n_distinct = -0.5,
    n_distinct_inherited = 5);
ALTER TABLE tt ALTER v SET COMPRESSION pglz;
ALTER TABLE tt REPLICA IDENTITY FULL;
CREATE STATISTICS st1 (ndistinct, dependencies) ON id, v FROM tt;
CREATE STATISTICS s.st2 ON (lower(v)), id FROM tt;
ALTER STATISTICS st1 SET STATISTICS 200;
COMMENT ON STATISTICS st1 IS 'st %';
CREATE TABLE s.i (id int primary key, a text);
CREATE INDEX i1 ON s.i (a);
CREATE INDEX i20 ON s.i (lower(a));
