"""What a review says of every kind of operation, on tables with no rows and with 1,000,000.

The same cases prove that the SQL shown is the SQL that is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.postgres import operations as postgres
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import GinIndex
from django.db import connections, migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from database.fields import EnumField
from database.functions import TransactionStart
from database.migrating.state import ProjectState
from database.operations import DatabaseObject
from database.review.collect import Collector, MigrationReview
from database.review.findings import Severity
from database.review.live import Live
from database.review.sketch import Sketch
from database.review.tokens import split
from tests.cluster import Server
from tests.database.shop import new_name

LABEL = "shop"
ROWS = 1_000_000


def model(name: str, *fields: tuple[str, models.Field[Any, Any]], **options: Any) -> Any:
    """Return an operation that makes a model."""
    return migrations.CreateModel(
        name, [("id", models.BigAutoField(primary_key=True)), *fields], options=options
    )


class Mood(models.TextChoices):
    GOOD = "good"
    BAD = "bad"


class BetterMood(models.TextChoices):
    GOOD = "good"
    FINE = "fine"
    BAD = "bad"


class OnlyGood(models.TextChoices):
    GOOD = "good"


class ExtraIndex(migrations.AddIndex):
    """An operation of somebody's own, which only asks the editor."""


class Meddling(migrations.operations.base.Operation):
    """An operation of somebody's own, which writes into the database itself."""

    def state_forwards(self, app_label: str, state: Any) -> None: ...

    def database_forwards(self, app_label: str, editor: Any, before: Any, after: Any) -> None:
        with editor.connection.cursor() as cursor:
            cursor.execute("UPDATE shop_thing SET name = 'meddled'")

    def describe(self) -> str:
        return "Meddle"


def never(apps: Any, editor: Any) -> None:
    raise AssertionError("Python of a migration was run")


BEFORE: list[Any] = [
    model("Maker", ("name", models.CharField(max_length=50))),
    model(
        "Thing",
        ("name", models.CharField(max_length=50)),
        ("title", models.TextField(null=True)),
        ("code", models.IntegerField(null=True)),
        ("sku", models.CharField(max_length=20, db_index=True, null=True)),
        ("size", models.PositiveIntegerField(default=1)),
        ("price", models.DecimalField(max_digits=10, decimal_places=2, default=1)),
        ("maker", models.ForeignKey("shop.Maker", models.CASCADE, null=True)),
        ("mood", EnumField(Mood, "mood", null=True)),
        indexes=[models.Index(fields=["code"], name="thing_code")],
        constraints=[models.CheckConstraint(condition=Q(code__gte=0), name="thing_code_positive")],
        unique_together={("name", "code")},
    ),
    model("Empty", ("note", models.TextField(null=True))),
]
FILL = """
SET session_replication_role = replica;
INSERT INTO shop_maker (name) SELECT 'maker ' || n FROM generate_series(1, 10) n;
INSERT INTO shop_thing (name, title, code, size, price, maker_id, mood)
SELECT 'thing ' || n, CASE WHEN n %% 4 = 0 THEN NULL ELSE 'title' END, n, 1, 1, 1 + n %% 10, 'good'
FROM generate_series(1, %s) n;
ANALYZE shop_maker, shop_thing, shop_empty;
"""


@dataclass(frozen=True)
class Case:
    """A migration, and what is found in it.

    Attributes:
        operations: What it does.
        found: The ids (the number alone) that are found on 1,000,000 rows.
        severity: How bad that is then.
        empty: The ids that are found on tables without rows.
        atomic: Whether it is one transaction.
        runs: Whether it can be run, so that its SQL can be compared.
    """

    operations: Sequence[Any]
    found: str = ""
    severity: Severity = Severity.OK
    empty: str = ""
    atomic: bool = True
    runs: bool = True


OK, NOTE, WARNING, DANGER = Severity.OK, Severity.NOTE, Severity.WARNING, Severity.DANGER


def thing(name: str, field_: models.Field[Any, Any]) -> Any:
    """Return an operation that alters a field."""
    return migrations.AlterField("Thing", name, field_)


def add(name: str, field_: models.Field[Any, Any], **options: Any) -> Any:
    """Return an operation that adds a field."""
    return migrations.AddField("Thing", name, field_, **options)


def constraint(each: Any) -> Any:
    """Return an operation that adds a constraint."""
    return migrations.AddConstraint("Thing", each)


INDEX = models.Index(fields=["name"], name="thing_name")
CASES: dict[str, Case] = {
    "create model": Case(
        [model("New", ("maker", models.ForeignKey("shop.Maker", models.CASCADE)))]
    ),
    "create model, fill and index it": Case(
        [
            model("New", ("name", models.TextField(db_index=True))),
            migrations.AddIndex("New", models.Index(fields=["name"], name="new_name")),
            migrations.AddConstraint(
                "New", models.UniqueConstraint(fields=["name"], name="new_unique")
            ),
        ]
    ),
    "new table filled by a query, then indexed": Case(
        [
            model("New", ("name", models.TextField())),
            migrations.RunSQL("INSERT INTO shop_new (name) SELECT name FROM shop_thing"),
            migrations.AddIndex("New", models.Index(fields=["name"], name="new_name")),
        ],
        "W863",
        WARNING,
        "W863",
    ),
    "delete model": Case([migrations.DeleteModel("Thing")], "W866 W868", DANGER, "W868"),
    "delete empty model": Case([migrations.DeleteModel("Empty")], "W868", NOTE, "W868"),
    "rename model": Case([migrations.RenameModel("Thing", "Item")], "W868", WARNING, "W868"),
    "rename model that others refer to": Case(
        [migrations.RenameModel("Maker", "Firm")], "W865 W868 W870", WARNING, "W868"
    ),
    "rename model, alter its field": Case(
        [
            migrations.RenameModel("Thing", "Item"),
            migrations.AlterField("Item", "sku", models.CharField(max_length=20, null=True)),
        ],
        "W868",
        WARNING,
        "W868",
    ),
    "alter table": Case([migrations.AlterModelTable("Thing", "goods")], "W868", WARNING, "W868"),
    "alter table comment": Case([migrations.AlterModelTableComment("Thing", "100% sure")]),
    "alter options": Case([migrations.AlterModelOptions("Thing", {"ordering": ["name"]})]),
    "unique together": Case(
        [migrations.AlterUniqueTogether("Thing", {("name", "sku")})], "W864", WARNING
    ),
    "no unique together": Case([migrations.AlterUniqueTogether("Thing", set())]),
    # Fields
    "add nullable field": Case([add("extra", models.TextField(null=True))]),
    "add field with default": Case(
        [add("extra", models.IntegerField(default=0))], "W869", WARNING, "W869"
    ),
    "add field with db_default": Case([add("extra", models.IntegerField(db_default=0))]),
    "add field with the transaction's time": Case(
        [add("extra", models.DateTimeField(db_default=TransactionStart()))]
    ),
    "add field with the statement's time": Case(
        [add("extra", models.DateTimeField(db_default=Now()))]
    ),
    "add field with a random db_default": Case(
        [
            add(
                "extra",
                models.UUIDField(db_default=models.Func(function="gen_random_uuid")),
            )
        ],
        "W861",
        DANGER,
    ),
    "add positive field": Case(
        [add("extra", models.PositiveIntegerField(null=True))], "W862", WARNING
    ),
    "add generated field": Case(
        [
            add(
                "extra",
                models.GeneratedField(
                    expression=F("code") * 2, output_field=models.IntegerField(), db_persist=True
                ),
            )
        ],
        "W861",
        DANGER,
    ),
    "add unique field": Case(
        [add("extra", models.CharField(max_length=9, null=True, unique=True))],
        "W863 W864 W870",
        DANGER,
    ),
    "add indexed field": Case(
        [add("extra", models.IntegerField(null=True, db_index=True))], "W863 W870", WARNING
    ),
    "add foreign key": Case(
        [
            add(
                "other",
                models.ForeignKey("shop.Maker", models.CASCADE, null=True, related_name="+"),
            )
        ],
        "W863 W870",
        WARNING,
    ),
    "add enum field": Case([add("extra", EnumField(Mood, "temper", null=True))]),
    "add field to empty model": Case(
        [migrations.AddField("Empty", "extra", models.IntegerField(unique=True, null=True))]
    ),
    "remove field": Case([migrations.RemoveField("Thing", "title")], "W866 W868", DANGER, "W868"),
    "remove foreign key": Case(
        [migrations.RemoveField("Thing", "maker")], "W866 W868", DANGER, "W868"
    ),
    "rename field": Case(
        [migrations.RenameField("Thing", "title", "label")], "W868", WARNING, "W868"
    ),
    "wider varchar": Case([thing("name", models.CharField(max_length=80))]),
    "narrower varchar": Case([thing("name", models.CharField(max_length=40))], "W861 W867", DANGER),
    "varchar to text": Case([thing("name", models.TextField())]),
    "text to varchar": Case(
        [thing("title", models.CharField(max_length=10, null=True))], "W861 W867", DANGER
    ),
    "wider numeric": Case(
        [thing("price", models.DecimalField(max_digits=12, decimal_places=2, default=1))]
    ),
    "finer numeric": Case(
        [thing("price", models.DecimalField(max_digits=12, decimal_places=3, default=1))],
        "W861",
        DANGER,
    ),
    "coarser numeric": Case(
        [thing("price", models.DecimalField(max_digits=10, decimal_places=1, default=1))],
        "W861 W867",
        DANGER,
    ),
    "integer to bigint": Case([thing("code", models.BigIntegerField(null=True))], "W861", DANGER),
    "integer to text": Case(
        [thing("code", models.TextField(null=True))], "W861", DANGER, runs=False
    ),
    "text to integer": Case(
        [thing("title", models.IntegerField(null=True))], "W861 W867", DANGER, runs=False
    ),
    "key becomes integer": Case(
        [migrations.AlterField("Maker", "id", models.AutoField(primary_key=True))],
        "W861 W865 W867 W870",
        DANGER,
    ),
    "not null": Case([thing("title", models.TextField(default=""))], "W862 W870 W871", DANGER),
    "not null where NULLs are left": Case(
        [thing("title", models.TextField())], "W862 W880", DANGER
    ),
    "not null without default": Case([thing("code", models.IntegerField())], "W862", WARNING),
    "nullable": Case([thing("name", models.CharField(max_length=50, null=True))]),
    "unique": Case(
        [thing("name", models.CharField(max_length=50, unique=True))], "W863 W864 W870", DANGER
    ),
    "indexed": Case(
        [thing("name", models.CharField(max_length=50, db_index=True))], "W863 W870", DANGER
    ),
    "no longer indexed": Case([thing("sku", models.CharField(max_length=20, null=True))]),
    "no longer a foreign key": Case(
        [thing("maker", models.BigIntegerField(null=True))], "W868", WARNING, "W868"
    ),
    "foreign key without constraint": Case(
        [
            thing(
                "maker",
                models.ForeignKey("shop.Maker", models.CASCADE, null=True, db_constraint=False),
            )
        ]
    ),
    "foreign key that cascades in the database": Case(
        [thing("maker", models.ForeignKey("shop.Maker", models.DB_CASCADE, null=True))],
        "W865 W870",
        WARNING,
    ),
    "no longer positive": Case([thing("size", models.IntegerField(default=1))]),
    "db_default": Case([thing("name", models.CharField(max_length=50, db_default="x"))]),
    "db_comment": Case([thing("name", models.CharField(max_length=50, db_comment="100% sure"))]),
    "enum gets a value": Case([thing("mood", EnumField(BetterMood, "mood", null=True))]),
    "enum loses a value": Case(
        [thing("mood", EnumField(OnlyGood, "mood", null=True))], "W861 W867", DANGER
    ),
    "enum becomes text": Case([thing("mood", models.TextField(null=True))], "W861", DANGER),
    # Constraints and indexes
    "check": Case(
        [constraint(models.CheckConstraint(condition=Q(size__gt=0), name="size_there"))],
        "W862",
        WARNING,
    ),
    "check not valid": Case(
        [
            postgres.AddConstraintNotValid(
                "Thing", models.CheckConstraint(condition=Q(size__gt=0), name="size_there")
            )
        ]
    ),
    "check not valid, validated at once": Case(
        [
            postgres.AddConstraintNotValid(
                "Thing", models.CheckConstraint(condition=Q(size__gt=0), name="size_there")
            ),
            postgres.ValidateConstraint("Thing", "size_there"),
        ],
        "W870",
        WARNING,
    ),
    "not null, proven": Case(
        [
            constraint(models.CheckConstraint(condition=Q(name__isnull=False), name="there")),
            thing("name", models.CharField(max_length=50, null=True)),
            thing("name", models.CharField(max_length=50)),
        ],
        "W862",
        WARNING,
    ),
    "unique constraint": Case(
        [constraint(models.UniqueConstraint(fields=["name"], name="thing_name_once"))],
        "W864",
        WARNING,
    ),
    "unique constraint with a condition": Case(
        [
            constraint(
                models.UniqueConstraint(fields=["name"], name="once", condition=Q(code__gt=0))
            )
        ],
        "W863",
        WARNING,
    ),
    "unique constraint of an expression": Case(
        [constraint(models.UniqueConstraint(Lower("name"), name="once"))], "W863", WARNING
    ),
    "exclusion constraint": Case(
        [
            constraint(
                ExclusionConstraint(name="apart", expressions=[("code", "=")], index_type="hash")
            )
        ],
        "W864",
        WARNING,
        runs=False,
    ),
    "remove constraint": Case([migrations.RemoveConstraint("Thing", "thing_code_positive")]),
    "alter constraint": Case(
        [
            migrations.AlterConstraint(
                "Thing",
                "thing_code_positive",
                models.CheckConstraint(
                    condition=Q(code__gte=0), name="thing_code_positive", violation_error_code="x"
                ),
            )
        ]
    ),
    "add index": Case([migrations.AddIndex("Thing", INDEX)], "W863", WARNING),
    "add gin index": Case(
        [
            migrations.AddIndex(
                "Thing",
                GinIndex(
                    models.Func(
                        "title",
                        function="to_tsvector",
                        template="%(function)s('simple',%(expressions)s)",
                    ),
                    name="thing_words",
                ),
            )
        ],
        "W863",
        WARNING,
    ),
    "remove index": Case([migrations.RemoveIndex("Thing", "thing_code")]),
    "rename index": Case([migrations.RenameIndex("Thing", "thing_number", "thing_code")]),
    "add index concurrently": Case([postgres.AddIndexConcurrently("Thing", INDEX)], atomic=False),
    "add index concurrently in a transaction": Case(
        [postgres.AddIndexConcurrently("Thing", INDEX)], "W874", DANGER, "W874", runs=False
    ),
    "remove index concurrently": Case(
        [postgres.RemoveIndexConcurrently("Thing", "thing_code")], atomic=False
    ),
    # The rest
    "sql": Case(
        [migrations.RunSQL("UPDATE shop_thing SET title = 'x' WHERE title IS NULL")],
        "W871",
        WARNING,
    ),
    "sql with parameters": Case(
        [migrations.RunSQL([("DELETE FROM shop_thing WHERE name = %s", ["thing 1"])])],
        "W866",
        WARNING,
    ),
    "sql that deletes all": Case([migrations.RunSQL("DELETE FROM shop_thing")], "W866", DANGER),
    "sql that truncates": Case(
        [migrations.RunSQL("TRUNCATE shop_maker, shop_thing")], "W866", DANGER
    ),
    "sql of several statements": Case(
        [
            migrations.RunSQL(
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN 1; END $$; CREATE INDEX x ON shop_thing (title);"
            )
        ],
        "W863",
        WARNING,
    ),
    "sql nobody knows": Case(
        [migrations.RunSQL("DO $$ BEGIN PERFORM 1; END $$")], "W873", WARNING, "W873"
    ),
    "view": Case(
        [DatabaseObject("view", "cheap", "CREATE VIEW cheap AS SELECT id FROM shop_thing")]
    ),
    "python": Case([migrations.RunPython(never)], "W872", NOTE, "W872", runs=False),
    "python behind a lock": Case(
        [add("extra", models.TextField(null=True)), migrations.RunPython(never)],
        "W870 W872",
        WARNING,
        "W872",
        runs=False,
    ),
    "state alone": Case(
        [
            migrations.SeparateDatabaseAndState(
                state_operations=[migrations.RemoveField("Thing", "title")]
            )
        ]
    ),
    "database alone": Case(
        [
            migrations.SeparateDatabaseAndState(
                database_operations=[
                    migrations.RenameField("Thing", "title", "label"),
                    migrations.RenameField("Thing", "label", "subject"),
                ]
            )
        ],
        "W868",
        WARNING,
        "W868",
    ),
    "python in separate": Case(
        [
            migrations.SeparateDatabaseAndState(
                database_operations=[migrations.RunPython(never)],
            )
        ],
        "W872",
        NOTE,
        "W872",
        runs=False,
    ),
    "operation of one's own": Case([ExtraIndex("Thing", INDEX)], "W863", WARNING),
    "operation that writes by itself": Case([Meddling()], "W872", NOTE, "W872", runs=False),
    "extension": Case([postgres.TrigramExtension()]),
    "two long ones in one transaction": Case(
        [
            migrations.AddIndex("Thing", INDEX),
            migrations.AddIndex("Thing", models.Index(fields=["title"], name="thing_title")),
        ],
        "W863 W870",
        DANGER,
    ),
    "everything about a field in one migration": Case(
        [
            thing("sku", models.CharField(max_length=20, null=True)),
            thing("sku", models.CharField(max_length=20, unique=True, null=True)),
            thing("sku", models.CharField(max_length=20, null=True)),
            migrations.RemoveField("Thing", "sku"),
        ],
        "W863 W864 W868 W870",
        DANGER,
        "W868",
    ),
    "constraints that this migration made are dropped again": Case(
        [
            add(
                "other",
                models.ForeignKey("shop.Maker", models.CASCADE, null=True, related_name="+"),
            ),
            migrations.AlterUniqueTogether("Thing", {("name", "sku")}),
            migrations.AlterUniqueTogether("Thing", set()),
            thing("size", models.IntegerField(default=1)),
            thing("size", models.PositiveIntegerField(default=1)),
            thing("size", models.IntegerField(default=1)),
            migrations.AlterField(
                "Thing",
                "other",
                models.ForeignKey(
                    "shop.Maker", models.CASCADE, null=True, related_name="+", db_constraint=False
                ),
            ),
        ],
        "W862 W863 W864 W870",
        DANGER,
    ),
}


def state_before() -> ProjectState:
    """Return the models before a case."""
    state = ProjectState()
    for operation in BEFORE:
        operation.state_forwards(LABEL, state)
    return state


def migration(case: Case) -> Migration:
    """Return the migration of a case."""
    kind: type[Migration] = type(
        "Migration", (Migration,), {"operations": case.operations, "atomic": case.atomic}
    )
    return kind("0002_case", LABEL)


def first() -> Migration:
    """Return the migration that makes the tables."""
    kind: type[Migration] = type("Migration", (Migration,), {"operations": BEFORE})
    return kind("0001_initial", LABEL)


@pytest.fixture(scope="module")
def databases(cluster: Server, django_db_blocker: Any) -> Iterator[dict[int, BaseDatabaseWrapper]]:
    """Return connections to two databases with the tables, by how many rows are in there."""
    found = {}
    with django_db_blocker.unblock():
        for rows in (0, ROWS):
            name = new_name("review")
            cluster.create(name)
            own = connections["default"].copy()
            own.settings_dict["NAME"] = name
            found[rows] = own
    yield found
    for own in found.values():
        own.close()
        cluster.drop(own.settings_dict["NAME"])


@pytest.fixture
def empty(db: None, databases: dict[int, BaseDatabaseWrapper]) -> BaseDatabaseWrapper:
    """Return a connection to tables without rows."""
    return filled(databases, 0)


@pytest.fixture
def full(db: None, databases: dict[int, BaseDatabaseWrapper]) -> BaseDatabaseWrapper:
    """Return a connection to tables of which one has 1,000,000 rows."""
    return filled(databases, ROWS)


def filled(databases: dict[int, BaseDatabaseWrapper], rows: int) -> BaseDatabaseWrapper:
    """Return the connection, with the tables made when it is asked for first."""
    connection = databases[rows]
    if connection.connection is None:
        with connection.schema_editor() as editor:
            first().apply(ProjectState(), editor)
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(FILL, [rows])
    return connection


def review(connection: BaseDatabaseWrapper, case: Case) -> MigrationReview:
    """Review a case without touching anything."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN READ ONLY")
        try:
            live = Live(connection)
            return Collector(connection, live, Sketch(live), state_before()).review(migration(case))
        finally:
            cursor.execute("ROLLBACK")


def ids(found: MigrationReview) -> str:
    """Return the ids found, sorted, without what they have in common."""
    return " ".join(sorted({each.id.removeprefix("prodobit.") for each in found.all_findings()}))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_on_tables_without_rows(empty: BaseDatabaseWrapper, case: Case) -> None:
    assert ids(review(empty, case)) == case.empty


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_on_a_million_rows(full: BaseDatabaseWrapper, case: Case) -> None:
    found = review(full, case)

    assert (ids(found), found.severity) == (case.found, case.severity)


RUNNING = {name: case for name, case in CASES.items() if case.runs}


@pytest.mark.parametrize("case", RUNNING.values(), ids=RUNNING)
def test_the_sql_shown_is_the_sql_that_is_run(
    empty: BaseDatabaseWrapper, cluster: Server, case: Case
) -> None:
    found = review(empty, case)
    shown = [each.sql for operation in found.operations for each in operation.statements]

    assert shown == run(empty, cluster, case)


@contextmanager
def noting(connection: BaseDatabaseWrapper) -> Iterator[list[str]]:
    """Collect the SQL that is sent, without what is only read."""
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split()[0] not in ("SELECT", "SAVEPOINT", "RELEASE"):
            sent.extend(split(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield sent


def run(connection: BaseDatabaseWrapper, cluster: Server, case: Case) -> list[str]:
    """Run a case for real, in a transaction or on a copy, and return the SQL that was sent."""
    if case.atomic:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
        try:
            with noting(connection) as sent:
                apply(connection, case)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")
        return sent
    name = new_name("review")
    source = connection.settings_dict["NAME"]
    connection.close()
    with cluster.connect() as plain:
        plain.execute(f"CREATE DATABASE {name} TEMPLATE {source}".encode())
    copied = connection.copy()
    copied.settings_dict["NAME"] = name
    try:
        with noting(copied) as sent:
            apply(copied, case)
    finally:
        copied.close()
        cluster.drop(name)
        connection.connect()
    return sent


def apply(connection: BaseDatabaseWrapper, case: Case) -> None:
    """Run a migration as Django does, in a transaction that is somebody else's."""
    editor = connection.SchemaEditorClass(connection, atomic=False)
    with editor:
        migration(case).apply(state_before(), editor)


def test_nothing_is_changed_by_a_review(full: BaseDatabaseWrapper) -> None:
    review(full, CASES["operation that writes by itself"])
    review(full, CASES["python in separate"])

    with full.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shop_thing WHERE name = 'meddled'")
        assert cursor.fetchone() == (0,)
