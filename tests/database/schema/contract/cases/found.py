"""Tables as Django makes them, and what somebody may have done to them since."""

MODELS = """
class Author(Model):
    name = CharField(max_length=9, unique=True)
class Book(Model):
    number = IntegerField()
    title = CharField(max_length=30, db_index=True, null=True)
    pages = PositiveIntegerField(db_default=1)
    double = GeneratedField(expression=F('pages') * 2, output_field=IntegerField(), db_persist=True)
    author = ForeignKey(Author, CASCADE)
    more = ManyToManyField(Author, related_name='+')
    class Meta:
        constraints = [
            CheckConstraint(condition=Q(number__gte=0), name='book_k'),
            UniqueConstraint(fields=['number'], name='book_u'),
            UniqueConstraint(fields=['title'], condition=Q(pages__gt=0), name='book_p'),
        ]
        indexes = [Index(fields=['pages', '-number'], name='book_i')]
"""

DIFFERENT = {
    "type of a column": "ALTER TABLE shop_author ALTER name TYPE text",
    "length of a column": "ALTER TABLE shop_author ALTER name TYPE varchar(6)",
    "NULL": "ALTER TABLE shop_book ALTER number DROP NOT NULL",
    "NOT NULL": "UPDATE shop_book SET title = 'was NULL' WHERE title IS NULL; ALTER TABLE shop_book ALTER title SET NOT NULL",
    "collation": 'ALTER TABLE shop_book ALTER title TYPE varchar(30) COLLATE "C"',
    "default": "ALTER TABLE shop_book ALTER pages SET DEFAULT 2",
    "default that is missing": "ALTER TABLE shop_book ALTER pages DROP DEFAULT",
    "default that no model has": "ALTER TABLE shop_book ALTER number SET DEFAULT 2",
    "comment on a column": "COMMENT ON COLUMN shop_book.title IS 'old'",
    "comment on a table": "COMMENT ON TABLE shop_book IS 'old'",
    "column that is missing": "ALTER TABLE shop_book DROP title",
    "generated column that is not": "ALTER TABLE shop_book ALTER double DROP EXPRESSION",
    "generated column of another expression": "ALTER TABLE shop_book DROP double, ADD double integer GENERATED ALWAYS AS (pages * 3) STORED",
    "key that is serial of another sequence": "ALTER TABLE shop_book ALTER id DROP IDENTITY; CREATE SEQUENCE old START 100; ALTER TABLE shop_book ALTER id SET DEFAULT nextval('old')",
    "key without an identity": "ALTER TABLE shop_book ALTER id DROP IDENTITY",
    "key that is always generated": "ALTER TABLE shop_book ALTER id SET GENERATED ALWAYS",
    "key that is smaller": "ALTER TABLE shop_book ALTER id TYPE integer; ALTER SEQUENCE shop_book_id_seq AS integer",
    "sequence that is smaller than its column": "ALTER SEQUENCE shop_book_id_seq AS integer",
    "sequence of other steps": "ALTER SEQUENCE shop_book_id_seq INCREMENT 10 MAXVALUE 1000 CACHE 5 CYCLE",
    "primary key that is missing": "ALTER TABLE shop_book_more DROP CONSTRAINT shop_book_more_pkey",
    "foreign key that is missing": "ALTER TABLE shop_book DROP CONSTRAINT {fk}",
    "foreign key that cascades": "ALTER TABLE shop_book DROP CONSTRAINT {fk}, ADD CONSTRAINT {fk} FOREIGN KEY (author_id) REFERENCES shop_author ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "foreign key that was not checked": "ALTER TABLE shop_book DROP CONSTRAINT {fk}, ADD CONSTRAINT {fk} FOREIGN KEY (author_id) REFERENCES shop_author DEFERRABLE INITIALLY DEFERRED NOT VALID",
    "foreign key to another table": "ALTER TABLE shop_book DROP CONSTRAINT {fk}, ADD CONSTRAINT {fk} FOREIGN KEY (author_id) REFERENCES shop_book DEFERRABLE INITIALLY DEFERRED",
    "unique constraint that is missing": "ALTER TABLE shop_book DROP CONSTRAINT book_u",
    "unique constraint of another name": "ALTER TABLE shop_book RENAME CONSTRAINT book_u TO u",
    "unique constraint that is an index": "ALTER TABLE shop_book DROP CONSTRAINT book_u; CREATE UNIQUE INDEX book_u ON shop_book (number)",
    "unique constraint that is deferrable": "ALTER TABLE shop_book DROP CONSTRAINT book_u, ADD CONSTRAINT book_u UNIQUE (number) DEFERRABLE",
    "unique constraint of equal NULLs": "ALTER TABLE shop_book DROP CONSTRAINT book_u, ADD CONSTRAINT book_u UNIQUE NULLS NOT DISTINCT (number)",
    "unique constraint with INCLUDE": "ALTER TABLE shop_book DROP CONSTRAINT book_u, ADD CONSTRAINT book_u UNIQUE (number) INCLUDE (pages)",
    "unique constraint on other columns": "ALTER TABLE shop_book DROP CONSTRAINT book_u, ADD CONSTRAINT book_u UNIQUE (number, pages)",
    "unique column that is not": "ALTER TABLE shop_author DROP CONSTRAINT shop_author_name_key",
    "partial unique index that is whole": "DROP INDEX book_p; CREATE UNIQUE INDEX book_p ON shop_book (title)",
    "partial unique index that is a constraint": "DROP INDEX book_p; ALTER TABLE shop_book ADD CONSTRAINT book_p UNIQUE (title)",
    "check that is missing": "ALTER TABLE shop_book DROP CONSTRAINT book_k",
    "check of another name": "ALTER TABLE shop_book RENAME CONSTRAINT book_k TO k",
    "check of another condition": "ALTER TABLE shop_book DROP CONSTRAINT book_k, ADD CONSTRAINT book_k CHECK (number > -1)",
    "check that was not checked": "ALTER TABLE shop_book DROP CONSTRAINT book_k, ADD CONSTRAINT book_k CHECK (number >= 0) NOT VALID",
    "check that a field implies": "ALTER TABLE shop_book DROP CONSTRAINT shop_book_pages_check",
    "index that is missing": "DROP INDEX book_i",
    "index of another name": "ALTER INDEX book_i RENAME TO i",
    "index of another order": "DROP INDEX book_i; CREATE INDEX book_i ON shop_book (pages, number)",
    "index where NULLs come last": "DROP INDEX book_i; CREATE INDEX book_i ON shop_book (pages, number DESC NULLS LAST)",
    "index with storage parameters": "ALTER INDEX book_i SET (fillfactor = 50)",
    "index that is unique": "DROP INDEX book_i; CREATE UNIQUE INDEX book_i ON shop_book (pages, number DESC)",
    "index that is partial": "DROP INDEX book_i; CREATE INDEX book_i ON shop_book (pages, number DESC) WHERE pages > 0",
    "index of another method": "DROP INDEX book_i; CREATE INDEX book_i ON shop_book USING hash (pages)",
    "index that is invalid": "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'book_i'::regclass",
    "LIKE index that is missing": "DROP INDEX {like}",
    "index of a field that is missing": "DROP INDEX {plain}",
    "index of a foreign key that is missing": "DROP INDEX {fk_index}",
    "link table that is missing": "DROP TABLE shop_book_more",
    "link table without its unique constraint": "ALTER TABLE shop_book_more DROP CONSTRAINT {link}",
    "table that is missing": "DROP TABLE shop_author CASCADE; DROP TABLE shop_book_more; TRUNCATE shop_book",
}
NOTED = {
    "primary key that is deferrable": "ALTER TABLE shop_book_more DROP CONSTRAINT shop_book_more_pkey, ADD PRIMARY KEY (id) DEFERRABLE",
    "primary key with INCLUDE": "ALTER TABLE shop_book_more DROP CONSTRAINT shop_book_more_pkey, ADD PRIMARY KEY (id) INCLUDE (author_id)",
    "foreign key that is immediate": "ALTER TABLE shop_book ALTER CONSTRAINT {fk} NOT DEFERRABLE",
    "foreign key that updates": "ALTER TABLE shop_book DROP CONSTRAINT {fk}, ADD FOREIGN KEY (author_id) REFERENCES shop_author ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
    "check that is not inherited": "ALTER TABLE shop_book DROP CONSTRAINT book_k, ADD CONSTRAINT book_k CHECK (number >= 0) NO INHERIT",
}
"""What no model can say: left alone, and said."""

SAME = {
    "key that is serial": "ALTER TABLE shop_book ALTER id DROP IDENTITY; CREATE SEQUENCE old OWNED BY shop_book.id; SELECT setval('old', 3); ALTER TABLE shop_book ALTER id SET DEFAULT nextval('old')",
    "foreign key of another name": "ALTER TABLE shop_book RENAME CONSTRAINT {fk} TO fk",
    "primary key of another name": "ALTER INDEX shop_book_pkey RENAME TO pk",
}
"""What makes no difference to the models."""

LEFT_ALONE = {
    "unlogged table": "ALTER TABLE shop_book_more SET UNLOGGED",
    "storage parameters of a table": "ALTER TABLE shop_book SET (fillfactor = 50)",
    "statistics target": "ALTER TABLE shop_book ALTER title SET STATISTICS 500",
    "storage of a column": "ALTER TABLE shop_book ALTER title SET STORAGE EXTERNAL",
    "clustered index": "CLUSTER shop_book USING book_i",
    "replica identity": "ALTER TABLE shop_book REPLICA IDENTITY FULL",
    "owner's row security": "ALTER TABLE shop_book ENABLE ROW LEVEL SECURITY",
    "comment on an index": "COMMENT ON INDEX book_i IS 'x'",
    "comment on a constraint": "COMMENT ON CONSTRAINT book_k ON shop_book IS 'x'",
}
