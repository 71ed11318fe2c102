-- Pieces of well-known applications, as their databases have them.
CREATE EXTENSION btree_gist;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE EXTENSION seg;
CREATE EXTENSION isn;
CREATE EXTENSION lo;
CREATE EXTENSION tablefunc;
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION ltree;
CREATE EXTENSION citext;
CREATE EXTENSION pgcrypto;
CREATE EXTENSION intarray;
CREATE EXTENSION dict_int;
CREATE EXTENSION fuzzystrmatch;
CREATE SCHEMA bookings;
CREATE SCHEMA gitlab_partitions_dynamic;
CREATE SCHEMA discourse_functions;
CREATE SCHEMA hdb_catalog;
CREATE SCHEMA "Sales";
CREATE SCHEMA "HumanResources";
CREATE SCHEMA empty_schema;
SET search_path = public;
CREATE FUNCTION bookings.lang() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN current_setting('bookings.lang'); EXCEPTION WHEN undefined_object THEN RETURN NULL; END; $$;
CREATE TABLE bookings.aircrafts_data (aircraft_code character(3) NOT NULL PRIMARY KEY,
    model jsonb NOT NULL, range integer NOT NULL, CONSTRAINT aircrafts_range_check CHECK (range > 0));
CREATE VIEW bookings.aircrafts AS SELECT aircraft_code, model ->> bookings.lang() AS model, range FROM bookings.aircrafts_data;
CREATE TABLE bookings.airports_data (airport_code char(3) PRIMARY KEY, coordinates point NOT NULL,
    timezone text NOT NULL);
CREATE TABLE bookings.flights (flight_id serial PRIMARY KEY, flight_no char(6) NOT NULL,
    scheduled_departure timestamptz NOT NULL, scheduled_arrival timestamptz NOT NULL,
    departure_airport char(3) NOT NULL REFERENCES bookings.airports_data, arrival_airport char(3) NOT NULL REFERENCES bookings.airports_data,
    status varchar(20) NOT NULL, aircraft_code char(3) NOT NULL REFERENCES bookings.aircrafts_data,
    actual tstzrange, UNIQUE (flight_no, scheduled_departure), CHECK (scheduled_arrival > scheduled_departure),
    CONSTRAINT flights_status_check CHECK (status::text = ANY (ARRAY['On Time'::varchar::text, 'Delayed'::varchar::text])),
    EXCLUDE USING gist (aircraft_code WITH =, tstzrange(scheduled_departure, scheduled_arrival) WITH &&));
CREATE TABLE bookings.tickets (ticket_no char(13) PRIMARY KEY, contact jsonb);
CREATE TABLE bookings.ticket_flights (ticket_no char(13) REFERENCES bookings.tickets,
    flight_id int REFERENCES bookings.flights, fare varchar(10), amount numeric(10,2) CHECK (amount >= 0),
    PRIMARY KEY (ticket_no, flight_id));
CREATE TABLE bookings.boarding_passes (ticket_no char(13) NOT NULL, flight_id int NOT NULL,
    boarding_no int NOT NULL, seat_no varchar(4) NOT NULL, PRIMARY KEY (ticket_no, flight_id),
    UNIQUE (flight_id, boarding_no), FOREIGN KEY (ticket_no, flight_id) REFERENCES bookings.ticket_flights);
COMMENT ON TABLE bookings.tickets IS 'Tickets';
CREATE FUNCTION bookings.now() RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$SELECT '2017-08-15 18:00:00'::timestamp AT TIME ZONE 'Europe/Moscow'$$;
CREATE TYPE mpaa_rating AS ENUM ('G','PG','PG-13','R','NC-17');
CREATE DOMAIN year AS integer CHECK (VALUE >= 1901 AND VALUE <= 2155);
CREATE FUNCTION _group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$ SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END $_$;
CREATE AGGREGATE group_concat(text) (SFUNC = _group_concat, STYPE = text);
CREATE SEQUENCE film_film_id_seq;
CREATE TABLE film (film_id integer DEFAULT nextval('film_film_id_seq'::regclass) PRIMARY KEY,
    title varchar(255) NOT NULL, release_year year, rating mpaa_rating DEFAULT 'G'::mpaa_rating,
    last_update timestamptz DEFAULT now() NOT NULL, special_features text[], fulltext tsvector NOT NULL,
    rental_rate numeric(4,2) DEFAULT 4.99 NOT NULL, revenue_projection numeric(5,2) GENERATED ALWAYS AS (rental_rate * 2) STORED);
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('fulltext',
    'pg_catalog.english', 'title');
CREATE VIEW film_list AS SELECT film_id, group_concat(title) AS t FROM film GROUP BY film_id;
CREATE FUNCTION film_in_stock(p_film_id integer, OUT p_film_count integer) RETURNS SETOF integer LANGUAGE sql AS $_$ SELECT film_id FROM film WHERE film_id = $1 $_$;
CREATE FUNCTION last_day(timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $_$ SELECT ($1 + interval '1 month')::date $_$;
CREATE FUNCTION rewards_report(min int) RETURNS SETOF film LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE rr RECORD; BEGIN FOR rr IN EXECUTE 'SELECT * FROM film' LOOP RETURN NEXT rr; END LOOP; RETURN; END $$;
CREATE FUNCTION timestamp_id(table_name text) RETURNS bigint LANGUAGE plpgsql AS $_$ DECLARE time_part bigint; BEGIN time_part := (date_part('epoch', now()) * 1000)::bigint << 16; RETURN time_part | nextval(table_name || '_id_seq'); END $_$;
CREATE SEQUENCE statuses_id_seq;
CREATE TABLE accounts (id bigint DEFAULT timestamp_id('accounts'::text) PRIMARY KEY, username varchar DEFAULT ''::varchar NOT NULL,
    domain varchar, also_known_as varchar[], suspended_at timestamp, discoverable boolean);
CREATE SEQUENCE accounts_id_seq OWNED BY accounts.id;
CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower ON accounts (lower(username::text),
    COALESCE(lower(domain::text), ''::text));
CREATE INDEX search_index ON accounts USING gin ((((setweight(to_tsvector('simple'::regconfig, (username)::text), 'A'::"char") || setweight(to_tsvector('simple'::regconfig, (COALESCE(domain, ''::varchar))::text), 'B'::"char")))));
CREATE TABLE statuses (id bigint DEFAULT timestamp_id('statuses'::text) PRIMARY KEY, account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    in_reply_to_id bigint REFERENCES statuses ON DELETE SET NULL, reblog_of_id bigint REFERENCES statuses ON DELETE CASCADE,
    ordered_media_attachment_ids bigint[], local boolean, deleted_at timestamp);
ALTER SEQUENCE statuses_id_seq OWNED BY statuses.id;
CREATE INDEX index_statuses_local ON statuses (id DESC, account_id) WHERE local OR reblog_of_id IS NULL;
CREATE MATERIALIZED VIEW account_summaries AS SELECT accounts.id AS account_id, mode() WITHIN GROUP (ORDER BY t0.local) AS language, count(*) FILTER (WHERE t0.local) FROM accounts CROSS JOIN LATERAL (SELECT * FROM statuses s WHERE s.account_id = accounts.id ORDER BY id DESC LIMIT 20) t0 GROUP BY accounts.id;
CREATE UNIQUE INDEX ON account_summaries (account_id);
CREATE FUNCTION discourse_functions.raise_topic_status_updates_readonly() RETURNS trigger LANGUAGE plpgsql AS $function$ BEGIN RAISE EXCEPTION 'Discourse: % in % is readonly', TG_OP, TG_TABLE_NAME; END $function$;
CREATE TABLE topic_timers (id serial PRIMARY KEY, execute_at timestamp NOT NULL, deletable boolean DEFAULT false,
    based_on_last_post boolean DEFAULT false NOT NULL);
CREATE TRIGGER ro BEFORE INSERT OR UPDATE OF deletable ON topic_timers FOR EACH ROW WHEN (NEW.deletable IS NOT NULL) EXECUTE FUNCTION discourse_functions.raise_topic_status_updates_readonly();
CREATE VIEW badge_posts AS SELECT id FROM topic_timers WHERE NOT deletable;
CREATE TABLE user_search_data (user_id int PRIMARY KEY, search_data tsvector, raw_data text,
    locale text, version int DEFAULT 0) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE INDEX idx_search_user ON user_search_data USING gin (search_data);
CREATE TABLE p_ci_builds (id bigint NOT NULL, partition_id bigint NOT NULL, project_id bigint,
    token text, created_at timestamptz, PRIMARY KEY (id, partition_id)) PARTITION BY LIST (partition_id);
CREATE SEQUENCE ci_builds_id_seq OWNED BY p_ci_builds.id;
ALTER TABLE p_ci_builds ALTER id SET DEFAULT nextval('ci_builds_id_seq');
CREATE TABLE ci_builds (id bigint DEFAULT nextval('ci_builds_id_seq') NOT NULL, partition_id bigint DEFAULT 100 NOT NULL,
    project_id bigint, token text, created_at timestamptz, PRIMARY KEY (id, partition_id));
ALTER TABLE p_ci_builds ATTACH PARTITION ci_builds FOR VALUES IN ('100');
CREATE TABLE gitlab_partitions_dynamic.ci_builds_101 PARTITION OF p_ci_builds FOR VALUES IN (101);
CREATE INDEX ON p_ci_builds (project_id) WHERE token IS NOT NULL;
CREATE UNIQUE INDEX ON p_ci_builds (token, partition_id);
CREATE TABLE namespaces (id bigserial PRIMARY KEY, name varchar NOT NULL, traversal_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    parent_id bigint, type varchar DEFAULT 'User'::varchar NOT NULL, description text,
    CONSTRAINT check_abc CHECK (char_length(description) <= 255), CONSTRAINT check_json CHECK ((num_nonnulls(parent_id, description) <= 2)));
ALTER TABLE ONLY namespaces ADD CONSTRAINT fk_self FOREIGN KEY (parent_id) REFERENCES namespaces(id) ON DELETE CASCADE;
CREATE INDEX idx_traversal ON namespaces USING btree (((traversal_ids)::bigint[]));
CREATE INDEX idx_gin_trav ON namespaces USING gin (traversal_ids);
CREATE INDEX idx_root ON namespaces ((traversal_ids[1]), id);
CREATE FUNCTION next_traversal_ids_sibling(traversal_ids bigint[]) RETURNS bigint[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN return traversal_ids[1:array_length(traversal_ids, 1)-1] || ARRAY[traversal_ids[array_length(traversal_ids, 1)]+1]; END; $$;
CREATE FUNCTION hdb_catalog.gen_hasura_uuid() RETURNS uuid LANGUAGE sql AS $$select gen_random_uuid()$$;
CREATE TABLE hdb_catalog.hdb_metadata (id integer PRIMARY KEY, metadata json NOT NULL,
    resource_version integer DEFAULT 1 NOT NULL);
CREATE UNIQUE INDEX ON hdb_catalog.hdb_metadata (resource_version);
CREATE TABLE hdb_catalog.hdb_version (hasura_uuid uuid DEFAULT hdb_catalog.gen_hasura_uuid() PRIMARY KEY,
    version text NOT NULL, cli_state jsonb DEFAULT '{}'::jsonb NOT NULL);
CREATE UNIQUE INDEX hdb_version_one_row ON hdb_catalog.hdb_version (((version IS NOT NULL)));
CREATE FUNCTION public.set_current_timestamp_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  _new record;
BEGIN
  _new := NEW;
  _new."updated_at" = NOW();
  RETURN _new;
END;
$$;
CREATE DOMAIN "OrderNumber" varchar(25) NULL;
CREATE DOMAIN "Flag" boolean NOT NULL;
CREATE DOMAIN "Name" varchar(50) NULL;
CREATE TABLE "HumanResources"."Department" ("DepartmentID" serial NOT NULL, "Name" "Name" NOT NULL,
    "ModifiedDate" timestamp NOT NULL DEFAULT now(), CONSTRAINT "PK_Department_DepartmentID" PRIMARY KEY ("DepartmentID"));
CLUSTER "HumanResources"."Department" USING "PK_Department_DepartmentID";
CREATE TABLE "Sales"."Customer" ("CustomerID" serial NOT NULL, "PersonID" int NULL, "AccountNumber" varchar GENERATED ALWAYS AS ('AW' || lpad("PersonID"::varchar, 8, '0')) STORED,
    rowguid uuid NOT NULL DEFAULT gen_random_uuid(), "OnlineOrderFlag" "Flag" NOT NULL DEFAULT true,
    CONSTRAINT "PK_Customer" PRIMARY KEY ("CustomerID"));
CREATE TABLE "Sales"."SalesOrderHeader" ("SalesOrderID" serial, "CustomerID" int NOT NULL,
    "Due" date, "Ship" date, CONSTRAINT "CK_Due" CHECK ("Due" >= "Ship"), CONSTRAINT "PK_SOH" PRIMARY KEY ("SalesOrderID"),
    CONSTRAINT "FK_SOH_Customer" FOREIGN KEY ("CustomerID") REFERENCES "Sales"."Customer"("CustomerID"));
CREATE VIEW "Sales"."vPersons" AS SELECT "CustomerID" AS "ID", "PersonID" AS "Person ID" FROM "Sales"."Customer";
SELECT * INTO crosstab_src FROM (SELECT 1 AS a, 'x'::text AS b) q;
CREATE VIEW ct AS SELECT * FROM crosstab('SELECT 1, ''a'', 2') AS c(a int, b int);
CREATE TABLE ext (id lo PRIMARY KEY, c cube, e earth, s seg, i isbn, ean ean13 UNIQUE,
    lq lquery, lt ltree[], q query_int);
CREATE INDEX ON ext USING gist (c);
CREATE INDEX ON ext USING gist (s);
CREATE TABLE nodes (id bigint PRIMARY KEY, tags jsonb, geom point NOT NULL, version int NOT NULL) WITH (autovacuum_enabled = off);
CREATE TABLE ways (id bigint PRIMARY KEY, nodes bigint[] NOT NULL, bbox box, linestring path);
CREATE INDEX idx_ways_nodes ON ways USING gin (nodes) WITH (fastupdate = off);
ALTER TABLE ONLY ways ALTER COLUMN linestring SET STORAGE EXTERNAL;
CREATE TABLE artist (id serial, gid uuid NOT NULL, name varchar NOT NULL, begin_date_year smallint,
    edits_pending integer NOT NULL DEFAULT 0 CHECK (edits_pending >= 0), ended char(1) NOT NULL DEFAULT FALSE CONSTRAINT artist_ended_check CHECK (ended IN ('t','f')),
    last_updated timestamptz DEFAULT now());
ALTER TABLE artist ADD CONSTRAINT artist_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX artist_idx_gid ON artist (gid);
CREATE UNIQUE INDEX artist_idx_null_comment ON artist (name) WHERE begin_date_year IS NULL;
CREATE FUNCTION musicbrainz_unaccent(txt text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(txt) $$;
CREATE INDEX artist_idx_txt ON artist USING gin (to_tsvector('simple', musicbrainz_unaccent(name)));
ALTER TABLE artist ADD CONSTRAINT control_for_whitespace CHECK (name = regexp_replace(name, E'\\s+', ' ', 'g')), ADD CONSTRAINT only_non_empty CHECK (name != '');
CREATE TABLE l_artist_artist (id serial PRIMARY KEY, entity0 integer NOT NULL, entity1 integer NOT NULL,
    link_order int NOT NULL DEFAULT 0 CHECK (link_order >= 0));
ALTER TABLE l_artist_artist ADD CONSTRAINT fk0 FOREIGN KEY (entity0) REFERENCES artist(id);
ALTER TABLE l_artist_artist ADD CONSTRAINT fk1 FOREIGN KEY (entity1) REFERENCES artist(id);
CREATE CONSTRAINT TRIGGER remove_unused AFTER DELETE ON l_artist_artist DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE comments (id bigserial PRIMARY KEY, commentable_type varchar, commentable_id bigint,
    type varchar DEFAULT 'Comment', lock_version int DEFAULT 0, tags varchar[] DEFAULT '{}',
    meta jsonb DEFAULT '{}', created_at timestamp(6) NOT NULL, score real DEFAULT 0.0,
    d double precision DEFAULT 0.5, price money, ip cidr, period interval(6) DEFAULT 'P1D',
    pos bit varying(5));
CREATE INDEX index_comments_on_commentable ON comments (commentable_type, commentable_id);
CREATE INDEX index_comments_on_meta ON comments USING gin (meta jsonb_path_ops);
CREATE UNIQUE INDEX idx_pu ON comments (commentable_id) WHERE (type = 'Comment'::text) AND commentable_type IS NOT NULL;
CREATE TABLE active_storage_attachments (id bigserial PRIMARY KEY, record_type varchar NOT NULL,
    record_id bigint NOT NULL, name varchar NOT NULL, UNIQUE (record_type, record_id, name));
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar, created_at timestamp,
    updated_at timestamp);
CREATE TABLE categories_products (category_id bigint NOT NULL, product_id bigint NOT NULL);
CREATE INDEX ON categories_products (category_id, product_id);
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE TABLE "User" ("id" SERIAL NOT NULL, "email" TEXT NOT NULL, "role" "Role" NOT NULL DEFAULT 'USER',
    "updatedAt" TIMESTAMP(3) NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
CREATE TABLE "Post" ("id" TEXT NOT NULL, "authorId" INTEGER, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_PostToUser" ("A" TEXT NOT NULL, "B" INTEGER NOT NULL);
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE UNIQUE INDEX "_PostToUser_AB_unique" ON "_PostToUser"("A", "B");
CREATE INDEX "_PostToUser_B_index" ON "_PostToUser"("B");
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "_PostToUser" ADD FOREIGN KEY ("A") REFERENCES "Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PostToUser" ADD FOREIGN KEY ("B") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid());
CREATE TABLE tenant_users (tenant_id uuid NOT NULL REFERENCES tenants ON DELETE CASCADE,
    id uuid NOT NULL DEFAULT gen_random_uuid(), email citext NOT NULL, manager_id uuid,
    PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email), FOREIGN KEY (tenant_id, manager_id) REFERENCES tenant_users (tenant_id, id) ON DELETE SET NULL (manager_id));
ALTER TABLE tenant_users ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenant_users USING (tenant_id = current_setting('app.tenant_id')::uuid);
CREATE TABLE audit_log (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    old jsonb, new jsonb, diff jsonb GENERATED ALWAYS AS (new - 'secret') STORED, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
DO $$ BEGIN FOR i IN 1..12 LOOP EXECUTE format('CREATE TABLE audit_log_2024_%s PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)', lpad(i::text, 2, '0'), make_date(2024, i, 1), make_date(2024, i, 1) + interval '1 month'); END LOOP; END $$;
CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE INDEX ON audit_log USING brin (at);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit_log (old, new) VALUES (to_jsonb(OLD), to_jsonb(NEW)); RETURN NULL; END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION audit();
CREATE FUNCTION crlf() RETURNS int LANGUAGE sql AS E'SELECT 1 -- a\r\n + 2\t-- "x" \\ """';
CREATE FUNCTION trip() RETURNS text LANGUAGE sql AS $x$ SELECT '"""' || 'a\' $x$;
CREATE FUNCTION endq() RETURNS text LANGUAGE sql AS $x$SELECT 'x'
 AS "x"$x$;
CREATE FUNCTION endb() RETURNS text LANGUAGE sql AS $x$SELECT '1'::text --
-- \$x$;
