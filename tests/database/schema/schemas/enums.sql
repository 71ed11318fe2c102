-- Enum types with odd labels, of the same names, in arrays, domains, keys and partitions.
CREATE SCHEMA a;
CREATE SCHEMA "b c";
CREATE TYPE public.status AS ENUM ('', 'a b', 'don''t', '100%', 'ünïcode', '日本', 'A',
    'a', '1', '-', '--', 'None', 'name', 'value', 'NAME', 'mro', 'label', 'labels', 'choices',
    'values', 'names', 'class', E'back\\slash', '"dq"', '{brace}', E'new\nline', ',',
    'a,b', '😀', 'TRUE', 'true', '__x__', '_x_', '_sunder_', 'do_not_call_in_templates');
CREATE TYPE a.status AS ENUM ('x', 'y');
CREATE TYPE "b c".status AS ENUM ('x', 'z');
CREATE TYPE "Status" AS ENUM ('Q');
CREATE TYPE "We ird%" AS ENUM ('p');
CREATE TYPE unused AS ENUM ('n');
CREATE TYPE empty AS ENUM ();
CREATE TYPE tables AS ENUM ('n');
CREATE TYPE "order" AS ENUM ('asc', 'desc');
CREATE TYPE country AS ENUM ('de', 'at');
CREATE TABLE countries (id int primary key, c country);
CREATE DOMAIN ds AS a.status DEFAULT 'x' CHECK (VALUE <> 'y');
CREATE TABLE t (id int PRIMARY KEY, s status NOT NULL DEFAULT '', s2 a.status DEFAULT 'x',
    s3 "b c".status[] DEFAULT '{x}', s4 "Status" UNIQUE, s5 "We ird%" DEFAULT 'p' CHECK (s5 = 'p'),
    s6 empty, o "order" NOT NULL DEFAULT 'asc', os "order"[] NOT NULL DEFAULT ARRAY['asc','desc']::"order"[],
    d ds, e a.status GENERATED ALWAYS AS (CASE WHEN id > 1 THEN 'x'::a.status ELSE 'y'::a.status END) STORED,
    s7 status DEFAULT '100%', s8 status DEFAULT 'don''t', s9 status default E'back\\slash',
    CHECK (s IN ('a b', '100%', 'don''t')), CHECK (s2 <> 'y'), m "order"[][] );
CREATE INDEX ON t (s) WHERE s = '100%';
CREATE INDEX ON t (s2) WHERE s2 IN ('x','y');
CREATE UNIQUE INDEX ON t (s2, s) WHERE s <> 'A';
CREATE TABLE pk_enum (s status PRIMARY KEY, n int);
CREATE TABLE fk_enum (id int primary key, s status references pk_enum);
CREATE TABLE t2 (s a.status, s2 status, PRIMARY KEY (s, s2));
COMMENT ON TYPE a.status IS 'it''s 100% %s';
CREATE TYPE size AS ENUM ('s', 'm');
CREATE FUNCTION f_enum(size) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text $$;
CREATE TABLE shirts (id serial primary key, s size, t text GENERATED ALWAYS AS (f_enum(s)) STORED);
CREATE TYPE comp AS (s size, n int);
CREATE TABLE comps (id int primary key, c comp, cs comp[]);
CREATE VIEW v AS SELECT s, count(*) FROM t WHERE s = '100%' GROUP BY 1;
CREATE TYPE mood AS ENUM ('sad','ok');
CREATE VIEW vm AS SELECT 'sad'::mood AS m;
CREATE TABLE p (id int, m mood NOT NULL DEFAULT 'ok') PARTITION BY LIST (m);
CREATE TABLE p_ok PARTITION OF p FOR VALUES IN ('ok');
CREATE TABLE p_d PARTITION OF p DEFAULT;
