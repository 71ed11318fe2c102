"""The working session is watched from another one while it works."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,arg-type"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, migrations
from django.db.migrations import Migration

from database.migrating.executor import MigrationExecutor
from database.migrating.monitor import Monitor, Sample
from database.migrating.state import ProjectState
from database.migrating.statements import watch
from database.schema import lock
from tests.cluster import Server


@pytest.fixture(autouse=True)
def database(transactional_db: Any) -> Any:
    """Let statements be committed, and take away what they made."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS watched")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'watched'")


def refuse(session: lock.Session | None) -> None:
    pytest.fail(f"waited for {session}")


def samples(*operations: Any, on_sample: Callable[[Sample], None], atomic: bool = True) -> Monitor:
    kind = type("Migration", (Migration,), {"operations": list(operations), "atomic": atomic})
    with (
        lock.hold(connection, application="a test", on_wait=refuse) as held,
        watch(connection) as watcher,
    ):
        monitor = Monitor(held, watcher, on_sample, interval=0.02)
        monitor.start()
        try:
            executor = MigrationExecutor(connection)
            executor.apply_migration(ProjectState(), kind("0001_watched", "watched"))
        finally:
            monitor.stop()
    return monitor


def test_an_index_build_has_phases_and_a_part_done() -> None:
    seen: list[Sample] = []

    samples(
        migrations.RunSQL(
            "CREATE TABLE watched AS SELECT md5(n::text) AS a FROM generate_series(1, 150000) n"
        ),
        migrations.RunSQL("CREATE INDEX ON watched (a)"),
        on_sample=seen.append,
    )

    builds = [each for each in seen if each.statement and "INDEX" in each.statement.sql]
    assert any(each.phase.startswith("building index") for each in builds)
    parts = [each.done for each in builds if each.done is not None]
    assert parts
    assert all(0 <= part <= 1 for part in parts)


def test_who_blocks_is_seen_and_kept(cluster: Server) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE watched (a int)")
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        other.execute("SET application_name = 'a report'")
        other.execute("BEGIN")
        other.execute("SELECT FROM watched WHERE a = 5")
        seen: list[Sample] = []

        def look(sample: Sample) -> None:
            seen.append(sample)
            if sample.blocked > 0.1:
                other.execute("ROLLBACK")

        monitor = samples(migrations.RunSQL("ALTER TABLE watched ADD b int"), on_sample=look)

    [session] = monitor.blocking
    assert (session.application, session.state) == ("a report", "idle in transaction")
    assert session.statement == "SELECT FROM watched WHERE a = …"
    assert max(each.blocked for each in seen) > 0.1


def test_what_no_cursor_executes_is_seen_too() -> None:
    def copy(apps: Any, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE watched (a text)")
            with cursor.copy("COPY watched FROM STDIN") as pipe:
                while "copy from" not in phases():
                    pipe.write(b"secret\n")

    def phases() -> set[str]:
        return {
            each.phase
            for each in seen
            if each.statement and each.statement.sql == "COPY watched FROM STDIN"
        }

    seen: list[Sample] = []

    samples(migrations.RunPython(copy), on_sample=seen.append)

    assert "copy from" in phases()


def test_the_run_goes_on_when_nothing_can_be_seen_any_more(cluster: Server) -> None:
    seen: list[Sample] = []

    def lose(apps: Any, editor: Any) -> None:
        with cluster.connect(connection.settings_dict["NAME"]) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND objid = (%s & 4294967295)::oid AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())",
                [lock.KEY],
            )
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")

    monitor = samples(migrations.RunPython(lose), on_sample=seen.append)

    assert monitor.trouble
    assert any(each.statement and "pg_sleep" in each.statement.sql for each in seen)
    assert lock.find_holder(connection) is None
