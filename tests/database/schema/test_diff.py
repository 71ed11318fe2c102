"""What Django creates equals its models; what somebody changes is found, and nothing else."""

# ruff: noqa: DJ008

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import NotSupportedError, connection, models
from django.db.models import F, Q
from django.db.models.functions import Length, Lower, Now
from django.test.utils import CaptureQueriesContext, register_lookup

from database.schema import bookkeeping, catalog, declared, diff
from database.schema.deparse import Authority
from database.schema.differences import ColumnDefaultDiffers
from database.schema.state import TableName
from tests.cluster import lacking

from . import model_cases, scratch
from .contract.dump import pg_dump

TYPES = """
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE "Odd Mood" AS ENUM ('sad', 'ok');
CREATE TYPE other.mood AS ENUM ('sad', 'ok');
CREATE TYPE other.far AS ENUM ('sad', 'ok');
CREATE DOMAIN positive_int AS integer CHECK (VALUE > 0);
CREATE DOMAIN other.code AS varchar(5);
"""


def prepare(define: Callable[[], None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TYPES)
        if define.__name__ in model_cases.NEEDS_EXTENSIONS:
            for extension in scratch.EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION {extension} SCHEMA public")


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("define", model_cases.CASES, ids=lambda define: define.__name__)
def test_what_django_creates_equals_its_models(define: Callable[[], None]) -> None:
    prepare(define)
    with scratch.registry(define) as apps:
        scratch.create(apps)

        found = scratch.compare(apps)

    assert scratch.explain(found) == []


def shop() -> None:
    """Define the models that the changes below are made to."""

    class Customer(models.Model):
        name = models.CharField(max_length=30, unique=True, db_comment="Full name")
        note = models.TextField(db_index=True, blank=True)

        class Meta:
            app_label = "database"
            db_table = "customer"
            db_table_comment = "Who buys"

    class Order(models.Model):
        customer = models.ForeignKey(Customer, models.CASCADE)
        status = models.CharField(max_length=10, db_default="new", db_collation="C")
        price = models.DecimalField(max_digits=10, decimal_places=2)
        quantity = models.PositiveIntegerField(db_default=1)
        placed = models.DateTimeField(null=True)
        total = models.GeneratedField(
            expression=F("price") * F("quantity"),
            output_field=models.DecimalField(max_digits=20, decimal_places=2),
            db_persist=True,
        )
        tags = ArrayField(models.CharField(max_length=5), default=list)
        others = models.ManyToManyField(Customer, related_name="+")

        class Meta:
            app_label = "database"
            db_table = "order"
            unique_together = [("customer", "placed")]
            indexes = [
                models.Index(fields=["status", "-price"], name="by_status"),
                models.Index(fields=["placed"], name="placed_only", condition=Q(price__gt=0)),
                models.Index(Lower("status"), name="by_lower"),
                GinIndex(fields=["tags"], name="by_tags", fastupdate=False),
            ]
            constraints = [
                models.CheckConstraint(condition=Q(price__gte=0), name="not_negative"),
                models.UniqueConstraint(fields=["customer", "price"], name="once"),
                models.UniqueConstraint(
                    fields=["customer"], name="one_open", condition=Q(status="open")
                ),
                ExclusionConstraint(
                    name="no_twins",
                    index_type="hash",
                    expressions=[("status", "=")],
                    condition=Q(status="only"),
                ),
            ]


CHANGES = {
    # Tables
    "table missing": ("DROP TABLE order_others", ["TableMissing order_others"]),
    "table unknown": ("CREATE TABLE extra (id int)", ["TableUnknown extra"]),
    "view in the table's place": (
        "DROP TABLE order_others; CREATE VIEW order_others AS SELECT 1 AS id",
        ["TableKindDiffers order_others"],
    ),
    "view of one's own": ("CREATE VIEW extra AS SELECT 1 AS id", []),
    "sequence of one's own": ("CREATE SEQUENCE extra", []),
    "table comment gone": ("COMMENT ON TABLE customer IS NULL", ["TableCommentDiffers customer"]),
    "table comment new": ("COMMENT ON TABLE \"order\" IS 'x'", ["TableCommentDiffers order"]),
    "table unlogged": ("ALTER TABLE order_others SET UNLOGGED", []),
    "table with a fillfactor": ("ALTER TABLE customer SET (fillfactor = 70)", []),
    # Columns
    "column missing": (
        "ALTER TABLE customer DROP note",
        ["ColumnMissing note", "IndexMissing note", "IndexMissing note"],
    ),
    "column unknown": ("ALTER TABLE customer ADD extra int", ["ColumnUnknown extra"]),
    "column renamed": (
        "ALTER TABLE customer RENAME note TO remark",
        # Its indexes go with it.
        [
            "ColumnMissing note",
            "IndexMissing note",
            "IndexMissing note",
            "ColumnUnknown remark",
            "IndexUnknown remark",
            "IndexUnknown remark",
        ],
    ),
    "column dropped and added": (
        "ALTER TABLE customer DROP note; ALTER TABLE customer ADD note text NOT NULL; "
        "CREATE INDEX a ON customer (note); CREATE INDEX b ON customer (note text_pattern_ops)",
        [],
    ),
    "type longer": ("ALTER TABLE customer ALTER name TYPE varchar(31)", ["ColumnTypeDiffers name"]),
    "type without end": (
        "ALTER TABLE customer ALTER name TYPE varchar",
        ["ColumnTypeDiffers name"],
    ),
    "type text": (
        "ALTER TABLE customer ALTER name TYPE text",
        ["ColumnTypeDiffers name"],
    ),
    "type precision": (
        'DROP INDEX placed_only; ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "DROP total, DROP CONSTRAINT once; DROP INDEX by_status; "
        'ALTER TABLE "order" ALTER price TYPE numeric(11,2)',
        [
            "ColumnTypeDiffers price",
            "ColumnMissing total",
            "ConstraintMissing not_negative",
            "ConstraintMissing once",
            "IndexMissing by_status",
            "IndexMissing placed_only",
        ],
    ),
    "type array": (
        'DROP INDEX by_tags; ALTER TABLE "order" ALTER tags TYPE varchar(6)[]',
        ["ColumnTypeDiffers tags", "IndexMissing by_tags"],
    ),
    "type of a key": ("ALTER TABLE customer ALTER id TYPE integer", ["ColumnTypeDiffers id"]),
    "null": ("ALTER TABLE customer ALTER note DROP NOT NULL", ["ColumnNullDiffers note"]),
    "not null": ('ALTER TABLE "order" ALTER placed SET NOT NULL', ["ColumnNullDiffers placed"]),
    "default gone": (
        'ALTER TABLE "order" ALTER status DROP DEFAULT',
        ["ColumnDefaultDiffers status"],
    ),
    "default changed": (
        "ALTER TABLE \"order\" ALTER status SET DEFAULT 'New'",
        ["ColumnDefaultDiffers status"],
    ),
    "default of another type but the same": (
        "ALTER TABLE \"order\" ALTER status SET DEFAULT 'new'::text",
        [],
    ),
    "default of another type and another": (
        "ALTER TABLE \"order\" ALTER status SET DEFAULT 'New'::text",
        ["ColumnDefaultDiffers status"],
    ),
    "default in other words": ('ALTER TABLE "order" ALTER quantity SET DEFAULT (1)', []),
    "default by calculation": (
        'ALTER TABLE "order" ALTER quantity SET DEFAULT 0 + 1',
        ["ColumnDefaultDiffers quantity"],
    ),
    "default unknown": (
        'ALTER TABLE "order" ALTER placed SET DEFAULT now()',
        ["ColumnDefaultDiffers placed"],
    ),
    "default null": ('ALTER TABLE "order" ALTER placed SET DEFAULT NULL', []),
    "serial unknown": (
        'CREATE SEQUENCE s OWNED BY "order".quantity; '
        "ALTER TABLE \"order\" ALTER quantity SET DEFAULT nextval('s')",
        ["ColumnDefaultDiffers quantity"],
    ),
    "identity gone": (
        "ALTER TABLE customer ALTER id DROP IDENTITY",
        ["ColumnIdentityDiffers id"],
    ),
    "identity always": (
        "ALTER TABLE customer ALTER id SET GENERATED ALWAYS",
        ["ColumnIdentityDiffers id"],
    ),
    "identity in steps": (
        "ALTER TABLE customer ALTER id SET INCREMENT 10",
        ["ColumnIdentityDiffers id"],
    ),
    "identity in use": ("ALTER TABLE customer ALTER id RESTART WITH 1000", []),
    "serial instead": (
        "ALTER TABLE customer ALTER id DROP IDENTITY; CREATE SEQUENCE s OWNED BY customer.id; "
        "ALTER TABLE customer ALTER id SET DEFAULT nextval('s')",
        [],
    ),
    "sequence of somebody else": (
        "ALTER TABLE customer ALTER id DROP IDENTITY; CREATE SEQUENCE s; "
        "ALTER TABLE customer ALTER id SET DEFAULT nextval('s')",
        ["ColumnIdentityDiffers id"],
    ),
    "identity unknown": (
        'ALTER TABLE "order" ALTER quantity DROP DEFAULT, '
        "ALTER quantity ADD GENERATED BY DEFAULT AS IDENTITY",
        ["ColumnIdentityDiffers quantity"],
    ),
    "key of a many-to-many table": ("ALTER TABLE order_others ALTER id TYPE integer", []),
    "collation gone": (
        'ALTER TABLE "order" ALTER status TYPE varchar(10) COLLATE "default"',
        ["ColumnCollationDiffers status"],
    ),
    "collation changed": (
        'ALTER TABLE "order" ALTER status TYPE varchar(10) COLLATE "POSIX"',
        ["ColumnCollationDiffers status"],
    ),
    "collation unknown": (
        'ALTER TABLE customer ALTER name TYPE varchar(30) COLLATE "C"',
        ["ColumnCollationDiffers name"],
    ),
    "generated no more": (
        'ALTER TABLE "order" ALTER total DROP EXPRESSION',
        ["ColumnGeneratedDiffers total"],
    ),
    "generated otherwise": (
        'ALTER TABLE "order" DROP total, ADD total numeric(20,2) '
        "GENERATED ALWAYS AS (price * quantity * 1) STORED",
        ["ColumnGeneratedDiffers total"],
    ),
    "generated the same": (
        'ALTER TABLE "order" DROP total, ADD total numeric(20,2) '
        "GENERATED ALWAYS AS ((price)*quantity::numeric) STORED",
        [],
    ),
    "generated and not null": ('ALTER TABLE "order" ALTER total SET NOT NULL', []),
    "generated unknown": (
        "ALTER TABLE customer DROP note, ADD note text NOT NULL GENERATED ALWAYS AS ('') STORED; "
        "CREATE INDEX a ON customer (note); CREATE INDEX b ON customer (note text_pattern_ops)",
        ["ColumnGeneratedDiffers note"],
    ),
    "column comment": ("COMMENT ON COLUMN customer.name IS 'x'", ["ColumnCommentDiffers name"]),
    "column storage": ("ALTER TABLE customer ALTER note SET STORAGE EXTERNAL", []),
    "column statistics": ("ALTER TABLE customer ALTER note SET STATISTICS 500", []),
    # Primary keys and unique constraints
    "primary key gone": (
        "ALTER TABLE order_others DROP CONSTRAINT order_others_pkey",
        ["ConstraintMissing id"],
    ),
    "primary key elsewhere": (
        "ALTER TABLE order_others DROP CONSTRAINT order_others_pkey, "
        "ADD PRIMARY KEY (order_id, customer_id)",
        ["ConstraintDiffers order_others_pkey"],
    ),
    "primary key renamed": ("ALTER INDEX order_others_pkey RENAME TO x", []),
    "unique gone": (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key",
        ["ConstraintMissing name"],
    ),
    "unique renamed": ("ALTER INDEX customer_name_key RENAME TO x", []),
    "unique twice": ("ALTER TABLE customer ADD UNIQUE (name)", ["ConstraintUnknown name"]),
    "unique deferrable": (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key, ADD UNIQUE (name) DEFERRABLE",
        ["ConstraintDiffers name"],
    ),
    "unique index instead": (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key; CREATE UNIQUE INDEX x "
        "ON customer (name)",
        ["ConstraintDiffers x"],
    ),
    "unique nulls": (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key, "
        "ADD UNIQUE NULLS NOT DISTINCT (name)",
        ["ConstraintDiffers name"],
    ),
    "unique partial instead": (
        "ALTER TABLE customer DROP CONSTRAINT customer_name_key; CREATE UNIQUE INDEX x "
        "ON customer (name) WHERE name <> ''",
        ["ConstraintMissing name", "IndexUnknown x"],
    ),
    "named unique gone": (
        'ALTER TABLE "order" DROP CONSTRAINT once',
        ["ConstraintMissing once"],
    ),
    "named unique renamed": (
        'ALTER TABLE "order" RENAME CONSTRAINT once TO twice',
        ["ConstraintNameDiffers twice"],
    ),
    "named unique otherwise": (
        'ALTER TABLE "order" DROP CONSTRAINT once, ADD CONSTRAINT once UNIQUE (price, customer_id)',
        ["ConstraintDiffers once"],
    ),
    "unique together gone": (
        'ALTER TABLE "order" DROP CONSTRAINT order_customer_id_placed_0044a1e9_uniq',
        ["ConstraintMissing placed"],
    ),
    "unique unknown": (
        'ALTER TABLE "order" ADD UNIQUE (placed)',
        ["ConstraintUnknown placed"],
    ),
    "partial unique otherwise": (
        'DROP INDEX one_open; CREATE UNIQUE INDEX one_open ON "order" (customer_id) '
        "WHERE status = 'closed'",
        ["IndexDiffers one_open"],
    ),
    "partial unique no longer unique": (
        'DROP INDEX one_open; CREATE INDEX one_open ON "order" (customer_id) '
        "WHERE status = 'open'",
        ["IndexDiffers one_open"],
    ),
    "partial unique in other words": (
        'DROP INDEX one_open; CREATE UNIQUE INDEX one_open ON "order" USING btree (customer_id) '
        "WHERE ((status)::text = 'open'::text)",
        [],
    ),
    "constraint in an index's place": (
        'DROP INDEX one_open; ALTER TABLE "order" ADD CONSTRAINT one_open UNIQUE (customer_id)',
        ["IndexDiffers one_open"],
    ),
    # Checks
    "check gone": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative',
        ["ConstraintMissing not_negative"],
    ),
    "check otherwise": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "ADD CONSTRAINT not_negative CHECK (price > 0)",
        ["ConstraintDiffers not_negative"],
    ),
    "check in other words": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "ADD CONSTRAINT not_negative CHECK (((price) >= (0)::numeric))",
        [],
    ),
    "check of other columns": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "ADD CONSTRAINT not_negative CHECK (quantity >= 0)",
        ["ConstraintDiffers not_negative"],
    ),
    "check renamed": (
        'ALTER TABLE "order" RENAME CONSTRAINT not_negative TO positive',
        ["ConstraintNameDiffers positive"],
    ),
    "check not valid": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "ADD CONSTRAINT not_negative CHECK (price >= 0) NOT VALID",
        ["ConstraintNotValid not_negative"],
    ),
    "check unknown": (
        "ALTER TABLE customer ADD CONSTRAINT extra CHECK (name <> '')",
        ["ConstraintUnknown extra"],
    ),
    "field's check gone": (
        'ALTER TABLE "order" DROP CONSTRAINT order_quantity_check',
        ["ConstraintMissing quantity"],
    ),
    "field's check renamed": (
        'ALTER TABLE "order" RENAME CONSTRAINT order_quantity_check TO x',
        [],
    ),
    "field's check otherwise": (
        'ALTER TABLE "order" DROP CONSTRAINT order_quantity_check, ADD CHECK (quantity > 0)',
        ["ConstraintMissing quantity", "ConstraintUnknown quantity > 0"],
    ),
    "check beside an index of its name": (
        "ALTER INDEX by_status RENAME TO not_negative",
        ["IndexNameDiffers not_negative"],
    ),
    "unique in a check's place": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, ADD CONSTRAINT not_negative UNIQUE (id)',
        ["ConstraintDiffers not_negative"],
    ),
    # Exclusion
    "exclusion gone": (
        'ALTER TABLE "order" DROP CONSTRAINT no_twins',
        ["ConstraintMissing no_twins"],
    ),
    "exclusion otherwise": (
        'ALTER TABLE "order" DROP CONSTRAINT no_twins, ADD CONSTRAINT no_twins '
        "EXCLUDE USING hash (status WITH =) WHERE (status = 'one')",
        ["ConstraintDiffers no_twins"],
    ),
    "exclusion everywhere": (
        'ALTER TABLE "order" DROP CONSTRAINT no_twins, ADD CONSTRAINT no_twins '
        "EXCLUDE USING hash (status WITH =)",
        ["ConstraintDiffers no_twins"],
    ),
    "exclusion by another method": (
        'ALTER TABLE "order" DROP CONSTRAINT no_twins, ADD CONSTRAINT no_twins '
        "EXCLUDE USING btree (status WITH =) WHERE (status = 'only')",
        ["ConstraintDiffers no_twins"],
    ),
    "exclusion deferred": (
        'ALTER TABLE "order" DROP CONSTRAINT no_twins, ADD CONSTRAINT no_twins '
        "EXCLUDE USING hash (status WITH =) WHERE (status = 'only') DEFERRABLE",
        ["ConstraintDiffers no_twins"],
    ),
    # Foreign keys
    "foreign key gone": ("{drop_fk}", ["ConstraintMissing customer_id"]),
    "foreign key of another name": ("{drop_fk}; {add_fk} {deferred}", []),
    "foreign key cascading": (
        "{drop_fk}; {add_fk} ON DELETE CASCADE {deferred}",
        ["ConstraintDiffers ON DELETE CASCADE"],
    ),
    "foreign key restricting": (
        "{drop_fk}; {add_fk} ON DELETE RESTRICT {deferred}",
        ["Note is ON DELETE RESTRICT"],
    ),
    "foreign key at once": ("{drop_fk}; {add_fk}", ["Note is NOT DEFERRABLE"]),
    "foreign key on update": (
        "{drop_fk}; {add_fk} ON UPDATE CASCADE {deferred}",
        ["Note is ON UPDATE CASCADE"],
    ),
    "foreign key full": ("{drop_fk}; {add_fk} MATCH FULL {deferred}", ["Note is MATCH FULL"]),
    "foreign key not valid": (
        "{drop_fk}; {add_fk} {deferred} NOT VALID",
        ["ConstraintNotValid customer_id"],
    ),
    "foreign key elsewhere": (
        '{drop_fk}; ALTER TABLE "order" ADD FOREIGN KEY (customer_id) REFERENCES order_others '
        "{deferred}",
        ["ConstraintDiffers order_others"],
    ),
    "foreign key twice": ("{add_fk} {deferred}", ["ConstraintUnknown customer_id"]),
    "foreign key unknown": (
        'ALTER TABLE "order" ADD FOREIGN KEY (quantity) REFERENCES order_others (id)',
        ["ConstraintUnknown quantity"],
    ),
    # Indexes
    "foreign key's index gone": (
        "DROP INDEX order_customer_id_9da9253f",
        ["IndexMissing customer_id"],
    ),
    "foreign key's index renamed": ("ALTER INDEX order_customer_id_9da9253f RENAME TO x", []),
    "foreign key's index by hash": (
        'DROP INDEX order_customer_id_9da9253f; CREATE INDEX x ON "order" USING hash (customer_id)',
        ["IndexMissing customer_id", "IndexUnknown hash"],
    ),
    "like index gone": (
        "DROP INDEX customer_name_c001e930_like",
        ["IndexMissing varchar_pattern_ops"],
    ),
    "like index of a plain class": (
        "DROP INDEX customer_name_c001e930_like; CREATE INDEX x ON customer (name)",
        ["IndexMissing varchar_pattern_ops", "IndexUnknown x"],
    ),
    "index gone": ("DROP INDEX by_status", ["IndexMissing by_status"]),
    "index renamed": ("ALTER INDEX by_status RENAME TO x", ["IndexNameDiffers x"]),
    "index unknown": ("CREATE INDEX extra ON customer (lower(name))", ["IndexUnknown extra"]),
    "index ascending": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status, price)',
        ["IndexDiffers by_status"],
    ),
    "index nulls last": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status, price DESC NULLS LAST)',
        ["IndexDiffers by_status"],
    ),
    "index nulls first, said aloud": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status, price DESC NULLS FIRST)',
        [],
    ),
    "index in another order": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (price DESC, status)',
        ["IndexDiffers by_status"],
    ),
    "index including": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status, price DESC) '
        "INCLUDE (quantity)",
        ["IndexDiffers by_status"],
    ),
    "index unique": (
        'DROP INDEX by_status; CREATE UNIQUE INDEX by_status ON "order" (status, price DESC)',
        ["IndexDiffers by_status"],
    ),
    "index partial": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status, price DESC) '
        "WHERE price > 0",
        ["IndexDiffers by_status"],
    ),
    "index collated": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" '
        '(status COLLATE "POSIX", price DESC)',
        ["IndexDiffers by_status"],
    ),
    "index collated as the column is": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status COLLATE "C", price DESC)',
        [],
    ),
    "index of another class": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" '
        "(status varchar_pattern_ops, price DESC)",
        ["IndexDiffers by_status"],
    ),
    "index of the same class": (
        'DROP INDEX by_status; CREATE INDEX by_status ON "order" (status text_ops, price DESC)',
        [],
    ),
    "index with a fillfactor": (
        "ALTER INDEX by_status SET (fillfactor = 50)",
        ["IndexDiffers by_status"],
    ),
    "index predicate changed": (
        'DROP INDEX placed_only; CREATE INDEX placed_only ON "order" (placed) WHERE price > 1',
        ["IndexDiffers placed_only"],
    ),
    "index predicate gone": (
        'DROP INDEX placed_only; CREATE INDEX placed_only ON "order" (placed)',
        ["IndexDiffers placed_only"],
    ),
    "index expression changed": (
        'DROP INDEX by_lower; CREATE INDEX by_lower ON "order" (upper(status))',
        ["IndexDiffers by_lower"],
    ),
    "index expression in other words": (
        'DROP INDEX by_lower; CREATE INDEX by_lower ON "order" ((lower(status::text)))',
        [],
    ),
    "index expression of another class": (
        'DROP INDEX by_lower; CREATE INDEX by_lower ON "order" (lower(status) text_pattern_ops)',
        ["IndexDiffers by_lower"],
    ),
    "index expression collated": (
        'DROP INDEX by_lower; CREATE INDEX by_lower ON "order" (lower(status) COLLATE "POSIX")',
        ["IndexDiffers by_lower"],
    ),
    "index expression by a column": (
        'DROP INDEX by_lower; CREATE INDEX by_lower ON "order" (status)',
        ["IndexDiffers by_lower"],
    ),
    "gin storage": ("ALTER INDEX by_tags RESET (fastupdate)", ["IndexDiffers by_tags"]),
    "gin storage in other words": ("ALTER INDEX by_tags SET (fastupdate = false)", []),
    "index of another method": (
        'DROP INDEX by_tags; CREATE INDEX by_tags ON "order" (tags)',
        ["IndexDiffers by_tags"],
    ),
    "invalid index": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_status'::regclass",
        ["IndexNotValid by_status"],
    ),
    # What models know nothing of
    "trigger": (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
        "CREATE TRIGGER t BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION f()",
        [],
    ),
    "policy": (
        "CREATE POLICY p ON customer; ALTER TABLE customer ENABLE ROW LEVEL SECURITY",
        [],
    ),
    "view on it": ("CREATE VIEW v AS SELECT name FROM customer", []),
    "rule": ("CREATE RULE r AS ON DELETE TO customer DO INSTEAD NOTHING", []),
    "inherited by": ("CREATE TABLE child (extra int) INHERITS (customer)", []),
    "privileges": ("GRANT SELECT (name) ON customer TO PUBLIC", []),
}
WORDS = {
    "drop_fk": 'ALTER TABLE "order" DROP CONSTRAINT order_customer_id_9da9253f_fk_customer_id',
    "add_fk": 'ALTER TABLE "order" ADD FOREIGN KEY (customer_id) REFERENCES customer',
    "deferred": "DEFERRABLE INITIALLY DEFERRED",
}


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_and_nothing_else(change: str, expected: list[str]) -> None:
    with scratch.registry(shop) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute(re.sub(r"\{(\w+)\}", lambda match: WORDS[match[1]], change))

        found = scratch.explain(scratch.compare(apps))

    assert len(found) == len(expected), found
    for line, wanted in zip(found, expected, strict=True):
        kind, _, mention = wanted.partition(" ")
        assert line.startswith(f"{kind}: "), found
        assert mention in line, found


class OwnCheck(models.CheckConstraint):
    """A constraint whose SQL is not Django's."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        quoted = schema_editor.quote_name(self.name)
        return f"CONSTRAINT {quoted} CHECK (number > 0 AND number < 100)"

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} ADD {self.constraint_sql(model, schema_editor)}"


class OwnIndex(models.Index):
    """An index whose SQL is not Django's."""

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.name)
        return f"CREATE INDEX {name} ON {table} (number NULLS FIRST) WITH (fillfactor = 50)"


def own() -> None:
    """Define a model with objects of classes of its own."""

    class Thing(models.Model):
        number = models.IntegerField()

        class Meta:
            app_label = "database"
            db_table = "thing"
            indexes = [OwnIndex(fields=["number"], name="Own Index")]
            constraints = [OwnCheck(condition=Q(number=1), name="Own Check")]


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("SELECT 1", []),
        (
            'ALTER TABLE thing DROP CONSTRAINT "Own Check", '
            'ADD CONSTRAINT "Own Check" CHECK ((number > 0) AND (number < 100))',
            [],
        ),
        (
            'ALTER TABLE thing DROP CONSTRAINT "Own Check", '
            'ADD CONSTRAINT "Own Check" CHECK (number > 0)',
            ["ConstraintDiffers"],
        ),
        ('ALTER TABLE thing DROP CONSTRAINT "Own Check"', ["ConstraintMissing"]),
        ('ALTER INDEX "Own Index" SET (fillfactor = 51)', ["IndexDiffers"]),
        (
            'DROP INDEX "Own Index"; CREATE UNIQUE INDEX "Own Index" ON thing '
            "(number NULLS FIRST) WITH (fillfactor = 50)",
            ["IndexDiffers"],
        ),
        ('DROP INDEX "Own Index"', ["IndexMissing"]),
        ('ALTER INDEX "Own Index" RENAME TO x', ["IndexMissing", "IndexUnknown"]),
    ],
)
def test_what_only_its_sql_is_known_of_is_compared_by_postgresql(
    change: str, expected: list[str]
) -> None:
    with scratch.registry(own) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute(change)

        found = scratch.explain(scratch.compare(apps))

    assert [line.partition(":")[0] for line in found] == expected, found


def strange() -> None:
    """Define a model of whose default and check only PostgreSQL knows what they mean."""

    class Thing(models.Model):
        at = models.DateTimeField(db_default=Now() + datetime.timedelta(days=1))
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "database"
            db_table = "thing"
            constraints = [
                models.CheckConstraint(condition=Q(name__length__gt=2), name="long"),
            ]


@pytest.fixture
def _lengths() -> Iterator[None]:
    with register_lookup(models.CharField, Length):
        yield


UNABLE = {
    "no right to": "CREATE ROLE compare_nobody; REVOKE TEMPORARY ON DATABASE {database} "
    "FROM PUBLIC; GRANT USAGE ON SCHEMA scratch TO compare_nobody; SET LOCAL ROLE compare_nobody",
    "read-only": "SET TRANSACTION READ ONLY",
}


@pytest.mark.usefixtures("scratch", "_lengths")
@pytest.mark.parametrize("unable", UNABLE.values(), ids=UNABLE)
def test_what_nobody_can_settle_is_neither_equal_nor_different(unable: str) -> None:
    Authority._remembered.clear()
    with scratch.registry(strange) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            name = connection.ops.quote_name(cursor.fetchone()[0])
            cursor.execute(unable.format(database=name))

        found = scratch.compare(apps)

    assert found
    assert found.differences == ()
    [unsettled] = found.unsettled
    assert unsettled.subject == "default of column at"
    assert isinstance(unsettled.reported_as, ColumnDefaultDiffers)
    assert unsettled.describe() == (
        "scratch.thing: default of column at may differ: it is (statement_timestamp() + "
        "'1 day'::interval), the model says (STATEMENT_TIMESTAMP() + '1 day 0:00:00'::interval). "
        "This role may not create temporary tables here, or the server is read-only."
    )
    Authority._remembered.clear()


@pytest.mark.usefixtures("scratch", "_lengths")
def test_a_compared_schema_is_not_asked_about_again() -> None:
    Authority._remembered.clear()
    with scratch.registry(strange) as apps:
        scratch.create(apps)
        live, wanted = scratch.read(), declared.read(apps, connection)

        with CaptureQueriesContext(connection) as first:
            diff.compare(live, wanted, connection=connection)
        with CaptureQueriesContext(connection) as second:
            diff.compare(live, wanted, connection=connection)

    assert (len(first), len(second)) == (1, 0)


def many(count: int) -> Callable[[], None]:
    """Return a function that defines models as people write them."""

    def define() -> None:
        for number in range(count):
            previous = f"Thing{number - 1}" if number else "self"
            meta = type(
                "Meta",
                (),
                {
                    "app_label": "database",
                    "indexes": [
                        models.Index(fields=["name", "-price"], name=f"name_{number}"),
                        models.Index(
                            fields=["price"], name=f"price_{number}", condition=Q(active=True)
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=["code"], name=f"code_{number}"),
                        models.CheckConstraint(
                            condition=Q(price__gte=0) & Q(status__in=["new", "old"])
                            | ~Q(note=None) & ~Q(name=""),
                            name=f"check_{number}",
                        ),
                    ],
                },
            )
            type(
                f"Thing{number}",
                (models.Model,),
                {
                    "__module__": __name__,
                    "Meta": meta,
                    "code": models.CharField(max_length=30),
                    "name": models.CharField(max_length=100),
                    "note": models.TextField(null=True),
                    "price": models.DecimalField(max_digits=10, decimal_places=2),
                    "quantity": models.PositiveIntegerField(db_default=0),
                    "other": models.PositiveIntegerField(db_default=0),
                    "active": models.BooleanField(db_default=True),
                    "status": models.CharField(max_length=10, db_default="new"),
                    "previous": models.ForeignKey(previous, models.CASCADE, related_name="+"),
                },
            )

    return define


# Not in one transaction: a thousand tables have more locks than a server may grant it by default.
EACH = """
DO $$ DECLARE n record;
BEGIN FOR n IN {query} LOOP EXECUTE {statement}; COMMIT; END LOOP; END $$
"""


@pytest.fixture
def _committed(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off; SET search_path TO scratch, public")
        cursor.execute("CREATE SCHEMA scratch")
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            EACH.format(
                query="SELECT tablename FROM pg_tables WHERE schemaname = 'scratch'",
                statement="format('DROP TABLE scratch.%I CASCADE', n.tablename)",
            )
        )
        cursor.execute("DROP SCHEMA scratch")
    # With all that was set in it.
    connection.close()


@pytest.mark.usefixtures("_committed")
@pytest.mark.parametrize("count", [10, 100, pytest.param(1000, marks=pytest.mark.slow)])
def test_queries_do_not_grow_with_the_number_of_tables(count: int) -> None:
    Authority._remembered.clear()
    with scratch.registry(many(count)) as apps:
        scratch.create(apps, atomic=False)
        live, wanted = scratch.read(), declared.read(apps, connection)

        with CaptureQueriesContext(connection) as nothing_to_do:
            same = diff.compare(live, wanted, connection=connection)
        with connection.cursor() as cursor:
            cursor.execute(
                EACH.format(
                    query=f"SELECT generate_series(0, {count - 1}) AS place",
                    statement="format('ALTER TABLE database_thing%s DROP CONSTRAINT check_%s, "
                    "ADD CHECK (price > 5), ALTER status SET DEFAULT ''x''', n.place, n.place)",
                )
            )
        live = scratch.read()
        with CaptureQueriesContext(connection) as changed:
            different = diff.compare(live, wanted, connection=connection)

    assert scratch.explain(same) == []
    assert len(nothing_to_do) == 0
    assert len(changed) <= 2
    assert len(different.differences) == 3 * count
    assert different.unsettled == ()


def typed(field: models.Field[Any, Any], *conditions: Q) -> Callable[[], None]:
    """Return a function that defines a model with things that depend on the type of a field."""

    def define() -> None:
        meta = {
            "app_label": "database",
            "db_table": "thing",
            "constraints": [
                models.CheckConstraint(condition=condition, name=f"check_{number}")
                for number, condition in enumerate(conditions)
            ],
            "indexes": [
                models.Index(fields=["id"], name=f"index_{number}", condition=condition)
                for number, condition in enumerate(conditions)
            ],
        }
        attributes = {
            "__module__": __name__,
            "Meta": type("Meta", (), meta),
            "field": field.clone(),
        }
        type("Thing", (models.Model,), attributes)

    return define


TEXTS = (
    Q(field="a"),
    Q(field__in=["a", "b"]),
    ~Q(field__in=["a", "b"]) & Q(field__gt="a"),
    Q(field__startswith="a") | Q(field__iexact="B"),
)
NUMBERS = (
    Q(field=1),
    Q(field__in=[1, 2, -3]),
    ~Q(field__in=[1, 2]) & Q(field__gte=0),
    Q(field__range=(-1, 5)) & ~Q(field=3),
)
CALCULATED = (Q(field__gt=F("id") + 1), Q(id__in=[1, 2], field__in=[1, 2]), Q(id=F("field") % 2))
ALTERED = {
    "longer": (models.CharField(max_length=5), models.CharField(max_length=9), TEXTS),
    "text": (
        models.CharField(max_length=5, db_default="a"),
        models.TextField(db_default="a"),
        TEXTS,
    ),
    "char": (
        models.TextField(db_default="a"),
        models.CharField(max_length=5, db_default="a"),
        TEXTS,
    ),
    "slug": (models.SlugField(), models.TextField(), TEXTS),
    "bigint": (
        models.IntegerField(db_default=-1),
        models.BigIntegerField(db_default=-1),
        (*NUMBERS, *CALCULATED),
    ),
    "smallint": (models.BigIntegerField(), models.SmallIntegerField(), (*NUMBERS, *CALCULATED)),
    "positive": (
        models.PositiveSmallIntegerField(),
        models.PositiveBigIntegerField(),
        (*NUMBERS, *CALCULATED),
    ),
    "numeric": (
        models.IntegerField(db_default=1),
        models.DecimalField(max_digits=9, decimal_places=2, db_default=1),
        NUMBERS,
    ),
    "integer": (
        models.DecimalField(max_digits=9, decimal_places=2),
        models.IntegerField(),
        NUMBERS,
    ),
    "more digits": (
        models.DecimalField(max_digits=9, decimal_places=2),
        models.DecimalField(max_digits=12, decimal_places=3),
        (*NUMBERS, *CALCULATED),
    ),
}


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(("before", "after", "conditions"), ALTERED.values(), ids=ALTERED)
def test_what_a_change_of_type_leaves_behind_is_no_difference(
    before: models.Field[Any, Any], after: models.Field[Any, Any], conditions: tuple[Q, ...]
) -> None:
    Authority._remembered.clear()
    with scratch.registry(typed(before, *conditions)) as old:
        scratch.create(old)
        [old_model] = old.get_models()
    with scratch.registry(typed(after, *conditions)) as new:
        [model] = new.get_models()
        old_field: Any = old_model._meta.get_field("field")
        field: Any = model._meta.get_field("field")
        with connection.schema_editor() as editor:
            editor.alter_field(old_model, old_field, field)
        live, wanted = scratch.read(), declared.read(new, connection)

        with CaptureQueriesContext(connection) as queries:
            found = diff.compare(live, wanted, connection=connection)

    assert scratch.explain(found) == []
    assert len(queries) <= 2


def test_what_a_change_of_type_would_leave_behind_is_not_taken_for_more(scratch: None) -> None:
    from . import scratch as support

    Authority._remembered.clear()
    define = typed(models.IntegerField(), Q(field=F("field") / 2 * 2), Q(field__in=[1, 2]))
    with support.registry(define) as apps:
        support.create(apps)
        with connection.cursor() as cursor:
            # As if it had been a numeric column: the halves were not cut off then.
            cursor.execute(
                """
                ALTER TABLE thing DROP CONSTRAINT check_0, DROP CONSTRAINT check_1,
                    ADD CONSTRAINT check_0 CHECK (field::numeric = field::numeric / 2 * 2),
                    ADD CONSTRAINT check_1 CHECK (field::numeric IN (1, 2.5))
                """
            )

        found = support.explain(support.compare(apps))

    assert [line.partition(":")[0] for line in found] == ["ConstraintDiffers"] * 2


NEWER = {
    "not enforced": (
        'ALTER TABLE "order" DROP CONSTRAINT not_negative, '
        "ADD CONSTRAINT not_negative CHECK (price >= 0) NOT ENFORCED",
        ["ConstraintDiffers"],
    ),
    "foreign key not enforced": (
        "{drop_fk}; {add_fk} NOT ENFORCED",
        ["ConstraintDiffers"],
    ),
    "not null by name": (
        'ALTER TABLE "order" ALTER price DROP NOT NULL; '
        'ALTER TABLE "order" ADD CONSTRAINT x NOT NULL price NO INHERIT',
        [],
    ),
    "generated when read": (
        'ALTER TABLE "order" DROP total, ADD total numeric(20,2) '
        "GENERATED ALWAYS AS (price * quantity) VIRTUAL",
        ["ColumnGeneratedDiffers"],
    ),
}


@pytest.mark.usefixtures("scratch")
def test_a_unique_constraint_that_includes_columns_is_the_unique_index_of_a_model() -> None:
    def define() -> None:
        class Thing(models.Model):
            a = models.IntegerField()
            b = models.IntegerField()

            class Meta:
                app_label = "database"
                db_table = "thing"
                constraints = [models.UniqueConstraint(fields=["a"], include=["b"], name="u")]

    with scratch.registry(define) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute(
                "DROP INDEX u; ALTER TABLE thing ADD CONSTRAINT u UNIQUE (a) INCLUDE (b)"
            )

        found = scratch.explain(scratch.compare(apps))

    assert found == ["Note: scratch.thing: index u is a unique constraint, not a unique index"]


@pytest.mark.usefixtures("scratch")
def test_foreign_keys_to_and_from_partitions_are_one_each() -> None:
    def define() -> None:
        class Event(models.Model):
            happened = models.IntegerField(primary_key=True)
            up = models.ForeignKey("self", models.DO_NOTHING, null=True)

            class Meta:
                app_label = "database"
                db_table = "event"
                indexes = [models.Index(fields=["-happened"], name="event_last")]

        class Note(models.Model):
            event = models.ForeignKey(Event, models.CASCADE)

            class Meta:
                app_label = "database"
                db_table = "note"

    with scratch.registry(define) as apps:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                CREATE TABLE event (happened int PRIMARY KEY, up_id int)
                    PARTITION BY RANGE (happened);
                ALTER TABLE event ADD FOREIGN KEY (up_id) REFERENCES event
                    DEFERRABLE INITIALLY DEFERRED;
                CREATE INDEX ON event (up_id);
                CREATE INDEX event_last ON event (happened DESC);
                CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (9);
                CREATE TABLE event_2 PARTITION OF event DEFAULT;
                CREATE TABLE note (id bigint PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY,
                    event_id int NOT NULL REFERENCES event DEFERRABLE INITIALLY DEFERRED);
                CREATE INDEX ON note (event_id);
                """
            )

        found = scratch.compare(apps)
        live = scratch.read().by_name()

    assert scratch.explain(found) == []
    assert len(live[TableName("", "note")].constraints) == 2


@pytest.mark.django_db(transaction=True)
def test_a_tablespace_that_a_model_names_is_compared() -> None:
    def define() -> None:
        class Default(models.Model):
            class Meta:
                app_label = "database"
                db_table = "compare_default"
                db_tablespace = "pg_default"

        class Fast(models.Model):
            number = models.IntegerField(db_index=True)
            other = models.IntegerField(unique=True, db_tablespace="pg_default")

            class Meta:
                app_label = "database"
                db_table = "compare_fast"
                db_tablespace = "compare_fast"
                indexes = [
                    models.Index(fields=["-number"], name="here"),
                    models.Index(fields=["other"], name="there", db_tablespace="pg_default"),
                ]

    def compare() -> list[str]:
        wanted = declared.read(apps, connection)
        live = catalog.read(connection, tables=[table.name for table in wanted.tables])
        return scratch.explain(diff.compare(live, wanted, connection=connection))

    with connection.cursor() as cursor, scratch.registry(define) as apps:
        cursor.execute("SET allow_in_place_tablespaces TO on")
        cursor.execute("CREATE TABLESPACE compare_fast LOCATION ''")
        try:
            scratch.create(apps)
            same = compare()
            cursor.execute("ALTER TABLE compare_fast SET TABLESPACE pg_default")
            cursor.execute("ALTER INDEX here SET TABLESPACE pg_default")
            different = compare()
        finally:
            cursor.execute("DROP TABLE IF EXISTS compare_fast, compare_default")
            cursor.execute("DROP TABLESPACE compare_fast")
            cursor.execute("RESET allow_in_place_tablespaces")

    assert same == []
    assert [line.partition(":")[0] for line in different] == [
        "IndexDiffers",
        "TableTablespaceDiffers",
    ]


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize(("change", "expected"), NEWER.values(), ids=NEWER)
def test_what_postgresql_18_brought_is_seen(change: str, expected: list[str]) -> None:
    if connection.pg_version < 180000:  # type: ignore[attr-defined]
        pytest.skip("The server is older than PostgreSQL 18.")
    with scratch.registry(shop) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute(re.sub(r"\{(\w+)\}", lambda match: WORDS[match[1]], change))

        found = scratch.explain(scratch.compare(apps))

    assert [line.partition(":")[0] for line in found] == expected, found


def virtual() -> None:
    """Define a model with a column that is generated when it is read."""

    class Virtual(models.Model):
        a = models.IntegerField()
        double = models.GeneratedField(
            expression=F("a") * 2, output_field=models.IntegerField(), db_persist=False
        )

        class Meta:
            app_label = "database"


@pytest.mark.usefixtures("scratch")
def test_a_virtual_column_equals_its_field() -> None:
    if connection.pg_version < 180000:  # type: ignore[attr-defined]
        pytest.skip("The server is older than PostgreSQL 18.")
    with scratch.registry(virtual) as apps:
        scratch.create(apps)

        found = scratch.compare(apps)

    assert scratch.explain(found) == []


def insensitive() -> None:
    """Define a model whose collation takes upper and lower case for the same."""

    class Person(models.Model):
        email = models.EmailField(db_collation="case_insensitive", unique=True)
        text = models.TextField(db_collation="case_insensitive", db_index=True)
        boss = models.ForeignKey("self", models.CASCADE, to_field="email")

        class Meta:
            app_label = "database"


@pytest.mark.usefixtures("scratch")
def test_a_nondeterministic_collation_gets_no_like_index() -> None:
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                "CREATE COLLATION case_insensitive "
                "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
            )
        except NotSupportedError:
            lacking("The server was built without ICU.")
    with scratch.registry(insensitive) as apps:
        scratch.create(apps)

        found = scratch.compare(apps)
        [table] = declared.read(apps, connection).tables

    assert scratch.explain(found) == []
    assert len(table.indexes) == 2


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("path", ["public", "public, scratch", "other, public", "''"])
def test_a_schema_that_is_named_is_compared_whatever_the_search_path(path: str) -> None:
    def define() -> None:
        class There(models.Model):
            mood = model_cases.Typed("other.mood", db_default="ok")
            price = models.DecimalField(max_digits=5, decimal_places=2)

            class Meta:
                app_label = "database"
                db_table = '"other"."there"'
                constraints = [
                    models.CheckConstraint(condition=Q(price__gte=0, mood="ok"), name="c")
                ]

        class Up(models.Model):
            there = models.ForeignKey(There, models.CASCADE)

            class Meta:
                app_label = "database"
                db_table = '"other"."up"'

    with connection.cursor() as cursor:
        cursor.execute(TYPES)
    with scratch.registry(define) as apps:
        scratch.create(apps)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL search_path TO {path}")

        found = scratch.compare(apps)

    assert scratch.explain(found) == []


def test_the_models_of_the_project_equal_its_migrations(db: None) -> None:
    from django.apps import apps

    found = diff.compare(
        catalog.read(connection), declared.read(apps, connection), connection=connection
    )

    lines = scratch.explain(found)
    assert [line for line in lines if not any(name in line for name in bookkeeping.TABLES)] == []


RESTORED = (
    model_cases.checks,
    model_cases.defaults,
    model_cases.generated,
    model_cases.naming_horrors,
    model_cases.plain_indexes,
    model_cases.relations,
    model_cases.unique_constraints,
)


@pytest.mark.slow
@pytest.mark.usefixtures("_committed")
@pytest.mark.parametrize("define", RESTORED, ids=lambda define: define.__name__)
def test_a_restored_dump_equals_the_models(define: Callable[[], None]) -> None:
    Authority._remembered.clear()
    with scratch.registry(define) as apps:
        scratch.create(apps)
        for _ in range(2):
            dump = pg_dump(connection.settings_dict, "scratch")
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA scratch CASCADE")
                # What begins with a backslash is for psql.
                cursor.execute(re.sub(r"^\\.*$", "", dump, flags=re.MULTILINE))
                cursor.execute("SET search_path TO scratch, public")

            found = scratch.compare(apps)

            assert scratch.explain(found) == []
