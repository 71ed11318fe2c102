"""migrate, push, review and adoption with DB_SAFE_MIGRATIONS=true, as a user runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Result, Server, wait_until
from tests.database.shop import Shop, new_name

FIRST = """
class Mood(TextChoices):
    GOOD = "good"
    BAD = "bad"

class Maker(Model):
    name = TextField()

class Thing(Model):
    name = CharField(max_length=50)
    code = IntegerField(null=True)
    note = TextField(null=True)
    mood = EnumField(Mood, "mood", db_default="good")
"""
SECOND = """
class Mood(TextChoices):
    GOOD = "good"
    FINE = "fine"
    BAD = "bad"

class Maker(Model):
    name = TextField()

class Thing(Model):
    name = CharField(max_length=80, unique=True)
    code = IntegerField(default=0, db_index=True)
    mood = EnumField(Mood, "mood", db_default="good")
    maker = ForeignKey(Maker, CASCADE, null=True)

    class Meta:
        constraints = [CheckConstraint(condition=Q(code__gte=0), name="thing_code")]
"""


def run(shop: Shop, *arguments: str, **env: str) -> Result:
    """Run a command with the safe engine."""
    return shop.run(*arguments, DB_SAFE_MIGRATIONS="true", **env)


def models(shop: Shop, text: str) -> None:
    """Replace the models, which have a field of ours."""
    shop.models("from database.fields import EnumField\n" + text)


@pytest.fixture(scope="module")
def migrated(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A project whose first migration was run with the safe engine, with rows."""
    name = new_name("safe")
    cluster.create(name)
    shop = Shop.make(tmp_path_factory.mktemp("safe"), cluster, name)
    models(shop, FIRST)
    assert run(shop, "makemigrations", "shop").code == 0
    result = run(shop, "migrate")
    assert (result.code, result.stderr) == (0, "")
    shop.sql("INSERT INTO shop_thing (name, code) SELECT n, n FROM generate_series(1, 1000) n")
    shop.sql("ANALYZE shop_thing")
    yield shop
    cluster.drop(name)


@pytest.fixture
def filled(cluster: Server, migrated: Shop, tmp_path: Path) -> Iterator[Shop]:
    """A copy of it."""
    name = new_name("safe")
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated.database}".encode())
    shop = Shop.make(tmp_path, cluster, name)
    models(shop, FIRST)
    for stem, text in migrated.migrations.items():
        shop.migration(stem, text)
    yield shop
    cluster.drop(name)


def migration(operations: str) -> str:
    return f"""
        from django.db import migrations, models

        class Migration(migrations.Migration):
            dependencies = [("shop", "0001_initial")]
            operations = [{operations}]
        """


def test_from_the_models_to_the_database(filled: Shop) -> None:
    models(filled, SECOND)
    assert run(filled, "makemigrations", "shop", "--name", "second").code == 0

    document: dict[str, Any] = json.loads(run(filled, "review", "--json").stdout)
    [shown] = document["migrations"]
    statements = [each for op in shown["operations"] for each in op["statements"]]
    migrated = run(filled, "migrate")
    history = json.loads(run(filled, "history", "shop", "--json").stdout)

    assert (migrated.code, migrated.stderr) == (0, "")
    assert any("CREATE UNIQUE INDEX CONCURRENTLY" in each["sql"] for each in statements)
    assert any("VALIDATE CONSTRAINT" in each["sql"] for each in statements)
    assert not any(
        lock["blocks"] and work["seconds"] > 0.01
        for each in statements
        for lock in each["locks"]
        for work in each["work"]
    )
    assert run(filled, "push", "--check").stdout == "No differences.\n"
    assert "FINE" not in json.dumps(filled.columns("shop_thing"))
    assert filled.sql("SELECT enum_range(NULL::mood)::text") == [("{good,fine,bad}",)]
    assert filled.sql("SELECT count(*) FROM shop_thing WHERE name = '7' AND code = 7") == [(1,)]
    assert "0002_second" in json.dumps(history)


def test_what_is_unsafe_is_refused_before_anything_is_run(filled: Shop) -> None:
    filled.migration(
        "0002_unsafe",
        migration(
            'migrations.AddField("Thing", "extra", models.IntegerField(null=True)),'
            'migrations.RenameField("Thing", "note", "remark"),'
            'migrations.AlterField("Thing", "code", models.BigIntegerField(null=True)),'
        ),
    )
    before = filled.dump()

    reviewed = run(filled, "review", "--fail-on", "danger")
    refused = run(filled, "migrate")

    assert reviewed.code == 3
    assert reviewed.stdout.count("danger prodobit.W881") == 2
    assert refused.code == 1
    assert "prodobit.E867: shop.0002_unsafe: Rename field note on Thing to remark" in refused.stderr
    assert "Nothing was run." in refused.stderr
    assert filled.dump() == before
    assert filled.run("migrate").code == 0


def test_what_is_unsafe_is_harmless_on_a_table_without_rows(filled: Shop) -> None:
    filled.migration(
        "0002_rename",
        migration(
            'migrations.RenameField("Maker", "name", "title"),'
            'migrations.RenameModel("Maker", "Firm"),'
        ),
    )

    migrated = run(filled, "migrate")

    assert (migrated.code, migrated.stderr) == (0, "")
    assert filled.columns("shop_firm") == {"id": "bigint", "title": "text"}


def test_push_and_adoption_are_what_they_are(shop: Shop) -> None:
    models(shop, FIRST)
    assert run(shop, "push").code == 0
    models(shop, SECOND)
    assert run(shop, "push").code == 0
    assert run(shop, "push", "--check").code == 0
    assert run(shop, "push", "--promote", "first").code == 0

    adopted = run(shop, "migrate")

    assert adopted.code == 0
    assert "Recorded, as the database has them already:\n  shop.0001_first" in adopted.stdout
    assert run(shop, "push", "--check").stdout == "No differences.\n"


def test_a_statement_that_is_blocked_is_tried_again_by_itself(filled: Shop) -> None:
    filled.migration(
        "0002_two",
        migration(
            'migrations.AddField("Maker", "extra", models.IntegerField(null=True)),'
            'migrations.AddField("Thing", "extra", models.IntegerField(null=True)),'
        ),
    )
    with filled.server.connect(filled.database) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE shop_thing IN ACCESS SHARE MODE")
        process = filled.begin("migrate", DB_SAFE_MIGRATIONS="true", DB_LOCK_TIMEOUT="0.2")
        wait_until(lambda: "extra" in filled.columns("shop_maker"))
        wait_until(
            lambda: filled.sql(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock' AND query LIKE '%%shop_thing%%'"
            )
        )
        time.sleep(0.3)
        other.execute("ROLLBACK")
    _, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert "extra" in filled.columns("shop_thing")


def test_a_failure_in_the_middle_says_what_stays(filled: Shop) -> None:
    filled.sql("UPDATE shop_thing SET code = 1")
    filled.migration(
        "0002_twice",
        migration(
            'migrations.AddField("Maker", "extra", models.IntegerField(null=True)),'
            'migrations.AddConstraint("Thing", models.UniqueConstraint(fields=["code"], '
            'name="once")),'
        ),
    )

    failed = run(filled, "migrate")

    assert failed.code == 1
    assert "operation: 2 of 2: Create constraint once on model Thing" in failed.stderr
    assert "operation 1 is done and stays" in failed.stderr
    assert 'DROP INDEX CONCURRENTLY "public"."once";' in failed.stderr
    assert "Traceback" not in failed.stderr
