-- Names that Python, Django, SQL or other names are in the way of.
CREATE TABLE "Model" (id serial PRIMARY KEY, objects int, pk text, save text, "delete" text,
    "check" text, clean text, full_clean text, date_error_message text, "_meta" text,
    "DoesNotExist" text, "Meta" text, self text, class text, lambda text, "None" text,
    "True" text, "import" text, id_ text, "_id" text, __dunder__ text, a__b text, trailing_ text,
    "1st" text, "with space" text, "dot.ted" text, "quo""te" text, "per%cent" text, "brace{x}" text,
    "back\slash" text, "ünï" text, "😀" text, "日本語" text, "UPPER" text, "upper" text, "Upper" text,
    "MixedCase" text, model text, "_state" text, "from_db" text, "refresh_from_db" text,
    adelete text, asave text, arefresh_from_db text, get_deferred_fields text, serializable_value text,
    validate_unique text, prepare_database_save text, unique_error_message text, get_constraints text,
    "type" text, "id2" int CHECK (id2 > 0), "$dollar" text, "a-b" text, "a.b.c" text,
    "l" text, "O" text, "I" text, "is" text, "def" text, "match" text, "print" text, "__str__" text,
    "__class__" text, "__init__" text, "natural_key" text, "get_absolute_url" text, "add_to_class" text,
    "_default_manager" text, "created_at_" text, "MultipleObjectsReturned" text, "NotUpdated" text,
    "_base_manager" text, "_do_insert" text);
CREATE TABLE models (id int PRIMARY KEY, name text);
CREATE TABLE "Meta" (id int PRIMARY KEY);
CREATE TABLE "Index" (id int PRIMARY KEY);
CREATE TABLE "Q" (id int PRIMARY KEY);
CREATE TABLE "F" (id int PRIMARY KEY);
CREATE TABLE "date" (id int PRIMARY KEY, date date, datetime timestamptz, decimal numeric(5,2) default 1.5);
CREATE TABLE "Decimal" (id int PRIMARY KEY, x numeric(5,2) default 1.25);
CREATE TABLE "None" (id int PRIMARY KEY);
CREATE TABLE "class" (id int PRIMARY KEY);
CREATE TABLE "user" (id int PRIMARY KEY, "user" int REFERENCES "user", user_id int REFERENCES "user",
    "userId" int REFERENCES "user", "User_ID" int references "user");
CREATE TABLE users (id int PRIMARY KEY, user_id int REFERENCES "user");
CREATE TABLE "Users" (id int PRIMARY KEY, "userId" int REFERENCES users);
CREATE TABLE "USERS" (id int PRIMARY KEY);
CREATE TABLE "select" ("select" int PRIMARY KEY, "from" int NOT NULL CHECK ("from" > "select"),
    "where" text DEFAULT 'where', "order" int GENERATED ALWAYS AS ("from" * 2) STORED,
    UNIQUE ("from", "where"));
CREATE INDEX ON "select" ("where" text_pattern_ops);
CREATE TABLE "table.with.dots" (id int PRIMARY KEY);
CREATE TABLE "table with ""quotes""" ("id" int PRIMARY KEY, "parent ""x""" int REFERENCES "table with ""quotes""");
CREATE TABLE "100percent%" ("100%" int PRIMARY KEY, "c%s" text CHECK ("c%s" LIKE '%s%%'),
    "d%(x)s" text DEFAULT '%(x)s' );
CREATE INDEX "idx%s" ON "100percent%" (("c%s" || '%'));
COMMENT ON TABLE "100percent%" IS '100% of it''s "quoted"
newline \ backslash %s {x}';
COMMENT ON COLUMN "100percent%"."100%" IS '100% of it''s "quoted"
newline \ backslash %s %(y)s {x}';
CREATE TABLE "日本語テーブル" ("識別子" int PRIMARY KEY, "名前" text NOT NULL, "親" int REFERENCES "日本語テーブル");
CREATE TABLE "😀" ("😀" int PRIMARY KEY, "👍" int REFERENCES "😀");
CREATE TABLE "___" ("___" int PRIMARY KEY, "_" int, "__" int);
CREATE TABLE "123" ("456" int PRIMARY KEY, "789" int REFERENCES "123");
CREATE TABLE aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123 (aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123 int PRIMARY KEY,
    aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff124 int UNIQUE CHECK (aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff124 >= 0),
    aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff125 int REFERENCES aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff123);
CREATE TABLE aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff124 (id serial PRIMARY KEY,
    t text UNIQUE);
CREATE TABLE "üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü" (id serial primary key, "ööööööööööööööööööööööööööööööö" text unique);
CREATE TABLE person (id int PRIMARY KEY, people text, persons text, person int REFERENCES person);
CREATE TABLE people (id int PRIMARY KEY, person_id int REFERENCES person, person int);
CREATE TABLE order_items (order_id int, item_id int, PRIMARY KEY (order_id, item_id));
CREATE TABLE "orderItems" (order_id int, item_id int, FOREIGN KEY (order_id, item_id) REFERENCES order_items);
CREATE TABLE reverse_a (id int PRIMARY KEY, reverse_bs int, reverse_b text, reverse_b_set text);
CREATE TABLE reverse_b (id int PRIMARY KEY, a_id int REFERENCES reverse_a, a int REFERENCES reverse_a,
    b_a_id int UNIQUE REFERENCES reverse_a);
CREATE TABLE "Text" (id int primary key);
CREATE TABLE "Field" (id int primary key);
CREATE TABLE manager (id int primary key, manager_id int references manager);
CREATE TABLE "SQL" (id int primary key, c text check (c ~ '^[a-z]{2,3}$'));
CREATE TABLE "Lower" (id int primary key, x text);
CREATE UNIQUE INDEX ON "Lower" (lower(x));
CREATE TABLE "migrations" (id int primary key);
CREATE TABLE migration (id int primary key);
CREATE TABLE choices (id int primary key);
CREATE TABLE "text_choices" (id int primary key);
CREATE TABLE "enum" (id int primary key);
CREATE TABLE "Json" (id int primary key, x jsonb default '{"a": "100%"}', y json default '[]',
    z jsonb not null default '{}');
CREATE TABLE id_not_key (id text, key int PRIMARY KEY);
CREATE TABLE id_fk (id int PRIMARY KEY REFERENCES id_not_key(key));
CREATE TABLE pk (pk int PRIMARY KEY, id int);
CREATE TABLE pk2 (a int, b int, pk int, PRIMARY KEY (a, b));
CREATE TABLE nopk (ctid_ int, ctid2 int, x text);
CREATE TABLE "app" (id int primary key);
CREATE TABLE "legacy" (id int primary key);
CREATE TABLE "Legacy" (id int primary key, legacy_id int references legacy);
CREATE TABLE logentry (id int primary key);
CREATE TABLE content_type (id int primary key);
CREATE TABLE session (id int primary key);
CREATE TABLE permission (id int primary key);
CREATE TABLE "group" (id int primary key);
