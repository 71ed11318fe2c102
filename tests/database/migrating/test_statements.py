"""What migrations send is taken down, with the operation it is of."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, migrations, models
from django.db.migrations import Migration

from database.migrating.executor import MigrationExecutor
from database.migrating.state import ProjectState
from database.migrating.statements import Run, Watcher, watch

BOOK = migrations.CreateModel(
    "Book",
    [("id", models.AutoField(primary_key=True)), ("title", models.CharField(max_length=9))],
)
SHELF = migrations.CreateModel(
    "Shelf",
    [
        ("id", models.AutoField(primary_key=True)),
        ("book", models.ForeignKey("watched.Book", models.CASCADE)),
    ],
)
INDEX = migrations.AddIndex("Book", models.Index(fields=["title"], name="watched_title"))


def fill(apps: Any, schema_editor: Any) -> None:
    book = apps.get_model("watched", "Book")
    for number in range(3):
        book.objects.create(title=f"secret {number}")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE watched_book SET title = 'a secret'")


@pytest.fixture(autouse=True)
def database(transactional_db: Any) -> Any:
    """Let statements be committed, and take the tables away."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS watched_shelf, watched_book")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'watched'")


def migration(*operations: Any, **attributes: Any) -> Migration:
    kind = type("Migration", (Migration,), {"operations": list(operations), **attributes})
    return kind("0001_watched", "watched")


def apply(made: Migration) -> tuple[Watcher, ProjectState]:
    executor = MigrationExecutor(connection)
    with watch(connection) as watcher:
        state = executor.apply_migration(ProjectState(), made)
    return watcher, state


def brief(run: Run) -> list[tuple[int | None, str]]:
    """Return the operation and the first two words of each statement, without what was read."""
    return [
        (statement.operation, " ".join(statement.sql.split()[:2]))
        for statement in run.statements
        if not statement.sql.startswith("SELECT")
    ]


def test_every_statement_belongs_to_its_operation_the_deferred_ones_too() -> None:
    watcher, _ = apply(migration(BOOK, SHELF, INDEX))

    [run] = watcher.runs
    assert brief(run) == [
        (1, "CREATE TABLE"),
        (2, "CREATE TABLE"),
        (3, "CREATE INDEX"),
        (2, "ALTER TABLE"),
        (2, "CREATE INDEX"),
    ]
    assert run.finished == [1, 2, 3]
    assert (run.operation, watcher.current) == (None, None)
    assert run.seconds is not None
    assert 0 < sum(statement.seconds or 0 for statement in run.statements) <= run.seconds


def test_what_an_operation_takes_back_of_the_deferred_does_not_confuse() -> None:
    other = migrations.CreateModel("Other", [("id", models.AutoField(primary_key=True))])
    indexed = migrations.CreateModel(
        "Shelf",
        [("id", models.AutoField(primary_key=True)), ("name", models.TextField(db_index=True))],
    )
    narrow = migrations.DeleteModel("Shelf")
    unique = migrations.CreateModel(
        "Book",
        [("id", models.AutoField(primary_key=True)), ("title", models.TextField(db_index=True))],
    )

    watcher, _ = apply(migration(indexed, other, narrow, unique, migrations.DeleteModel("Other")))

    assert brief(watcher.runs[0])[-2:] == [(4, "CREATE INDEX"), (4, "CREATE INDEX")]


def test_what_python_sends_is_counted_and_holds_no_values() -> None:
    watcher, _ = apply(migration(BOOK, migrations.RunPython(fill)))

    [run] = watcher.runs
    inserts = [item for item in run.statements if item.sql.startswith("INSERT")]
    assert [(item.operation, item.times) for item in inserts] == [(2, 3)]
    assert "%s" in inserts[0].sql
    assert any(item.sql == "UPDATE watched_book SET title = '…'" for item in run.statements)
    assert "secret" not in repr(run.statements)


def test_the_record_in_the_history_is_no_part_of_it() -> None:
    watcher, _ = apply(migration(BOOK))

    assert not any("django_migrations" in item.sql for item in watcher.runs[0].statements)


def test_an_operation_that_fails_is_named_and_nothing_of_it_stays() -> None:
    executor = MigrationExecutor(connection)
    failing = migrations.RunSQL("ALTER TABLE nowhere ADD a int")

    with watch(connection) as watcher, pytest.raises(DatabaseError):
        executor.apply_migration(ProjectState(), migration(BOOK, failing))

    run = watcher.run
    assert run is not None
    assert (run.operation, run.finished, run.seconds, watcher.runs) == (2, [1], None, [])
    assert (run.statements[-1].sql, run.statements[-1].failed) == (
        "ALTER TABLE nowhere ADD a int",
        True,
    )
    assert "watched_book" not in connection.introspection.table_names()


def test_deferred_sql_that_fails_leaves_no_transaction_behind_and_no_record() -> None:
    clash = migrations.RunSQL("CREATE TABLE watched_title_clash (a int)")
    indexed = migrations.CreateModel(
        "Book",
        [("id", models.AutoField(primary_key=True)), ("title", models.TextField())],
        options={"indexes": [models.Index(fields=["title"], name="watched_title_clash")]},
    )
    executor = MigrationExecutor(connection)

    with watch(connection) as watcher, pytest.raises(DatabaseError):
        executor.apply_migration(ProjectState(), migration(clash, indexed))

    assert watcher.run is not None
    assert watcher.run.statements[-1].operation == 2
    assert not connection.in_atomic_block
    assert "watched_book" not in connection.introspection.table_names()


def test_what_ran_and_its_record_are_one_transaction_deferred_sql_too() -> None:
    apply(migration(BOOK, SHELF))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xmin::text FROM django_migrations WHERE app = 'watched' UNION "
            "SELECT xmin::text FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'watched_shelf'::regclass"
        )
        transactions = cursor.fetchall()
    assert len(transactions) == 1


def test_backwards_the_numbers_are_those_of_the_file() -> None:
    made = migration(BOOK, INDEX)
    apply(made)
    executor = MigrationExecutor(connection)

    with watch(connection) as watcher:
        executor.unapply_migration(ProjectState(), made)

    [run] = watcher.runs
    assert run.backwards
    assert brief(run) == [(2, "DROP INDEX"), (1, "DROP TABLE")]


def test_with_nobody_watching_migrations_run_as_ever() -> None:
    MigrationExecutor(connection).apply_migration(ProjectState(), migration(BOOK))

    assert "watched_book" in connection.introspection.table_names()
