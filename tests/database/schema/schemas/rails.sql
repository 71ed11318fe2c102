-- As ActiveRecord makes it: bigserial keys, timestamps without time zone, polymorphic references.
CREATE TABLE schema_migrations (version character varying NOT NULL PRIMARY KEY);
CREATE TABLE ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying, created_at timestamp(6) without time zone NOT NULL, updated_at timestamp(6) without time zone NOT NULL);
CREATE TABLE users (id bigserial PRIMARY KEY, email character varying DEFAULT ''::character varying NOT NULL, encrypted_password character varying DEFAULT ''::character varying NOT NULL, sign_in_count integer DEFAULT 0 NOT NULL, settings jsonb DEFAULT '{}'::jsonb NOT NULL, roles character varying[] DEFAULT '{}'::character varying[], admin boolean DEFAULT false, created_at timestamp(6) without time zone NOT NULL, updated_at timestamp(6) without time zone NOT NULL);
CREATE UNIQUE INDEX index_users_on_email ON users USING btree (email);
CREATE INDEX index_users_on_lower_email ON users USING btree (lower((email)::text));
CREATE TABLE topics (id serial PRIMARY KEY, title character varying NOT NULL, user_id integer, category_id integer, deleted_at timestamp without time zone, views integer DEFAULT 0 NOT NULL, score double precision, archetype character varying DEFAULT 'regular'::character varying NOT NULL, CONSTRAINT has_category_id CHECK (((category_id IS NOT NULL) OR ((archetype)::text <> 'regular'::text))), CONSTRAINT pm_has_no_category CHECK (((category_id IS NULL) OR ((archetype)::text <> 'private_message'::text))));
CREATE INDEX index_topics_on_bumped ON topics USING btree (views DESC, id) WHERE (deleted_at IS NULL);
ALTER TABLE topics ADD CONSTRAINT fk_rails_user FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE;
CREATE TABLE comments (id bigserial PRIMARY KEY, commentable_type character varying, commentable_id bigint, parent_id bigint, body text, lft integer, CONSTRAINT fk_rails_parent FOREIGN KEY (parent_id) REFERENCES comments(id));
CREATE INDEX index_comments_on_commentable ON comments USING btree (commentable_type, commentable_id);
CREATE TABLE taggings (user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, topic_id integer NOT NULL REFERENCES topics);
CREATE UNIQUE INDEX index_taggings ON taggings USING btree (user_id, topic_id);
-- As pg_dump wrote it before PostgreSQL 10, when every sequence counted to 2^63.
CREATE TABLE old_style (id integer NOT NULL, name text);
CREATE SEQUENCE old_style_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE old_style_id_seq OWNED BY old_style.id;
ALTER TABLE ONLY old_style ALTER COLUMN id SET DEFAULT nextval('old_style_id_seq'::regclass);
ALTER TABLE ONLY old_style ADD CONSTRAINT old_style_pkey PRIMARY KEY (id);
