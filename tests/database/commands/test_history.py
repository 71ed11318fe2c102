"""``history``, and what migrate and check say about edited files."""

from __future__ import annotations

import json

import pytest

from tests.database.shop import Shop

PRODUCT = """
class Product(models.Model):
    name = models.CharField(max_length=30)
"""

HEAD = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"


@pytest.fixture
def migrated(shop: Shop) -> Shop:
    """A project with two migrations; the second was edited after it was applied."""
    shop.models(PRODUCT.replace("30", "40"))
    key = "('id', models.BigAutoField(primary_key=True))"
    shop.migration(
        "0001_begin",
        HEAD + f"    operations = [migrations.CreateModel('Product', [{key}, "
        "('name', models.CharField(max_length=30))])]\n",
    )
    shop.migration(
        "0002_a_name_that_is_longer_than_most",
        f"{HEAD}    dependencies = [('shop', '0001_begin')]\n    operations = [\n        migrations"
        ".AlterField('product', 'name', models.CharField(max_length=40)),\n    ]\n",
    )
    result = shop.run("migrate", "shop")
    assert result.code == 0, result.stderr
    return shop


def edit(shop: Shop, *replacements: tuple[str, str]) -> None:
    """Edit the second migration."""
    name = list(shop.migrations)[1]
    text = shop.migrations[name]
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    shop.migration(name, text)


def test_an_edited_migration_stops_migrate_and_check_until_it_is_accepted(migrated: Shop) -> None:
    shop = migrated
    edit(shop, ("max_length=40", "max_length=44"), ("    dependencies", "\n    dependencies"))
    shop.models(PRODUCT.replace("30", "44"))
    name = "shop.0002_a_name_that_is_longer_than_most"

    stopped, checked = shop.run("migrate"), shop.run("check", "--database", "default")

    assert stopped.code == checked.code == 1
    assert f"prodobit.E833: Edited after they were applied: {name}." in stopped.stderr
    assert "-    field=models.CharField(max_length=40)," in stopped.stderr
    assert "+    field=models.CharField(max_length=44)," in stopped.stderr
    assert f"(prodobit.E833) {name} was edited after it was applied" in checked.stderr
    assert "+    field=models.CharField(max_length=44)," in checked.stderr
    assert "Traceback" not in stopped.stderr + checked.stderr
    assert shop.run("migrate", "--plan").code == 1

    shown = shop.run("history", "shop", "0002").stdout
    assert f"{name}: edited\n" in shown
    assert "  Edited since:\n" in shown
    assert "TYPE varchar(40);" in shown

    accepted = shop.run("migrate", "--accept-edited", "shop.0002")
    assert accepted.code == 0, accepted.stderr
    assert f"Accepted {name} as it is now.\n" in accepted.stdout
    assert shop.run("check", "--database", "default").code == 0


def test_a_reformatted_migration_stops_nothing(migrated: Shop) -> None:
    edit(migrated, ("'", '"'), ("AlterField(", "AlterField(\n\n  # longer\n"))

    result = migrated.run("migrate", "--skip-checks")

    assert result.code == 0, result.stderr
    assert "No migrations to apply." in result.stdout


def test_a_file_that_is_gone_is_an_error_of_check_and_a_warning_of_migrate(migrated: Shop) -> None:
    (migrated.folder / "shop/migrations/0002_a_name_that_is_longer_than_most.py").unlink()
    migrated.models(PRODUCT)

    result, checked = migrated.run("migrate"), migrated.run("check", "--database", "default")

    assert result.code == 0, result.stderr
    assert "prodobit.W834: Applied here, and their files are gone: shop.0002_a" in result.stderr
    assert checked.code == 1
    assert "(prodobit.E834) shop.0002_a_name_that_is_longer_than_most is applied" in checked.stderr


WRONG = {
    ("migrate", "--accept-edited", "shop"): "prodobit.E837: --accept-edited shop: there is no",
    ("migrate", "--accept-edited", "shop.0"): "prodobit.E837: There is more than one migration",
    ("migrate", "--accept-edited", "--plan"): "--plan and --check only read",
    ("history", "nowhere"): "The app nowhere is not installed, and was never migrated.",
    ("history", "shop", "0"): "shop.0: more than one begins so: 0001_begin, 0002_a",
    ("history", "shop", "9"): "shop.9: there is none.",
}


def test_wrong_usage_is_said_in_a_sentence(migrated: Shop) -> None:
    for arguments, message in WRONG.items():
        result = migrated.run(*arguments)

        assert result.code == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_the_table_fits_a_terminal_and_is_whole_elsewhere(migrated: Shop) -> None:
    wide, narrow = (
        migrated.run("history"),
        migrated.run_tty("history", NO_COLOR="1", COLUMNS="80", PYTHONIOENCODING="ascii"),
    )

    assert "  applied  0002_a_name_that_is_longer_than_most " in wide.stdout
    assert narrow.code == 0
    lines = narrow.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith("  applied  0001_begin  ")]
    assert lines.count("shop") == 1


def test_json_has_everything(migrated: Shop) -> None:
    result = migrated.run("history", "shop", "--json")

    document = json.loads(result.stdout)
    assert document["database"] == "default"
    first, _ = document["migrations"]
    assert (first["app"], first["name"], first["state"]) == ("shop", "0001_begin", "applied")
    assert first["file"].endswith("/shop/migrations/0001_begin.py")
    (event,) = first["events"]
    assert event["event"] == "run"
    assert event["statements"][0]["sql"].startswith('CREATE TABLE "shop_product" (')
    assert {"fingerprint", "source", "operations", "started", "seconds", "backup"} < set(event)
    assert {"database_user", "os_user", "host", "postgresql", "django", "prodobit"} < set(event)


def test_what_was_there_already_is_adopted(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.run("makemigrations", "shop", "--name", "begin")
    assert shop.push().code == 0

    result = shop.run("migrate", "shop")

    assert result.code == 0, result.stderr
    assert "  adopted  0001_begin  " in shop.run("history", "shop").stdout
    pulled = shop.run("push", "--check")
    assert pulled.code == 0, pulled.stdout


FILL = """
from django.db import migrations

def fill(apps, schema_editor):
    for number in range(3):
        apps.get_model("shop", "Product").objects.create(name="{}")

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("shop", "0002_a_name_that_is_longer_than_most")]
    operations = [migrations.RunPython(fill)]
"""


def test_what_is_run_of_an_adopted_migration_is_kept_or_reported(migrated: Shop) -> None:
    shop = migrated
    shop.sql("DELETE FROM django_migrations WHERE app = 'shop'")
    shop.migration("0003_fill", FILL.format("x" * 50))
    failed = shop.run("migrate", "shop", "--run-data-migrations")
    shop.migration("0003_fill", FILL.format("x"))

    result = shop.run("migrate", "shop", "--run-data-migrations")

    assert failed.code == 1
    assert "  migration: shop.0003_fill\n  operation: 1 of 1: Raw Python" in failed.stderr
    assert "Nothing of shop.0003_fill was committed." in failed.stderr
    assert result.code == 0, result.stderr
    shown = shop.run("history", "shop", "0003").stdout
    assert "shop.0003_fill: adopted\n" in shown
    assert "-- 3 times" in shown
    assert shop.sql("SELECT count(*) FROM shop_product") == [(3,)]
