"""Statements are sent ahead, and everything is as if each had been waited for."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.contenttypes.management import RenameContentType
from django.db import DatabaseError, OperationalError, connection, migrations, models
from django.db.migrations import Migration
from django.db.utils import ProgrammingError

from database.migrating import pipeline
from database.migrating.executor import MigrationExecutor
from database.migrating.pipeline import UNANSWERED, Pipeline
from database.migrating.state import ProjectState
from database.migrating.statements import Watcher, watch
from tests.cluster import Server

ID = ("id", models.AutoField(primary_key=True))
SLOW = "CREATE TABLE ahead_slow AS SELECT pg_sleep(0.3)::text AS a"


def table(name: str, *fields: Any) -> migrations.CreateModel:
    return migrations.CreateModel(name, [ID, *fields])


def python(function: Callable[[Any], None]) -> migrations.RunPython:
    return migrations.RunPython(lambda apps, schema_editor: function(schema_editor))


def migration(*operations: Any, **attributes: Any) -> Migration:
    kind = type("Migration", (Migration,), {"operations": list(operations), **attributes})
    return kind("0001_ahead", "ahead")


@pytest.fixture(autouse=True)
def database(transactional_db: Any) -> Any:
    """Let statements be committed, and take the tables away."""
    yield
    connection.ensure_connection()
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names() if "ahead_" in name]
        for name in tables:
            cursor.execute(f"DROP TABLE {name} CASCADE")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ahead'")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent ahead."""
    found: list[str] = []

    def note(self: Watcher, sql: str) -> None:
        found.append(sql)
        original(self, sql)

    original = Watcher.sent
    monkeypatch.setattr(Watcher, "sent", note)
    return found


def apply(*operations: Any, **attributes: Any) -> Watcher:
    executor = MigrationExecutor(connection)
    with watch(connection) as watcher:
        executor.apply_migration(ProjectState(), migration(*operations, **attributes))
    return watcher


def fail(*operations: Any, error: type[BaseException] = DatabaseError) -> tuple[Watcher, Any]:
    """Apply what fails, and return what was taken down and the error."""
    executor = MigrationExecutor(connection)
    with watch(connection) as watcher, pytest.raises(error) as caught:
        executor.apply_migration(ProjectState(), migration(*operations))
    assert watcher.run is not None
    assert "ahead_first" not in connection.introspection.table_names()
    return watcher, caught.value


@pytest.mark.parametrize(
    ("sql", "is_one"),
    [
        ('CREATE TABLE "a" ("b" integer)', True),
        ('CREATE UNIQUE INDEX "a" ON "b" ("c")', True),
        ('ALTER TABLE "a" ADD CONSTRAINT "b" CHECK ("c" > 0)', True),
        ('DROP INDEX IF EXISTS "a"', True),
        ("COMMENT ON TABLE \"a\" IS 'text'", True),
        ("ALTER TABLE a ADD b int\n", True),
        ("SELECT 1", False),
        ('UPDATE "a" SET "b" = 1', False),
        ('CREATE INDEX CONCURRENTLY "a" ON "b" ("c")', False),
        ('DROP INDEX CONCURRENTLY IF EXISTS "a"', False),
        ("COMMENT ON TABLE \"a\" IS 'one; two'", False),
        ('SET CONSTRAINTS "a" IMMEDIATE; ALTER TABLE "b" DROP CONSTRAINT "a"', False),
        ("CREATE EXTENSION IF NOT EXISTS hstore", False),
        ("COMMIT", False),
    ],
)
def test_only_single_statements_that_answer_nothing_are_sent_ahead(sql: str, is_one: bool) -> None:
    assert bool(UNANSWERED.match(sql)) is is_one


def test_tables_indexes_and_foreign_keys_are_sent_ahead_and_in_order(sent: list[str]) -> None:
    second = table("Second", ("first", models.ForeignKey("ahead.First", models.CASCADE)))

    watcher = apply(table("First", ("name", models.TextField(db_index=True))), second)

    taken_down = [each.sql for each in watcher.runs[0].statements]
    assert taken_down == sent
    assert [each.split()[:2] for each in taken_down] == [
        ["CREATE", "TABLE"],
        ["CREATE", "TABLE"],
        *[["CREATE", "INDEX"]] * 2,
        ["ALTER", "TABLE"],
        ["CREATE", "INDEX"],
    ]
    assert all(each.seconds is not None for each in watcher.runs[0].statements)


def test_more_than_may_be_on_their_way_all_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "LONGEST", 7)

    apply(*(table(f"Table{number}") for number in range(40)))

    names = connection.introspection.table_names()
    assert sum(name.startswith("ahead_table") for name in names) == 40


def test_an_operation_that_asks_the_catalog_sees_what_was_sent(sent: list[str]) -> None:
    first = table("First", ("a", models.IntegerField()), ("b", models.IntegerField()))

    apply(
        first,
        migrations.AlterUniqueTogether("First", {("a", "b")}),
        migrations.AlterUniqueTogether("First", set()),
    )

    assert any("UNIQUE" in each for each in sent)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "ahead_first")
    assert [each["primary_key"] for each in found.values()] == [True]


def test_python_finds_everything_done_and_its_own_statements_wait(sent: list[str]) -> None:
    def fill(apps: Any, schema_editor: Any) -> None:
        apps.get_model("ahead", "Second").objects.create()
        schema_editor.execute("ALTER TABLE ahead_second ADD extra int", None)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT extra FROM ahead_second")
            assert cursor.fetchall() == [(None,)]

    apply(table("First"), table("Second"), migrations.RunPython(fill), table("Third"))

    assert not any("extra" in each for each in sent)
    assert any("ahead_third" in each for each in sent)


def test_python_may_handle_the_error_of_its_own_statement() -> None:
    def try_it(schema_editor: Any) -> None:
        from django.db import transaction

        with pytest.raises(ProgrammingError), transaction.atomic():
            schema_editor.execute("ALTER TABLE nowhere ADD a int", None)

    watcher = apply(table("First"), table("Second"), python(try_it))

    assert watcher.runs[0].finished == [1, 2, 3]
    assert "ahead_second" in connection.introspection.table_names()


def test_an_operation_that_handles_errors_handles_none_but_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []
    monkeypatch.setattr(RenameContentType, "_rename", lambda *args: called.append("renamed"))

    _, error = fail(
        table("First"),
        migrations.RunSQL(SLOW),
        migrations.RunSQL("CREATE UNIQUE INDEX ahead_first ON ahead_slow ((pg_sleep(0)::text))"),
        RenameContentType("ahead", "first", "second"),
    )

    assert called == []
    assert "must be marked IMMUTABLE" in str(error)


def test_a_statement_that_fails_is_named_however_far_python_has_come() -> None:
    watcher, error = fail(
        table("First"),
        migrations.RunSQL(SLOW),
        migrations.RunSQL("ALTER TABLE nowhere ADD a int"),
        *(table(f"Later{number}") for number in range(3)),
    )

    assert 'relation "nowhere" does not exist' in str(error)
    run = watcher.run
    assert run is not None
    assert (run.operation, run.finished, watcher.current) == (3, [1, 2], None)
    assert [each.failed for each in run.statements] == [False, False, True]
    assert run.statements[-1].sql == "ALTER TABLE nowhere ADD a int"


def test_what_fails_in_python_after_a_statement_has_failed_is_not_what_is_told() -> None:
    def raise_it(schema_editor: Any) -> None:
        raise AssertionError("is never called")

    _, error = fail(
        table("First"),
        migrations.RunSQL(SLOW),
        migrations.RunSQL("ALTER TABLE nowhere ADD a int"),
        migrations.AddField("Nowhere", "a", models.IntegerField()),
        python(raise_it),
    )

    assert isinstance(error, ProgrammingError)
    assert "nowhere" in str(error)


def test_what_fails_in_python_is_told_where_every_statement_was_well() -> None:
    _, error = fail(
        table("First"),
        table("Second"),
        migrations.AddField("Nowhere", "a", models.IntegerField()),
        error=KeyError,
    )

    assert error.args == (("ahead", "nowhere"),)


def test_deferred_sql_that_fails_is_of_its_operation_which_has_finished() -> None:
    indexed = migrations.CreateModel(
        "First", [ID], options={"indexes": [models.Index(fields=["id"], name="ahead_slow")]}
    )

    watcher, _ = fail(migrations.RunSQL(SLOW), indexed, table("Last"))

    run = watcher.run
    assert run is not None
    assert (run.statements[-1].operation, run.statements[-1].failed) == (2, True)
    assert run.finished == [1, 2, 3]


def test_a_slow_statement_has_its_own_time_and_so_has_the_next() -> None:
    watcher = apply(table("First"), migrations.RunSQL(SLOW), table("Second"), table("Third"))

    seconds = [each.seconds or 0 for each in watcher.runs[0].statements]
    assert seconds[1] >= 0.3
    assert sum(seconds) - seconds[1] < seconds[1]


def test_the_next_migration_begins_after_the_connection_was_left_as_it_was() -> None:
    apply(table("First"), table("Second"))

    assert connection.connection.pgconn.pipeline_status == psycopg.pq.PipelineStatus.OFF
    assert connection.execute_wrappers == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2")


@contextmanager
def every_logger(level: int) -> Iterator[None]:
    logger = logging.getLogger("django.db.backends")
    before = logger.level
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.setLevel(before)


def test_nothing_is_sent_ahead_where_somebody_looks_at_each_statement(sent: list[str]) -> None:
    def pass_on(execute: Any, *args: Any) -> Any:
        return execute(*args)

    operations = (table("First"), table("Second"))

    with connection.execute_wrapper(pass_on):
        apply(*operations)
    apply(table("Third"), atomic=False)
    with every_logger(logging.DEBUG):
        apply(table("Fourth"), table("Fifth"))

    assert sent == []


def test_a_migration_with_an_apply_of_its_own_waits_for_each_statement(sent: list[str]) -> None:
    def own(self: Any, state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        return Migration.apply(self, state, schema_editor, collect_sql)

    apply(table("First"), table("Second"), apply=own)

    assert sent == []
    assert "ahead_second" in connection.introspection.table_names()


END = "SELECT pg_terminate_backend(%s)"
RUNNING = """
SELECT pid FROM pg_stat_activity
WHERE datname = %s AND state = 'active' AND query LIKE 'CREATE %%pg_sleep(60)%%'
"""


def once_it_runs(server: Server, act: Callable[[Any, int], object]) -> None:
    """Do something in a thread, given another session and the one in which the statement runs."""
    name = connection.settings_dict["NAME"]

    def watch_for_it() -> None:
        with server.connect() as other:
            for _ in range(600):
                row = other.execute(RUNNING, [name]).fetchone()
                if row is not None:
                    act(other, row[0])
                    return
                time.sleep(0.05)

    threading.Thread(target=watch_for_it, daemon=True).start()


def test_an_interrupted_migration_cancels_what_runs_on_the_server(cluster: Server) -> None:
    slow = migrations.RunSQL("CREATE TABLE ahead_slow AS SELECT pg_sleep(60)::text AS a")
    once_it_runs(cluster, lambda other, pid: os.kill(os.getpid(), signal.SIGINT))
    began = time.monotonic()

    watcher, _ = fail(table("First"), slow, table("Second"), error=KeyboardInterrupt)

    assert time.monotonic() - began < 30
    assert watcher.run is not None
    assert "pg_sleep" in watcher.run.statements[-1].sql
    assert watcher.run.statements[-1].failed
    with connection.cursor() as cursor:
        cursor.execute(RUNNING, [connection.settings_dict["NAME"]])
        assert cursor.fetchall() == []


def test_a_connection_that_is_lost_is_an_error_of_what_ran(cluster: Server) -> None:
    slow = migrations.RunSQL("CREATE TABLE ahead_slow AS SELECT pg_sleep(60)::text AS a")
    once_it_runs(cluster, lambda other, pid: other.execute(END, [pid]))
    executor = MigrationExecutor(connection)

    with watch(connection) as watcher, pytest.raises(OperationalError) as caught:
        executor.apply_migration(ProjectState(), migration(table("First"), slow, table("Second")))
    connection.close()

    assert isinstance(caught.value.__cause__, psycopg.errors.AdminShutdown)
    assert watcher.run is not None
    assert "pg_sleep" in watcher.run.statements[-1].sql
    assert watcher.run.statements[-1].failed
    assert "ahead_first" not in connection.introspection.table_names()


def test_names_arrive_in_the_encoding_of_the_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET client_encoding TO LATIN1")
    try:
        apply(table("First"), migrations.RunSQL("COMMENT ON TABLE ahead_first IS 'größer'"))
        with connection.cursor() as cursor:
            cursor.execute("SET client_encoding TO UTF8")
            cursor.execute("SELECT obj_description('ahead_first'::regclass)")
            assert cursor.fetchone() == ("größer",)
    finally:
        connection.close()


def test_a_pipeline_that_is_not_used_does_nothing() -> None:
    found = pipeline.pipeline_of(connection)

    with found.resting():
        found.drain()

    assert isinstance(found, Pipeline)
    assert found not in connection.execute_wrappers
