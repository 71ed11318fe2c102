"""``migrate`` on databases that are there already."""

from __future__ import annotations

import re

import psycopg
import pytest

from tests.database.shop import Shop

PRODUCT = """
class Product(models.Model):
    name = models.CharField(max_length=30, db_index=True)
"""
KIND = """
class Kind(models.Model):
    name = models.CharField(max_length=30, unique=True)

class Product(models.Model):
    name = models.CharField(max_length=40, db_index=True)
    kind = models.ForeignKey(Kind, models.CASCADE, null=True)
"""
INDEXED = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_begin")]
    operations = [
        migrations.AddIndex("Product", models.Index(fields=["name"], name="by_name")),
        migrations.AddConstraint(
            "Product",
            models.CheckConstraint(condition=~models.Q(name="x"), name="not_x"),
        ),
    ]
"""
RENAMED = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0002_indexed")]
    operations = [migrations.RenameField("Product", "name", "title")]
"""
ADDED = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0003_renamed")]
    operations = [migrations.AddField("Product", "size", models.IntegerField(null=True))]
"""
PYTHON = """
from django.db import migrations

def fill(apps, schema_editor):
    Product = apps.get_model("shop", "Product")
    Product.objects.create(name="made by a migration")

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_begin")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
"""


@pytest.fixture
def two_migrations(shop: Shop) -> Shop:
    """A project with two migrations, of which the database has neither."""
    shop.models(PRODUCT)
    shop.run("makemigrations", "shop", "--name", "begin")
    shop.models(KIND)
    shop.run("makemigrations", "shop", "--name", "kinds")
    assert list(shop.migrations) == ["0001_begin", "0002_kinds"]
    return shop


def applied(shop: Shop) -> list[str]:
    """Return the names of the app's applied migrations."""
    return [
        name
        for (name,) in shop.sql("SELECT name FROM django_migrations WHERE app = 'shop' ORDER BY id")
    ]


def test_a_pushed_database_is_recorded_and_not_touched(two_migrations: Shop) -> None:
    shop = two_migrations
    assert shop.push().code == 0
    shop.sql("INSERT INTO shop_product (name) VALUES ('a')")
    files = "SELECT relname, relfilenode FROM pg_class WHERE relname LIKE 'shop%' ORDER BY 1"
    before = shop.dump(), shop.sql("SELECT xmin::text, * FROM shop_product"), shop.sql(files)

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert "  shop.0001_begin\n  shop.0002_kinds\n" in result.stdout
    after = shop.dump(), shop.sql("SELECT xmin::text, * FROM shop_product"), shop.sql(files)
    assert after == before
    assert applied(shop) == ["0001_begin", "0002_kinds"]
    assert shop.run("migrate").stdout.count("Recorded") == 0


def test_adoption_takes_no_lock_stronger_than_a_read(two_migrations: Shop) -> None:
    shop = two_migrations
    assert shop.push().code == 0

    with psycopg.connect(shop.server.url(shop.database)) as somebody:
        # Of all locks it lets only that of a SELECT through.
        somebody.execute("LOCK TABLE shop_product, shop_kind IN EXCLUSIVE MODE")
        result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert applied(shop) == ["0001_begin", "0002_kinds"]


@pytest.mark.parametrize(
    ("table", "tool"),
    [
        ("drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)", "Drizzle"),
        ("_prisma_migrations (id text, checksum text)", "Prisma"),
        ("schema_migrations (version text)", "Rails"),
    ],
)
def test_the_history_of_another_tool_is_named_and_left_alone(
    two_migrations: Shop, table: str, tool: str
) -> None:
    shop = two_migrations
    assert shop.push().code == 0
    name = table.partition(" ")[0]
    shop.sql("CREATE SCHEMA drizzle")
    shop.sql(f"CREATE TABLE {table}")
    before = shop.sql(f"SELECT '{name}'::regclass::oid, pg_relation_filenode('{name}')")

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    name = name if "." in name else f"public.{name}"
    assert f"Left alone: {name}, the history of {tool}." in result.stdout
    assert shop.sql(f"SELECT '{name}'::regclass::oid, pg_relation_filenode('{name}')") == before


def test_the_newest_state_that_holds_is_recorded_and_the_rest_runs(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.models(PRODUCT)
    assert shop.push().code == 0
    shop.models(KIND)

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert "Recorded, as the database has them already:\n  shop.0001_begin\n" in result.stdout
    assert "Applying shop.0002_kinds... OK" in result.stdout
    assert shop.push("--check").code == 0


@pytest.mark.parametrize("there", ["0001", "0002", "0003", "0004"])
def test_an_index_on_a_field_that_is_renamed_later_is_found(
    two_migrations: Shop, there: str
) -> None:
    shop = two_migrations
    (shop.folder / "shop" / "migrations" / "0002_kinds.py").unlink()
    for name, text in (("0002_indexed", INDEXED), ("0003_renamed", RENAMED), ("0004_add", ADDED)):
        shop.migration(name, text)
    assert shop.run("migrate", "shop", there).code == 0
    before = applied(shop)
    shop.sql("DELETE FROM django_migrations WHERE app = 'shop'")

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    recorded = re.findall(r"^  shop\.(\w+)$", result.stdout, flags=re.MULTILINE)
    assert recorded == before
    assert applied(shop) == ["0001_begin", "0002_indexed", "0003_renamed", "0004_add"]


def test_a_fresh_database_is_migrated_as_ever(two_migrations: Shop) -> None:
    result = two_migrations.run("migrate")

    assert result.code == 0, result.stderr
    assert "Recorded" not in result.stdout
    assert "Applying shop.0001_begin... OK" in result.stdout
    assert two_migrations.push("--check").code == 0


def test_a_pending_migration_runs_as_ever_beside_a_change_by_hand(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.run("migrate", "shop", "0001")
    shop.sql("CREATE INDEX dba_index ON shop_product (id, name)")
    shop.sql("COMMENT ON TABLE shop_product IS 'by hand'")

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert "Applying shop.0002_kinds... OK" in result.stdout


def test_a_strangers_index_is_no_difference(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.push()
    shop.sql("CREATE INDEX dba_index ON shop_product (id, name)")

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert applied(shop) == ["0001_begin", "0002_kinds"]


def test_e630_a_database_in_no_state_of_the_plan_is_named(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.push()
    shop.sql("ALTER TABLE shop_product ALTER COLUMN name TYPE varchar(55)")
    before = shop.dump()

    result = shop.run("migrate")

    assert result.code == 3
    assert "prodobit.E630" in result.stderr
    assert "character varying(55)" in result.stderr
    assert shop.dump() == before
    assert applied(shop) == []


def test_e631_migrations_with_python_are_never_taken_as_done(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.run("makemigrations", "shop", "--name", "begin")
    shop.migration("0002_rows", PYTHON)
    shop.migration("0003_more", PYTHON.replace("0001_begin", "0002_rows"))
    shop.models(PRODUCT + "    size = models.IntegerField(null=True)\n")
    shop.run("makemigrations", "shop", "--name", "size")
    shop.push()

    refused = shop.run("migrate")

    assert refused.code == 4
    assert "prodobit.E631" in refused.stderr
    assert "shop.0002_rows, shop.0003_more" in refused.stderr
    assert applied(shop) == []


@pytest.mark.parametrize(("option", "rows"), [("adopt", 0), ("run", 2)])
def test_migrations_with_python_are_adopted_or_run_as_told(
    shop: Shop, option: str, rows: int
) -> None:
    shop.models(PRODUCT)
    shop.run("makemigrations", "shop", "--name", "begin")
    shop.migration("0002_rows", PYTHON)
    shop.migration("0003_more", PYTHON.replace("0001_begin", "0002_rows"))
    shop.push()

    result = shop.run("migrate", f"--{option}-data-migrations")

    assert result.code == 0, result.stderr
    assert applied(shop) == ["0001_begin", "0002_rows", "0003_more"]
    assert shop.sql("SELECT count(*) FROM shop_product") == [(rows,)]


def test_data_migrations_behind_the_state_that_holds_simply_run(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.run("makemigrations", "shop", "--name", "begin")
    shop.run("migrate")
    shop.migration("0002_rows", PYTHON)

    result = shop.run("migrate")

    assert result.code == 0, result.stderr
    assert shop.sql("SELECT name FROM shop_product") == [("made by a migration",)]


def test_two_migrates_at_once_wait_for_each_other(two_migrations: Shop) -> None:
    both = [two_migrations.begin("migrate") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    texts = [output[0] for output in outputs]
    assert sum("Applying shop.0002_kinds... OK" in text for text in texts) == 1
    assert sum("No migrations to apply." in text for text in texts) == 1


def test_a_migrate_waits_for_a_push(two_migrations: Shop) -> None:
    shop = two_migrations
    with shop.server.connect(shop.database) as other:
        other.execute("SELECT pg_advisory_lock(8102661156749076852)")
        process = shop.begin("migrate")
        assert process.stderr is not None
        waiting = process.stderr.readline()
        assert process.poll() is None
        other.execute("SELECT pg_advisory_unlock_all()")
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 0, stderr
    assert "This schema is being changed; waiting for process" in waiting
    assert "Applying shop.0001_begin... OK" in stdout


@pytest.mark.parametrize("arguments", [("--plan",), ("--check",)])
def test_reading_options_wait_for_nobody(two_migrations: Shop, arguments: tuple[str, ...]) -> None:
    shop = two_migrations
    with shop.server.connect(shop.database) as other:
        other.execute("SELECT pg_advisory_lock(8102661156749076852)")

        result = shop.run("migrate", *arguments)

    assert "waiting" not in result.stderr.lower()
    assert applied(shop) == []


def test_migrating_back_works_as_ever(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.run("migrate")

    result = shop.run("migrate", "shop", "zero")

    assert result.code == 0, result.stderr
    assert shop.columns("shop_product") == {}


def test_a_third_migration_is_added_to_a_recorded_history(two_migrations: Shop) -> None:
    shop = two_migrations
    shop.push()
    shop.run("migrate")
    shop.models(KIND + "    size = models.IntegerField(null=True)\n")
    shop.run("makemigrations", "shop", "--name", "size")

    result = shop.run("migrate")

    assert "Applying shop.0003_size... OK" in result.stdout
    assert "size" in shop.columns("shop_product")
