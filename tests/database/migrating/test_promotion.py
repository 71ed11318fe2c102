"""``push --promote``: the migration for what was pushed, and what migrate makes of it."""

from __future__ import annotations

import re

import pytest

from database.migrating.promotion import compose
from database.schema.answers import parse_rename
from tests.database.shop import Shop

PRODUCT = """
class Product(models.Model):
    name = models.CharField(max_length=30)
"""
TITLE = """
class Product(models.Model):
    title = models.CharField(max_length=30)
    size = models.IntegerField()
"""


def body(text: str) -> str:
    """Return a migration without the line that says when it was written."""
    return re.sub(r"^# Generated .*$", "", text, flags=re.MULTILINE)


def test_promote_writes_what_makemigrations_would_write(shop: Shop) -> None:
    shop.models(PRODUCT)

    result = shop.push("--promote", "begin")
    promoted = shop.migrations
    for name in promoted:
        (shop.folder / "shop" / "migrations" / f"{name}.py").unlink()
    shop.run("makemigrations", "shop", "--name", "begin")

    assert result.code == 0, result.stderr
    assert list(promoted) == ["0001_begin"]
    assert body(promoted["0001_begin"]) == body(shop.migrations["0001_begin"])


def test_migrate_records_what_was_promoted_and_touches_nothing(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")
    shop.run("migrate")
    shop.sql("INSERT INTO shop_product (name) VALUES ('a'), ('b')")
    shop.models(TITLE)
    pushed = shop.push(
        "--rename", "shop.Product.name=title", "--fill", "shop.Product.size=3", "--promote", "grow"
    )
    before = shop.dump(), shop.sql("SELECT xmin::text, * FROM shop_product ORDER BY id")

    migrated = shop.run("migrate")

    assert pushed.code == 0, pushed.stderr
    assert "RenameField" in shop.migrations["0002_grow"]
    assert migrated.code == 0, migrated.stderr
    assert "Recorded, as the database has them already:\n  shop.0002_grow" in migrated.stdout
    assert (shop.dump(), shop.sql("SELECT xmin::text, * FROM shop_product ORDER BY id")) == before
    assert shop.run("makemigrations", "--check", "shop").code == 0
    assert shop.run("migrate", "--check").code == 0
    assert shop.push().stdout.startswith("Nothing to do")


def test_a_rename_that_was_pushed_earlier_is_promoted_as_one(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")
    shop.run("migrate")
    shop.models(PRODUCT.replace("name", "title"))
    shop.push("--rename", "shop.Product.name=title")

    result = shop.push("--promote", "rename")

    assert result.code == 0, result.stderr
    assert result.stdout.startswith("Nothing to do")
    assert "RenameField" in shop.migrations["0002_rename"]


def test_e626_a_value_for_rows_elsewhere_is_asked_for(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")
    shop.models(PRODUCT + "    size = models.IntegerField()\n")

    refused = shop.push("--promote", "grow")
    done = shop.push("--promote", "grow", "--fill", "shop.Product.size=1")

    assert refused.code == 4
    assert "prodobit.E626" in refused.stderr
    assert "--fill shop.Product.size=VALUE" in refused.stderr
    assert done.code == 0, done.stderr
    assert list(shop.migrations) == ["0001_begin", "0002_grow"]


def test_promote_says_that_there_is_nothing_to_write(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")

    result = shop.push("--promote", "again")

    assert result.code == 0
    assert "up to date" in result.stdout
    assert list(shop.migrations) == ["0001_begin"]


def test_e625_promote_takes_a_name_and_no_dry_run(shop: Shop) -> None:
    shop.models(PRODUCT)

    assert shop.push("--promote", "no name").code == 2
    assert shop.push("--promote", "name", "--dry-run").code == 2


def test_a_field_that_was_renamed_and_changed_keeps_its_values_elsewhere_too(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")
    shop.run("migrate")
    shop.models(PRODUCT.replace("name = models.CharField(max_length=30)", "title = TextField()"))
    shop.push("--rename", "shop.Product.name=title")

    result = shop.push("--promote", "grow")

    assert result.code == 0, result.stderr
    text = shop.migrations["0002_grow"]
    assert text.index("RenameField") < text.index("AlterField")
    assert "RemoveField" not in text
    assert "shop.0002_grow" in shop.run("migrate").stdout
    assert shop.run("makemigrations", "--check", "shop").code == 0


def test_e627_nothing_follows_two_latest_migrations(shop: Shop) -> None:
    shop.models(PRODUCT)
    shop.push("--promote", "begin")
    for name in ("0002_a", "0002_b"):
        shop.migration(
            name,
            """
            from django.db import migrations

            class Migration(migrations.Migration):
                dependencies = [("shop", "0001_begin")]
            """,
        )
    shop.models(PRODUCT.replace("30", "31"))

    result = shop.push("--promote", "grow")

    assert result.code == 1
    assert "prodobit.E627" in result.stderr
    assert len(shop.migrations) == 3


@pytest.mark.parametrize(
    ("pushed", "composed"),
    [
        (["shop.A.x=y", "shop.A.y=z"], ["shop.A.x=z"]),
        (["shop.A.x=y", "shop.A=B", "shop.B.y=z"], ["shop.A=B", "shop.B.x=z"]),
        (["shop.A=B", "shop.B=C"], ["shop.A=C"]),
        (["shop.A.x=y", "shop.A.y=x"], []),
        (["shop.A.x=", "shop.A="], []),
        (["shop.A.x=y", "shop.B.y=z", "other.A.y=z"], ["shop.A.x=y", "shop.B.y=z", "other.A.y=z"]),
    ],
)
def test_renames_in_a_row_come_to_one(pushed: list[str], composed: list[str]) -> None:
    assert [str(rename) for rename in compose(map(parse_rename, pushed))] == composed
