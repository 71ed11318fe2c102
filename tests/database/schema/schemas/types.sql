CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist;
CREATE SCHEMA ext; 
CREATE TYPE mood AS ENUM ('sad','ok','very happy','it''s');
CREATE TYPE "Status" AS ENUM ('ACTIVE','IN-ACTIVE','2nd','');
CREATE TYPE ext.color AS ENUM ('red','green');
CREATE DOMAIN email AS citext CHECK (VALUE ~ '@');
CREATE DOMAIN posint AS integer DEFAULT 5 NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN ext.code AS varchar(10);
CREATE TYPE addr AS (street text, zip varchar(10));
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TABLE all_types (
  id bigserial PRIMARY KEY,
  c_smallint smallint, c_int int, c_big bigint, c_num numeric, c_num2 numeric(10,2) DEFAULT 1.50, c_num3 numeric(5,-2), c_num4 numeric(3,5), c_real real DEFAULT 1.5, c_double double precision DEFAULT 2,
  c_money money, c_varchar varchar, c_varchar2 varchar(30) DEFAULT 'x''y' NOT NULL, c_char char(3), c_char1 char, c_qchar "char", c_text text DEFAULT '100% {sure}', c_name name,
  c_bytea bytea, c_ts timestamp, c_tstz timestamptz DEFAULT CURRENT_TIMESTAMP, c_ts3 timestamp(3), c_tstz0 timestamptz(0), c_date date DEFAULT CURRENT_DATE, c_time time, c_time3 time(3), c_timetz timetz, c_interval interval, c_int_ds interval day to second(3), c_int_p interval(2), c_int_y interval year,
  c_bool boolean DEFAULT true NOT NULL, c_bool2 boolean, c_point point, c_line line, c_box box, c_path path, c_poly polygon, c_circle circle, c_lseg lseg,
  c_cidr cidr, c_inet inet, c_mac macaddr, c_mac8 macaddr8, c_bit bit(8), c_bit1 bit, c_varbit bit varying(5), c_varbit2 bit varying, c_tsv tsvector, c_tsq tsquery, c_uuid uuid DEFAULT gen_random_uuid(), c_xml xml, c_json json, c_jsonb jsonb DEFAULT '{}' NOT NULL, c_jsonb2 jsonb DEFAULT '{"a": [1, 2], "b": "50%"}', c_jsonpath jsonpath,
  c_intarr int[], c_arr2 text[][] DEFAULT '{}', c_vararr varchar(10)[] DEFAULT ARRAY['a','b']::varchar[], c_numarr numeric(6,2)[], c_tsarr timestamptz[], c_moodarr mood[] DEFAULT '{sad}', c_statarr "Status"[], c_uuidarr uuid[], c_domarr posint[], c_inetarr inet[], c_xarr xml[],
  c_i4r int4range, c_i8r int8range, c_nr numrange, c_dr daterange, c_tsr tsrange, c_tstzr tstzrange, c_i4mr int4multirange, c_fr floatrange,
  c_mood mood DEFAULT 'ok' NOT NULL, c_status "Status" DEFAULT '2nd', c_color ext.color, c_citext citext DEFAULT 'Abc', c_hstore hstore DEFAULT 'a=>1', c_ltree ltree, c_addr addr, c_oid oid, c_regclass regclass, c_lsn pg_lsn,
  c_email email, c_posint posint, c_code ext.code DEFAULT 'z', c_snap txid_snapshot, c_lquery lquery
);
