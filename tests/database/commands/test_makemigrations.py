"""``makemigrations`` and ``migrate`` where an app has several latest migrations."""

from __future__ import annotations

import pytest

from tests.database.shop import Shop

HEAD = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
ALTER = "migrations.AlterField('product', 'name', models.CharField(max_length={}))"
ADD = "migrations.AddField('product', '{0}', models.IntegerField(null=True))"
MODELS = """
class Product(models.Model):
    name = models.CharField(max_length=30)
    size = models.IntegerField(null=True)
    weight = models.IntegerField(null=True)
"""


def write(shop: Shop, name: str, operation: str) -> None:
    """Write a migration that follows the first."""
    shop.migration(
        name,
        f"{HEAD}    dependencies = [('shop', '0001_begin')]\n    operations = [{operation}]\n",
    )


@pytest.fixture
def two(shop: Shop) -> Shop:
    """A project with two latest migrations that touch different fields; nothing is applied."""
    key = "('id', models.BigAutoField(primary_key=True))"
    name = "('name', models.CharField(max_length=30))"
    shop.models(MODELS)
    shop.migration(
        "0001_begin",
        f"{HEAD}    operations = [migrations.CreateModel('Product', [{key}, {name}])]\n",
    )
    write(shop, "0002_add_size", ADD.format("size"))
    write(shop, "0002_add_weight", ADD.format("weight"))
    return shop


def test_the_one_that_is_not_applied_is_rebased_and_then_run(two: Shop) -> None:
    weight = two.migrations["0002_add_weight"]
    (two.folder / "shop/migrations/0002_add_weight.py").unlink()
    assert two.run("migrate", "shop").code == 0
    two.migration("0002_add_weight", weight)

    refused = two.run("migrate")
    rebased = two.run("makemigrations", "--rebase", "shop")

    assert refused.code == 1
    assert "prodobit.E840: Conflicting migrations in shop; nothing was done." in refused.stderr
    assert "  0002_add_size (applied here)\n    + Add field size to product\n" in refused.stderr
    assert "  0002_add_weight (not applied here)\n" in refused.stderr
    assert rebased.code == 0, rebased.stderr
    assert "  0002_add_weight → 0003_add_weight, behind 0002_add_size\n" in rebased.stdout
    assert list(two.migrations) == ["0001_begin", "0002_add_size", "0003_add_weight"]
    migrated = two.run("migrate", "shop")
    assert migrated.code == 0, migrated.stderr
    assert "Applying shop.0003_add_weight... OK" in migrated.stdout
    assert two.push("--check").code == 0


def test_without_a_terminal_nobody_can_say_which_is_to_stay(two: Shop) -> None:
    before = two.migrations

    refused = two.run("makemigrations")
    undecided = two.run("makemigrations", "--rebase")
    checked = two.run("check", "--database", "default")
    dry = two.run(
        *("makemigrations", "--rebase", "shop", "--onto", "0002_add_w", "--dry-run"),
        PYTHONIOENCODING="ascii",
    )

    assert refused.code == 1
    assert "makemigrations --rebase shop\n" in refused.stderr
    assert undecided.code == 4
    assert "prodobit.E842: Of shop, neither 0002_add_size nor 0002_add_weight" in undecided.stderr
    assert dry.code == 0, dry.stderr
    assert "Rebasing shop onto 0002_add_weight:\n  0002_add_size ? 0003_add_size" in dry.stdout
    assert checked.code == 1
    assert "(prodobit.E840) Conflicting migrations in shop" in checked.stderr
    assert two.migrations == before


def test_on_a_terminal_one_is_asked_and_may_say_no(two: Shop) -> None:
    write(two, "0002_add_size", ALTER.format(31))
    write(two, "0002_add_weight", ALTER.format(32))
    before = two.migrations

    no = two.run_tty("makemigrations", "--rebase", answers=["3", "1", "n"])
    undecided = two.run("makemigrations", "--rebase", "shop", "--onto", "0002_add_size")

    assert no.code == 1
    assert "Which one stays as it is? [1-2] 3\nWhich one stays as it is? [1-2] 1\n" in no.stdout
    assert "! 0002_add_size and 0002_add_weight both change shop.product.name." in no.stdout
    assert "Not rebased; nothing was changed." in no.stdout
    assert undecided.code == 4
    assert "prodobit.E841: 0002_add_size and 0002_add_weight both change" in undecided.stderr
    assert two.migrations == before
    yes = two.run_tty("makemigrations", "--rebase", answers=["1", "y"])
    assert yes.code == 0
    assert list(two.migrations) == ["0001_begin", "0002_add_size", "0003_add_weight"]


def test_merged_late_it_is_run_and_said(two: Shop) -> None:
    assert two.run("makemigrations", "--merge", "--noinput").stdout.startswith(
        "  0002_add_size and 0002_add_weight both change shop.product, in different places"
    )
    merge = list(two.migrations)[-1]
    two.run("migrate", "shop", "0002_add_size")

    result = two.run("migrate", "shop")

    assert result.code == 0, result.stderr
    assert (
        "prodobit.W838: shop.0002_add_weight came late: 0002_add_size is applied" in result.stdout
    )
    assert "Applying shop.0002_add_weight... OK" in result.stdout
    assert f"Applying shop.{merge}... OK" in result.stdout


WRONG = {
    ("makemigrations", "--onto", "x"): "--onto goes with --rebase.",
    ("makemigrations", "--rebase", "--merge"): "--rebase and --merge cannot be given together.",
    ("makemigrations", "--rebase", "auth"): "auth: only apps in the folder of this project",
    ("makemigrations", "--rebase", "shop", "--onto", "0001"): "the latest migrations of shop are",
}


def test_wrong_usage_is_said_in_a_sentence(two: Shop) -> None:
    for arguments, message in WRONG.items():
        result = two.run(*arguments)

        assert result.code == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_a_history_that_does_not_hold_together_is_a_sentence(two: Shop) -> None:
    (two.folder / "shop/migrations/0002_add_weight.py").unlink()
    assert two.run("migrate", "shop").code == 0
    text = two.migrations["0002_add_size"]
    two.migration("0001_between", text.replace("size", "weight"))
    two.migration("0002_add_size", text.replace("0001_begin", "0001_between"))

    before, checked = two.run("migrate"), two.run("check", "--database", "default")
    two.migration("0002_add_size", text.replace("0001_begin", "0001_gone"))
    gone = two.run("migrate")
    two.migration("0002_add_size", f"{text}<<<<<<< HEAD\n")
    broken = [
        two.run(*command)
        for command in (("migrate",), ("history",), ("check", "--database", "default"))
    ]

    assert [before.code, checked.code, gone.code] == [1, 1, 1]
    for result in broken:
        assert result.code == 1
        assert "E839" in result.stderr
        assert "SyntaxError at migrations/0002_add_size.py:6: invalid syntax." in result.stderr
        assert "Traceback" not in result.stderr
    assert "prodobit.E836: Migration shop.0002_add_size is applied before its" in before.stderr
    assert "(prodobit.E836) Migration shop.0002_add_size is applied before" in checked.stderr
    assert "prodobit.E835: The migrations cannot be put in an order: " in gone.stderr
    assert "Traceback" not in before.stderr + checked.stderr + gone.stderr
