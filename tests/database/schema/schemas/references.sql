-- Keys, foreign keys and checks that Django has no words for.
CREATE TABLE par (a int, b int, c text, PRIMARY KEY (a, b), UNIQUE (b, c), UNIQUE (c));
CREATE TABLE ch1 (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES par);
CREATE TABLE ch2 (id int PRIMARY KEY, a int, b int, CONSTRAINT full_fk FOREIGN KEY (a, b) REFERENCES par MATCH FULL ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE ch3 (id int PRIMARY KEY, a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES par ON DELETE SET NULL (b));
CREATE TABLE ch4 (a int, b int, x int, PRIMARY KEY (a, b, x), FOREIGN KEY (a, b) REFERENCES par);
CREATE TABLE ch5 (b int, c text, FOREIGN KEY (b, c) REFERENCES par (b, c) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE ch6 (id int primary key, c text REFERENCES par (c) ON DELETE SET DEFAULT ON UPDATE SET NULL DEFAULT 'x');
CREATE TABLE sf (id int PRIMARY KEY, parent_id int REFERENCES sf ON DELETE CASCADE, root_id int REFERENCES sf,
    tenant int, up int, UNIQUE (tenant, id), FOREIGN KEY (tenant, up) REFERENCES sf (tenant, id));
CREATE TABLE ca (id int PRIMARY KEY, b_id int NOT NULL);
CREATE TABLE cb (id int PRIMARY KEY, c_id int);
CREATE TABLE cc (id int PRIMARY KEY, a_id int UNIQUE REFERENCES ca);
ALTER TABLE ca ADD FOREIGN KEY (b_id) REFERENCES cb;
ALTER TABLE cb ADD FOREIGN KEY (c_id) REFERENCES cc DEFERRABLE;
CREATE TABLE pkcircle1 (id int PRIMARY KEY);
CREATE TABLE pkcircle2 (id int PRIMARY KEY REFERENCES pkcircle1);
ALTER TABLE pkcircle1 ADD FOREIGN KEY (id) REFERENCES pkcircle2 DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE uq (id int PRIMARY KEY, code text UNIQUE, slug text NOT NULL);
CREATE UNIQUE INDEX uq_slug ON uq (slug);
CREATE TABLE uqf (id int PRIMARY KEY, code text REFERENCES uq (code), slug text REFERENCES uq (slug) ON UPDATE CASCADE);
CREATE TABLE pkpart (id int primary key references uq, x int);
CREATE TABLE pkpart2 (id int primary key references pkpart);
CREATE TABLE m1 (id int PRIMARY KEY);
CREATE TABLE m2 (id int PRIMARY KEY);
CREATE TABLE m1_m2 (m1_id int REFERENCES m1 ON DELETE CASCADE, m2_id int REFERENCES m2 ON DELETE CASCADE,
    PRIMARY KEY (m1_id, m2_id));
CREATE TABLE m1_m2_extra (m1_id int REFERENCES m1, m2_id int REFERENCES m2, added timestamptz DEFAULT now(),
    PRIMARY KEY (m2_id, m1_id));
CREATE TABLE m1_m2_nopk (m1_id int REFERENCES m1, m2_id int REFERENCES m2);
CREATE TABLE two (id int PRIMARY KEY, x int, CONSTRAINT fk_a FOREIGN KEY (x) REFERENCES m1,
    CONSTRAINT fk_b FOREIGN KEY (x) REFERENCES m2);
CREATE TABLE dup (id int PRIMARY KEY, x int, CONSTRAINT fk_a FOREIGN KEY (x) REFERENCES m1,
    CONSTRAINT fk_b FOREIGN KEY (x) REFERENCES m1 ON DELETE CASCADE);
CREATE TABLE nv (id int PRIMARY KEY, x int, y int);
ALTER TABLE nv ADD CONSTRAINT nv_fk FOREIGN KEY (x) REFERENCES m1 NOT VALID;
ALTER TABLE nv ADD CONSTRAINT nv_ck CHECK (y > 0) NOT VALID;
ALTER TABLE nv ADD CONSTRAINT ni_ck CHECK (y < 10) NO INHERIT;
CREATE TABLE du (id int, n int, CONSTRAINT du_pk PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT du_u UNIQUE (n) DEFERRABLE, x int, CONSTRAINT du_x UNIQUE (x) INCLUDE (n),
    CONSTRAINT du_nd UNIQUE NULLS NOT DISTINCT (x, n));
CREATE TABLE inc (id int, n int, PRIMARY KEY (id) INCLUDE (n));
CREATE TABLE incf (id int PRIMARY KEY, i int REFERENCES inc);
CREATE TABLE pf (id int, CONSTRAINT "Odd PK%" PRIMARY KEY (id) WITH (fillfactor=70));
CREATE TABLE uf (id int primary key, n int, m int, CONSTRAINT uf_n UNIQUE (n) WITH (fillfactor=50));
CREATE TABLE cm (id int, n int UNIQUE, x int REFERENCES m1, y int CHECK (y > 0));
ALTER TABLE cm ADD CONSTRAINT cm_pk PRIMARY KEY (id);
COMMENT ON CONSTRAINT cm_pk ON cm IS 'pk''s % {x}';
COMMENT ON CONSTRAINT cm_n_key ON cm IS 'uq %s';
COMMENT ON CONSTRAINT cm_x_fkey ON cm IS 'fk %';
COMMENT ON CONSTRAINT cm_y_check ON cm IS E'ck\nnl';
CREATE INDEX cm_i ON cm (y);
COMMENT ON INDEX cm_i IS 'idx %s "q"';
CREATE TABLE t1 (id bigint PRIMARY KEY);
CREATE TABLE t1f (id int PRIMARY KEY, x int REFERENCES t1, y smallint REFERENCES t1, w int GENERATED ALWAYS AS (x) STORED REFERENCES t1,
    v serial REFERENCES t1, u bigint GENERATED ALWAYS AS IDENTITY REFERENCES t1);
CREATE SCHEMA s2;
CREATE TABLE s2.m1 (id int PRIMARY KEY REFERENCES public.m1);
CREATE TABLE s2.m2 (id int PRIMARY KEY, m1_id int REFERENCES s2.m1, pm1 int REFERENCES public.m1);
CREATE TABLE s2.only_here (id int PRIMARY KEY, UNIQUE (id));
CREATE INDEX dup_idx ON s2.m2 (m1_id);
CREATE INDEX dup_idx ON two (x);
CREATE TABLE ex (id int PRIMARY KEY, r int4range, c circle, EXCLUDE USING gist (r WITH &&) WHERE (id > 0) DEFERRABLE INITIALLY DEFERRED,
    EXCLUDE USING gist (c WITH &&), CONSTRAINT ex_h EXCLUDE USING hash (id WITH =), CONSTRAINT ex_b EXCLUDE USING btree (id WITH =));
CREATE TABLE chk (a int, b int CONSTRAINT c1 CHECK (b > 0), c text, CONSTRAINT "Odd %" CHECK (a > b AND c LIKE '%x'),
    CHECK (a IS NOT NULL), CHECK ((a IS NULL) <> (b IS NULL)), CHECK (num_nonnulls(a, b) = 1),
    CHECK (c = lower(c)), CHECK (c ~* '^[^{}%]+$'), CHECK (true), CHECK (chk IS NOT NULL));
CREATE TABLE o2o (id int PRIMARY KEY, m1 int NOT NULL UNIQUE REFERENCES m1, m2 int REFERENCES m2,
    part int REFERENCES m2);
CREATE UNIQUE INDEX ON o2o (m2);
CREATE UNIQUE INDEX ON o2o (part) WHERE part > 0;
CREATE TABLE gen (id int primary key, a int, b int GENERATED ALWAYS AS (a * 2) STORED NOT NULL UNIQUE,
    c text GENERATED ALWAYS AS (coalesce(a::text, '100%') || '{x}') STORED, d tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(a::text, ''))) STORED);
CREATE TABLE genfk (id int primary key, b int REFERENCES gen (b));
CREATE TABLE genpk (a int, b int GENERATED ALWAYS AS (a + 1) STORED PRIMARY KEY);
CREATE TABLE dropped (a int, id int PRIMARY KEY, b text, c int UNIQUE);
ALTER TABLE dropped DROP a, DROP b;
ALTER TABLE dropped ADD d int DEFAULT 5;
CREATE TABLE allnull (a int, b int);
CREATE UNIQUE INDEX pkidx ON allnull (a);
