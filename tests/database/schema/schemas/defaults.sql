-- Defaults of every type, sequences, identities and keys of every type.
CREATE SCHEMA util;
CREATE FUNCTION util.gen() RETURNS text LANGUAGE sql AS $$ SELECT 'x' || random()::text $$;
CREATE FUNCTION util.nextnum(p text) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;
CREATE SEQUENCE util.global_seq START 1000 INCREMENT 5 CACHE 10;
CREATE SEQUENCE shared_seq;
CREATE SEQUENCE "Odd Seq%";
CREATE TABLE d (
 id bigint PRIMARY KEY DEFAULT nextval('util.global_seq'),
 a int[] DEFAULT '{1,2,3}', a2 text[] NOT NULL DEFAULT ARRAY[]::text[], a3 text[] DEFAULT '{}', a4 int[] DEFAULT ARRAY[1,2], a5 text[] DEFAULT '{"a b","c,d","100%","q\"x"}',
 i interval DEFAULT '1 day 02:03:04', i2 interval DEFAULT '00:15:00'::interval, i3 interval NOT NULL DEFAULT make_interval(days => 3), i4 interval(3) DEFAULT '1 mon', i5 interval year to month DEFAULT '1-2',
 j jsonb DEFAULT '{"a": [1, 2, {"b": null}], "c": "it''s 100%"}', j2 json DEFAULT '{}', j3 jsonb DEFAULT 'null', j4 jsonb DEFAULT '[]'::jsonb, j5 jsonb DEFAULT jsonb_build_object('a', 1), j6 jsonb default '"str"',
 u uuid DEFAULT gen_random_uuid(), u2 uuid DEFAULT '00000000-0000-0000-0000-000000000000',
 t text DEFAULT 'it''s 100% \ {x} "q"', t2 text DEFAULT '', t3 varchar(20) DEFAULT 'x'::character varying, t4 char(3) DEFAULT 'ab', t5 text DEFAULT E'new\nline\ttab', t6 text DEFAULT util.gen(), t7 text DEFAULT current_user, t8 text DEFAULT CURRENT_TIMESTAMP::text, t9 text DEFAULT upper('x' || 'y'), t10 text DEFAULT NULL, t11 name DEFAULT CURRENT_USER, t12 "char" DEFAULT 'a', t13 text DEFAULT 'NULL', t14 varchar DEFAULT NULL::character varying, t15 text DEFAULT current_setting('app.tenant', true), t16 text default $$a'b"c$$,
 b boolean DEFAULT true, b2 boolean NOT NULL DEFAULT false, b3 bit(4) DEFAULT B'1010', b4 bit varying(8) DEFAULT B'1', by bytea DEFAULT '\xdeadbeef', by2 bytea DEFAULT '\x',
 n numeric DEFAULT 0, n2 numeric(10,2) DEFAULT 1.50, n3 numeric(10,2) DEFAULT -1.5, n4 numeric DEFAULT 'NaN', n5 real DEFAULT 1.5, n6 double precision DEFAULT '-Infinity', n7 smallint DEFAULT -1, n8 bigint DEFAULT 9223372036854775807, n9 integer DEFAULT -2147483648, n10 integer DEFAULT (1 + 2), n11 int DEFAULT '5', n12 bigint DEFAULT 5, n13 numeric(20,0) DEFAULT 5, n14 numeric(5,-2) default 100, n15 numeric(2,4) default 0.0012, n16 float4 default 0, n17 float8 default 1e10, n18 float8 default random(), n19 oid default 0,
 m money DEFAULT 1.5, 
 d date DEFAULT CURRENT_DATE, d2 date DEFAULT '2020-01-01', d4 date DEFAULT (now() + '1 day'::interval), d5 timestamptz DEFAULT now(), d6 timestamptz DEFAULT CURRENT_TIMESTAMP, d7 timestamptz DEFAULT clock_timestamp(), d8 timestamp DEFAULT now(), d9 timestamp DEFAULT (now() AT TIME ZONE 'utc'), d10 timestamptz DEFAULT '2020-01-01 00:00:00+00', d11 timestamptz(3) DEFAULT CURRENT_TIMESTAMP(3), d12 time DEFAULT CURRENT_TIME, d13 time DEFAULT '12:00', d14 timetz DEFAULT '12:00+01', d15 timestamp(0) DEFAULT LOCALTIMESTAMP(0), d17 timestamptz DEFAULT statement_timestamp(), d18 timestamptz default transaction_timestamp(), d19 timestamp default timezone('utc'::text, now()), d20 date default ('now'::text)::date,
 inet inet DEFAULT '127.0.0.1', inet2 inet DEFAULT '10.0.0.0/8', cidr cidr DEFAULT '10.0.0.0/8', mac macaddr DEFAULT '08:00:2b:01:02:03', 
 p point DEFAULT '(1,2)', bx box DEFAULT '((1,1),(0,0))', pth path, poly polygon, circ circle, ln line, ls lseg,
 r int4range DEFAULT '[1,5)', r2 tstzrange DEFAULT tstzrange(now(), NULL), r3 daterange NOT NULL DEFAULT 'empty', r4 numrange DEFAULT '(,)', r5 int4multirange DEFAULT '{[1,2)}', r6 tsrange, r7 int8range default '[0,10]',
 x xml DEFAULT '<a/>', tv tsvector DEFAULT to_tsvector('english', 'x'), tq tsquery DEFAULT 'a & b', rc regclass DEFAULT 'pg_class', ls2 pg_lsn DEFAULT '0/0', jp jsonpath DEFAULT '$.a', xid xid, tid tid, rt regtype, snap txid_snapshot, num bigint default util.nextnum('abc'::text),
 s1 int DEFAULT nextval('shared_seq'), s2 bigint DEFAULT nextval('shared_seq'), s3 text DEFAULT 'ORD-' || nextval('"Odd Seq%"'), s4 text DEFAULT lpad(nextval('shared_seq')::text, 8, '0'), s5 int default nextval('shared_seq'::text)
);
CREATE TABLE e (id int PRIMARY KEY DEFAULT nextval('shared_seq'), n int DEFAULT currval('shared_seq'));
CREATE TABLE renamed_old (id serial PRIMARY KEY);
ALTER TABLE renamed_old RENAME TO renamed;
CREATE TABLE rcol (old_id serial PRIMARY KEY, n serial, m bigserial UNIQUE, s smallserial);
ALTER TABLE rcol RENAME COLUMN old_id TO new_id;
CREATE TABLE sopt (id serial PRIMARY KEY, n int);
ALTER SEQUENCE sopt_id_seq RESTART 100 MINVALUE 50 START 60 INCREMENT 2 CYCLE CACHE 3;
CREATE TABLE sbig (id serial PRIMARY KEY);
ALTER TABLE sbig ALTER COLUMN id TYPE bigint;
CREATE TABLE sbig2 (id serial PRIMARY KEY);
ALTER TABLE sbig2 ALTER COLUMN id TYPE bigint;
ALTER SEQUENCE sbig2_id_seq AS bigint;
CREATE TABLE sown (id int PRIMARY KEY);
CREATE SEQUENCE sown_custom OWNED BY sown.id;
ALTER TABLE sown ALTER id SET DEFAULT nextval('sown_custom');
CREATE TABLE sown2 (id int PRIMARY KEY);
CREATE SEQUENCE sown2_custom OWNED BY sown2.id;
CREATE TABLE ida (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b bigint GENERATED BY DEFAULT AS IDENTITY (START 5 INCREMENT -1 MINVALUE -100 MAXVALUE 10 CYCLE));
CREATE TABLE idb (id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME idb_custom_seq START 10) PRIMARY KEY,
    c smallint GENERATED ALWAYS AS IDENTITY NOT NULL);
CREATE TABLE idc (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int GENERATED ALWAYS AS IDENTITY UNIQUE);
CREATE TABLE ide (a int GENERATED ALWAYS AS IDENTITY, b int, PRIMARY KEY (a, b));
CREATE TABLE smallid (id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE smallser (id smallserial PRIMARY KEY);
CREATE TABLE bigser (id bigserial PRIMARY KEY);
CREATE TABLE setval (id serial primary key);
SELECT setval('setval_id_seq', 500);
CREATE TABLE textid (id text PRIMARY KEY DEFAULT 'id_' || gen_random_uuid()::text);
CREATE TABLE dateid (d date PRIMARY KEY);
CREATE TABLE tsid (d timestamptz PRIMARY KEY DEFAULT now());
CREATE TABLE numid (d numeric(20,0) PRIMARY KEY);
CREATE TABLE boolid (b boolean PRIMARY KEY DEFAULT true CHECK (b));
CREATE TABLE inetid (i inet PRIMARY KEY);
CREATE TABLE charid (c char(2) PRIMARY KEY);
CREATE TABLE varid (c varchar(10) PRIMARY KEY);
CREATE TABLE byid (b bytea PRIMARY KEY);
CREATE TABLE fkchar (id int primary key, c char(2) references charid, v varchar(10) references varid,
    v2 varchar(20) references varid, v3 text references varid, n numeric references numid,
    i inet references inetid, b bytea references byid, d date references dateid, bb boolean references boolid);
