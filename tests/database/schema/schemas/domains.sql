-- Domains, composite types and ranges, over each other, in other schemas.
CREATE SCHEMA auth;
CREATE EXTENSION citext;
CREATE SCHEMA extensions;
CREATE EXTENSION hstore WITH SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE DOMAIN email AS citext CHECK (VALUE ~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$');
CREATE DOMAIN posint AS int CONSTRAINT positive CHECK (VALUE > 0) DEFAULT 1;
CREATE DOMAIN posint2 AS posint CHECK (VALUE < 100) CHECK (VALUE % 2 = 0);
CREATE DOMAIN nn AS text NOT NULL DEFAULT 'x';
CREATE DOMAIN arr AS int[] CHECK (array_length(VALUE, 1) < 5) DEFAULT '{}';
CREATE DOMAIN coll AS text COLLATE "C" CHECK (char_length(VALUE) <= 10);
CREATE DOMAIN auth.uid AS uuid DEFAULT gen_random_uuid();
CREATE DOMAIN "Odd Dom%" AS varchar(10);
CREATE DOMAIN yr AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE DOMAIN j AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
CREATE DOMAIN ts AS timestamptz(3) DEFAULT now();
CREATE DOMAIN price AS numeric(12,4) CHECK (VALUE >= 0);
CREATE DOMAIN flag AS boolean NOT NULL;
CREATE DOMAIN rng AS int4range;
CREATE DOMAIN hs AS extensions.hstore;
CREATE DOMAIN unused AS int;
CREATE DOMAIN nv AS int;
ALTER DOMAIN nv ADD CONSTRAINT nv_c CHECK (VALUE <> 5) NOT VALID;
COMMENT ON DOMAIN posint IS 'it''s > 0 %';
COMMENT ON CONSTRAINT positive ON DOMAIN posint IS 'must % be';
CREATE TABLE t (id auth.uid PRIMARY KEY, e email NOT NULL UNIQUE, p posint, p2 posint2 NOT NULL DEFAULT 2,
    n nn, a arr, c coll, o "Odd Dom%" DEFAULT 'q', y yr CHECK (y > 1950), jj j NOT NULL DEFAULT '{}',
    tt ts, pr price DEFAULT 0, ps posint[], f flag DEFAULT false, r rng, h hs, hh extensions.hstore,
    hhs extensions.hstore[], cs citext[], nv nv, ars arr[], u uuid default extensions.uuid_generate_v4());
CREATE INDEX ON t (lower(c));
CREATE INDEX ON t USING gin (hh);
CREATE INDEX ON t (p) WHERE p > 5;
CREATE UNIQUE INDEX ON t (c COLLATE "POSIX");
CREATE INDEX ON t (e text_pattern_ops);
CREATE TABLE dompk (y yr PRIMARY KEY, n int);
CREATE TABLE domfk (id int primary key, y yr REFERENCES dompk, y2 int references dompk);
CREATE TABLE domc (p posint, n nn, PRIMARY KEY (p, n));
CREATE TABLE fk (id auth.uid PRIMARY KEY REFERENCES t ON DELETE CASCADE, t_id uuid REFERENCES t);
CREATE TABLE chk (id int PRIMARY KEY, e email CHECK (e LIKE '%@x.com'), s citext CHECK (s IN ('a','b')),
    v varchar(5) CHECK (v IN ('a','b','100%')), c char(1) CHECK (c IN ('x','y')), t text CHECK (t = ANY (ARRAY['q','r'])),
    n int CHECK (n IN (1,2,3)), b bigint CHECK (b IN (1,2)), s2 smallint CHECK (s2 IN (1,2)),
    x text CHECK (x IN ('only')), nn text NOT NULL CHECK (nn IN ('', 'y')), z text CHECK (z IS NULL OR z IN ('a')));
CREATE TYPE comp AS (a int, b text COLLATE "C", c posint, d timestamptz(3));
CREATE TYPE "Odd Comp" AS ("A b" int);
CREATE TYPE emptycomp AS ();
CREATE TABLE comps (id int PRIMARY KEY, c comp, cs comp[], o "Odd Comp", c2 comp DEFAULT ROW(1,'x',2,now())::comp CHECK ((c2).a > 0),
    ec emptycomp, row_t dompk);
COMMENT ON COLUMN comp.a IS 'the a %';
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");
CREATE TYPE auth.myrange AS RANGE (subtype = int, multirange_type_name = auth.mymulti);
CREATE FUNCTION time_subtype_diff(x time, y time) RETURNS float8 AS 'SELECT EXTRACT(EPOCH FROM (x - y))' LANGUAGE sql STRICT IMMUTABLE;
CREATE TYPE timerange AS RANGE (subtype = time, subtype_diff = time_subtype_diff);
CREATE TYPE oprange AS RANGE (subtype = text, subtype_opclass = text_pattern_ops);
CREATE TABLE ranges (id int PRIMARY KEY, f floatrange, t textrange, m auth.myrange, mm auth.mymulti,
    tr timerange, fm floatmultirange, frs floatrange[], o oprange, EXCLUDE USING gist (f WITH &&),
    EXCLUDE USING gist (tr WITH &&) WHERE (id > 5));
