"""``migrate`` as production runs it: several at once, killed, blocked, behind a pooler."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import migrate as djangos
from django.db import connection

from tests.cluster import ROOT, Server, wait_until
from tests.database.pgbouncer import PgBouncer
from tests.database.shop import Shop, new_name

PRODUCT = """
class Product(models.Model):
    name = models.CharField(max_length=30)
"""
BEGIN = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel("Product", [
            ("id", models.BigAutoField(primary_key=True)),
            ("name", models.CharField(max_length=30)),
        ]),
    ]
"""
FILL = """
from django.db import migrations

def fill(apps, schema_editor):
    apps.get_model("shop", "Product").objects.create(name="made by a migration")

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_begin")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
"""
NEXT = """
from django.db import migrations, models

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("shop", "0002_fill")]
    operations = [migrations.RunSQL(sql) for sql in {statements!r}]
"""


@pytest.fixture(scope="module")
def filled_template(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with two applied migrations and one row."""
    name = new_name("filled_template")
    cluster.create(name)
    shop = Shop.make(tmp_path_factory.mktemp("filled"), cluster, name)
    begin(shop)
    result = shop.run("migrate", "-v0")
    assert result.code == 0, result.stderr
    yield name
    cluster.drop(name)


@pytest.fixture
def filled(cluster: Server, filled_template: str, tmp_path: Path) -> Iterator[Shop]:
    """A project with such a database of its own."""
    name = new_name("filled")
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {filled_template}".encode())
    shop = Shop.make(tmp_path, cluster, name)
    begin(shop)
    yield shop
    cluster.drop(name)


def begin(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.migration("0001_begin", BEGIN)
    shop.migration("0002_fill", FILL)


def follow(shop: Shop, *statements: str, atomic: bool = True, name: str = "0003_next") -> None:
    """Write a third migration."""
    shop.migration(name, NEXT.format(atomic=atomic, statements=list(statements)))


def applied(shop: Shop) -> list[str]:
    return [
        name
        for (name,) in shop.sql("SELECT name FROM django_migrations WHERE app = 'shop' ORDER BY id")
    ]


def runs(shop: Shop, query: str) -> Callable[[], list[Any]]:
    """Return what tells whether a session of migrate runs a query."""

    def look() -> list[Any]:
        return shop.sql(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE 'prodobit migrate%%' AND state = 'active' "
            "AND query LIKE %s",
            query,
        )

    return look


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def seen_at_last(screen: str) -> list[str]:
    """Return the lines of a terminal after all that was written to it."""
    lines = []
    for written in screen.split("\n"):
        line, column = [" "] * 1000, 0
        for sign in written:
            if sign in "\r\b":
                column = 0 if sign == "\r" else column - 1
            else:
                line[column] = sign
                column += 1
        lines.append("".join(line).rstrip())
    return lines


def test_ten_at_once_on_an_empty_database_run_everything_once(
    cluster: Server, tmp_path: Path
) -> None:
    name = new_name("empty")
    cluster.create(name)
    try:
        shop = Shop.make(tmp_path, cluster, name)
        begin(shop)
        follow(shop, "SELECT pg_sleep(0.5)")
        processes = [shop.begin("migrate") for _ in range(10)]
        outputs = [process.communicate(timeout=120) for process in processes]

        assert [process.returncode for process in processes] == [0] * 10, outputs
        assert sum("Applying shop.0002_fill... OK" in out for out, _ in outputs) == 1
        assert sum("No migrations to apply." in out for out, _ in outputs) == 9
        assert sum("This schema is being changed; waiting for" in err for _, err in outputs) >= 8
        assert shop.sql("SELECT name FROM shop_product") == [("made by a migration",)]
        assert applied(shop) == ["0001_begin", "0002_fill", "0003_next"]
    finally:
        cluster.drop(name)


def test_a_pending_data_migration_runs_once(filled: Shop) -> None:
    follow(filled, "INSERT INTO shop_product (name) SELECT pg_sleep(0.3)::text")

    processes = [filled.begin("migrate") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 2, outputs
    assert filled.sql("SELECT count(*) FROM shop_product") == [(2,)]


def test_who_waits_for_one_that_is_killed_begins_when_the_server_is_done_with_it(
    filled: Shop,
) -> None:
    follow(
        filled,
        "INSERT INTO shop_product (name) VALUES ('secret')",
        "SELECT 'secret', pg_advisory_xact_lock(42)",
    )
    working = runs(filled, "SELECT 'secret', pg_advisory_xact_lock(42)")
    with filled.server.connect(filled.database) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        killed = filled.begin("migrate", "--lock-timeout", "0")
        wait_until(working)
        [(pid,)] = working()
        waiting = filled.begin("migrate")
        line = read_line(waiting)

        killed.kill()
        killed.communicate()
        # Of the two locks it has the first one now, and must not go on.
        wait_until(
            lambda: filled.sql(
                "SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.granted "
                "AND l.locktype = 'advisory' AND a.application_name LIKE %s",
                f"prodobit migrate {waiting.pid}@%",
            )
        )
        still = working()
        other.execute("SELECT pg_advisory_unlock(42)")
        stdout, stderr = waiting.communicate(timeout=60)

    assert still == [(pid,)]
    assert waiting.returncode == 0, stderr
    assert f"waiting for process {pid} (prodobit migrate {killed.pid}@" in line
    assert "running: SELECT '…', pg_advisory_xact_lock(…)" in line
    assert "secret" not in line + stderr
    assert "Applying shop.0003_next... OK" in stdout
    assert filled.sql("SELECT count(*) FROM shop_product WHERE name = 'secret'") == [(1,)]


def test_e802_it_waits_no_longer_than_it_was_told(filled: Shop) -> None:
    follow(filled, "SELECT 1")
    with filled.server.connect(filled.database) as other:
        other.execute("SET application_name = 'the night shift'")
        other.execute("SELECT pg_advisory_lock(8102661156749076852)")

        result = filled.run("migrate", "--lock-wait", "0.5")

    assert result.code == 1
    assert "prodobit.E802: After " in result.stderr
    assert "the night shift" in result.stderr
    assert "Traceback" not in result.stderr
    assert applied(filled) == ["0001_begin", "0002_fill"]


@pytest.mark.parametrize(
    "arguments", [("--lock-wait", "-1"), ("--lock-timeout", "nan"), ("--statement-timeout", "1e9")]
)
def test_e803_a_bad_number_of_seconds_is_refused(arguments: tuple[str, ...]) -> None:
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match=r"prodobit\.E803") as caught:
        call_command("migrate", *arguments)

    assert caught.value.returncode == 2


def test_e804_a_failure_is_a_report_and_no_traceback(filled: Shop) -> None:
    follow(filled, "CREATE TABLE aside (a int)", "ALTER TABLE nowhere ADD a int")

    result = filled.run("migrate")
    traced = filled.run("migrate", "--traceback")

    assert result.code == traced.code == 1
    assert result.stdout.endswith("  Applying shop.0003_next...\n")
    assert result.stderr == (
        'CommandError: prodobit.E804: relation "nowhere" does not exist\n'
        "  migration: shop.0003_next\n"
        "  operation: 2 of 2: Raw SQL operation\n"
        "  statement: ALTER TABLE nowhere ADD a int\n"
        "  SQLSTATE:  42P01\n"
        "  Nothing of shop.0003_next was committed.\n"
        "  Correct the name; if it is right, the database is not as it was left, and push --check "
        "shows in what it differs: make that right, then migrate again.\n"
    )
    assert "Traceback (most recent call last)" in traced.stderr
    assert filled.sql("SELECT to_regclass('aside')") == [(None,)]
    assert applied(filled) == ["0001_begin", "0002_fill"]


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Told to end (SIGTERM)")],
)
def test_e808_one_that_is_told_to_end_cancels_what_runs(
    filled: Shop, number: int, code: int, said: str
) -> None:
    follow(filled, "CREATE TABLE aside (a int)", "SELECT pg_sleep(60)")
    process = filled.begin("migrate")
    wait_until(runs(filled, "SELECT pg_sleep%"))

    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)

    assert process.returncode == code
    assert f"prodobit.E808: {said}" in stderr
    assert "Nothing of shop.0003_next was committed." in stderr
    assert "Traceback" not in stderr
    assert runs(filled, "SELECT pg_sleep%")() == []
    assert filled.sql("SELECT to_regclass('aside')") == [(None,)]


def test_e806_a_lost_connection_is_said_with_what_stays(filled: Shop) -> None:
    follow(filled, "CREATE TABLE aside (a int)", "SELECT pg_sleep(60)", atomic=False)
    process = filled.begin("migrate")
    wait_until(runs(filled, "SELECT pg_sleep%"))

    filled.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"
    )
    _, stderr = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "prodobit.E806: The connection was lost: terminating connection" in stderr
    assert "operation 1 is done and stays" in stderr
    assert "Traceback" not in stderr
    assert filled.sql("SELECT to_regclass('aside')::text") == [("aside",)]


def test_one_that_is_blocked_names_who_is_in_the_way_and_tries_again(filled: Shop) -> None:
    follow(filled, "ALTER TABLE shop_product ADD size int")
    with filled.server.connect(filled.database) as other:
        other.execute("SET application_name = 'a report'")
        other.execute("BEGIN")
        other.execute("SELECT FROM shop_product WHERE name = 'secret'")
        process = filled.begin("migrate", "--lock-timeout", "0.3")
        assert process.stdout is not None
        lines: list[str] = []
        while not any("Attempt 1" in line for line in lines):
            lines.append(process.stdout.readline())
        other.execute("ROLLBACK")
        stdout, stderr = process.communicate(timeout=30)

    assert process.returncode == 0, stderr
    told = lines[-1]
    assert re.match(
        r"    Attempt 1 could not get its locks and was rolled back; in the way: process \d+ "
        r"\(a report, user postgres\), since .*, idle in transaction after: SELECT FROM "
        r"shop_product WHERE name = '…'. Next attempt in 1 s.",
        told,
    )
    assert stdout.startswith("  Applying shop.0003_next... OK\n1 migration in ")
    assert "secret" not in told + stdout + stderr


def test_e805_after_the_last_attempt_it_says_who_was_in_the_way(filled: Shop) -> None:
    follow(filled, "SELECT 1", "ALTER TABLE shop_product ADD size int", atomic=False)
    with filled.server.connect(filled.database) as other:
        other.execute("SET application_name = 'a report'")
        other.execute("BEGIN")
        other.execute("SELECT FROM shop_product")
        result = filled.run("migrate", DB_LOCK_TIMEOUT="0.3")

    assert result.code == 1
    assert "prodobit.E805: canceling statement due to lock timeout" in result.stderr
    assert "1 attempt (not atomic, so not tried again); a statement waits 0.3 s" in result.stderr
    assert "In the way: process" in result.stderr
    assert "(a report, user postgres)" in result.stderr


def test_a_statement_timeout_ends_what_takes_too_long(filled: Shop) -> None:
    follow(filled, "SELECT pg_sleep(60)")

    result = filled.run("migrate", "--statement-timeout", "0.2")

    assert result.code == 1
    assert "prodobit.E804: canceling statement due to statement timeout" in result.stderr
    assert "Allow it more time (statement_timeout), then migrate again." in result.stderr


def test_a_terminal_shows_what_runs_and_who_blocks_it(filled: Shop) -> None:
    follow(filled, "ALTER TABLE shop_product ADD size int", "SELECT 'secret', pg_sleep(0.7)")
    with filled.server.connect(filled.database) as other:
        other.execute("SET application_name = 'a report'")
        other.execute("BEGIN")
        other.execute("SELECT FROM shop_product")

        def release() -> None:
            wait_until(runs(filled, "ALTER TABLE%"))
            other.execute("SELECT pg_sleep(2)")
            other.execute("ROLLBACK")

        thread = threading.Thread(target=release)
        thread.start()
        result = filled.run_tty("migrate", COLUMNS="120", NO_COLOR="1")
        thread.join()

    assert result.code == 0, result.stdout
    screen = result.stdout
    assert re.search(
        r"\r  Applying shop.0003_next... 1 of 1, \d s: ALTER TABLE shop_product", screen
    )
    assert re.search(r"blocked \d s by process \d+ \(a report\); ALTER TABLE", screen)
    assert re.search(
        r"\n    Blocked for 1 s by process \d+ \(a report, user postgres\), since", screen
    )
    assert "SELECT '…', pg_sleep(…)" in screen
    assert "secret" not in screen
    left = "\n".join(seen_at_last(screen))
    assert re.search(
        r"Running migrations:\n  Applying shop.0003_next...\n    Blocked for 1 s by process .*\n"
        r"  Applying shop.0003_next... OK\n1 migration in \d+\.\d\d s:\n  shop.0003_next ",
        left,
    )


def test_a_quiet_one_says_nothing(filled: Shop) -> None:
    follow(filled, "SELECT pg_sleep(0.6)")

    result = filled.run_tty("migrate", "-v0")

    assert (result.code, result.stdout) == (0, "")


@pytest.fixture(scope="module")
def pooler(cluster: Server) -> Iterator[PgBouncer]:
    with PgBouncer(cluster, "transaction") as running:
        yield running


def test_e801_behind_pgbouncer_in_transaction_mode_it_says_what_to_set(
    filled: Shop, pooler: PgBouncer
) -> None:
    follow(filled, "SELECT 1")
    through = {"DATABASE_URL": pooler.url(filled.database)}
    target = filled.server.parameters(tcp=True)
    through["DATABASE_URL"] = through["DATABASE_URL"].replace(
        "postgres@", f"postgres:{target.get('password', '')}@"
    )

    refused = filled.run("migrate", **through)
    pushed = filled.run("push", **through)
    done = filled.run(
        "migrate", **through, DB_DIRECT_HOST=target["host"], DB_DIRECT_PORT=target["port"]
    )

    assert (refused.code, pushed.code) == (1, 1)
    for result in (refused, pushed):
        assert "prodobit.E801" in result.stderr
        assert "Set DB_DIRECT_HOST and DB_DIRECT_PORT" in result.stderr
        assert "Traceback" not in result.stderr
    assert done.code == 0, done.stderr
    assert "Applying shop.0003_next... OK" in done.stdout


def test_behind_pgbouncer_in_session_mode_it_works_and_locks(cluster: Server, filled: Shop) -> None:
    follow(filled, "INSERT INTO shop_product (name) SELECT pg_sleep(0.5)::text")
    with PgBouncer(cluster, "session") as running:
        url = running.url(filled.database)
        processes = [filled.begin("migrate", DATABASE_URL=url) for _ in range(2)]
        outputs = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], outputs
    assert filled.sql("SELECT count(*) FROM shop_product") == [(2,)]
    assert sum("waiting for process" in err for _, err in outputs) == 1


def test_behind_pgbouncer_in_session_mode_an_empty_database_is_filled(
    cluster: Server, tmp_path: Path
) -> None:
    name = new_name("pooled")
    cluster.create(name)
    shop = Shop.make(tmp_path, cluster, name)
    begin(shop)

    with PgBouncer(cluster, "session") as running:
        done = shop.run("migrate", DATABASE_URL=running.url(name))

    assert done.code == 0, done.stderr
    assert shop.sql("SELECT name FROM shop_product") == [("made by a migration",)]
    cluster.drop(name)


@pytest.mark.django_db(transaction=True)
def test_with_nothing_to_do_it_asks_little_more_than_djangos_own() -> None:
    counts = []
    for command in (djangos.Command(), "migrate"):
        statements: list[str] = []

        def take(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            statements.append(str(sql))  # noqa: B023
            return execute(sql, params, many, context)

        with connection.execute_wrapper(take):
            call_command(command, verbosity=0, skip_checks=True)
        counts.append(len(statements))

    # The lock and the timeouts, set and reset, and the history.
    assert counts[1] <= counts[0] + 6


def test_every_id_has_a_heading_in_its_page() -> None:
    sources = [*(ROOT / "database").rglob("*.py")]
    ids = {
        found
        for path in sources
        for found in re.findall(r"prodobit\.[EW]8[012]\d", path.read_text())
    }
    page = (ROOT / "docs" / "migrate.md").read_text()

    assert ids == set(re.findall(r"^### (prodobit\.[EW]8[012]\d)$", page, re.MULTILINE))
