"""``manage.py push`` as a user runs it: what it says, what it does, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

import psycopg
import pytest
from django.core.management.base import BaseCommand

from database.management.commands.push import Command
from tests.cluster import ROOT, Server, wait_until
from tests.database.shop import Shop, new_name

PRODUCT = """
class Product(models.Model):
    name = models.CharField(max_length=30)
    price = models.DecimalField(max_digits=10, decimal_places=2)
"""
ROWS = (
    "INSERT INTO shop_product (name, price) SELECT 'p' || i, i + 0.25 FROM generate_series(1, 3) i"
)
RENAMED = PRODUCT.replace("name =", "title =")
EVERYTHING = """
class Product(models.Model):
    title = models.CharField(max_length=40)
    code = models.CharField(max_length=10, default="-")

class Tag(models.Model):
    text = models.CharField(max_length=20, unique=True)
"""


def test_push_makes_the_database_match_and_then_has_nothing_to_do(shop: Shop) -> None:
    shop.models(PRODUCT)

    first, second = shop.push(), shop.push()

    assert first.code == second.code == 0
    assert "+ create table shop_product: 3 columns, 1 constraint" in first.stdout
    assert re.search(r"Pushed: 1 created; 1 statement in \d+\.\d\d s\.", first.stdout)
    assert second.stdout == "Nothing to do: shop is as the models say.\n"
    assert shop.columns("shop_product") == {
        "id": "bigint",
        "name": "character varying(30)",
        "price": "numeric(10,2)",
    }


def test_push_says_what_each_change_means_for_the_rows(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(EVERYTHING)

    result = shop.push("--rename", "shop.Product.name=title", "--accept-data-loss")

    assert result.code == 0, result.stderr
    for line in (
        "→ rename column shop_product.name → title (keeps its values)",
        "~ alter column shop_product.title: character varying(30) → character varying(40)",
        "+ create column shop_product.code: character varying(10) "
        "(fills the rows that are there with the field's default)",
        "- drop column shop_product.price (drops 3 values)",
        "+ create table shop_tag: 2 columns",
    ):
        assert line in result.stdout
    assert shop.sql("SELECT title, code FROM shop_product ORDER BY id") == [
        ("p1", "-"),
        ("p2", "-"),
        ("p3", "-"),
    ]


def test_an_empty_database_gets_the_tables_of_other_apps_too(
    cluster: Server, tmp_path: Path
) -> None:
    name = new_name("shop")
    cluster.create(name)
    try:
        shop = Shop.make(tmp_path, cluster, name)
        shop.models(
            "class Sale(models.Model):\n    by = models.ForeignKey('auth.User', models.CASCADE)\n"
        )

        result = shop.push()

        assert result.code == 0, result.stderr
        assert "+ migrate auth: its tables are missing" in result.stdout
        assert shop.sql("SELECT count(*) > 0 FROM auth_permission WHERE codename = 'add_sale'") == [
            (True,)
        ]
        assert shop.run("migrate", "--check").code == 0
    finally:
        cluster.drop(name)


@pytest.mark.parametrize(
    ("options", "code"), [((), 4), (("--dry-run",), 0), (("--check",), 3), (("--sql",), 4)]
)
def test_e601_push_is_for_development(shop: Shop, options: tuple[str, ...], code: int) -> None:
    shop.models(PRODUCT)
    before = shop.dump()

    result = shop.push(*options, DEBUG="false", SECRET_KEY="x" * 60)

    assert result.code == code
    assert ("prodobit.E601" in result.stderr) is (code == 4)
    assert shop.dump() == before


def test_push_is_allowed_in_production_if_told_so(shop: Shop) -> None:
    shop.models(PRODUCT)

    result = shop.push("--allow-production", DEBUG="false", SECRET_KEY="x" * 60)

    assert result.code == 0, result.stderr
    assert shop.columns("shop_product")


def test_dry_run_shows_everything_and_changes_nothing(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(EVERYTHING)
    before = shop.dump()

    result = shop.push("--dry-run", "--sql", "--rename", "shop.Product.name=title")

    assert result.code == 0, result.stderr
    assert "- drop column shop_product.price (drops 3 values)" in result.stdout
    assert 'ALTER TABLE "shop_product" DROP COLUMN "price"' in result.stdout
    assert "A push would need --accept-data-loss." in result.stdout
    assert "Nothing was changed." in result.stdout
    assert shop.dump() == before


def test_check_finds_differences_and_none(shop: Shop) -> None:
    shop.models(PRODUCT)

    different = shop.push("--check")
    shop.push()
    equal = shop.push("--check")

    assert different.code == 3
    assert "1 difference.\n" in different.stdout
    assert equal.code == 0
    assert equal.stdout == "No differences.\n"


@pytest.mark.parametrize("option", ["--dry-run", "--check"])
def test_reading_needs_no_more_than_the_right_to_read(shop: Shop, option: str) -> None:
    reader = new_name("reader")
    shop.pushed(PRODUCT, ROWS)
    shop.sql(f"CREATE ROLE {reader} LOGIN PASSWORD 'reader'")
    shop.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}")
    shop.sql(f"REVOKE TEMPORARY ON DATABASE {shop.database} FROM PUBLIC")
    try:
        shop.models(PRODUCT.replace("max_length=30", "max_length=1"))

        result = shop.run("push", option, user=reader)

        assert result.code == (3 if option == "--check" else 0), result.stderr
        assert "(cuts 3 values)" in result.stdout
    finally:
        shop.sql(f"DROP OWNED BY {reader}")
        shop.sql(f"DROP ROLE {reader}")


def test_e602_a_rename_is_never_guessed(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(RENAMED)
    before = shop.dump()

    result = shop.push()

    assert result.code == 4
    assert "prodobit.E602" in result.stdout
    assert "\n    --rename shop.Product.name=title\n" in result.stdout
    assert shop.dump() == before


def test_a_rename_is_asked_on_a_terminal_as_makemigrations_asks(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(RENAMED)

    result = shop.run_tty("push", answers=["y"])

    assert result.code == 0, result.stdout
    assert "Was product.name renamed to product.title (a CharField)? [y/N]" in result.stdout
    assert shop.sql("SELECT title FROM shop_product ORDER BY id") == [("p1",), ("p2",), ("p3",)]


def test_a_rename_denied_on_a_terminal_is_a_loss_to_be_accepted(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(
        PRODUCT.replace(
            "name = models.CharField(max_length=30)",
            "title = models.CharField(max_length=30, default='?')",
        )
    )

    refused = shop.run_tty("push", answers=["n", "n"])
    done = shop.run_tty("push", answers=["n", "y"])

    assert refused.code == 4
    assert "Rows or values are lost for good. Go on? [y/N]" in refused.stdout
    assert "Nothing was changed." in refused.stdout
    assert done.code == 0
    assert shop.sql("SELECT DISTINCT title FROM shop_product") == [("?",)]


def test_a_terminal_with_noinput_is_asked_nothing(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(RENAMED)

    assert shop.run_tty("push", "--noinput").code == 4


def test_a_removed_field_can_be_told_from_a_renamed_one(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(RENAMED)

    result = shop.push(
        "--rename", "shop.Product.name=", "--fill", "shop.Product.title=new", "--accept-data-loss"
    )

    assert result.code == 0, result.stdout + result.stderr
    assert shop.sql("SELECT DISTINCT title FROM shop_product") == [("new",)]


def test_a_model_is_renamed_with_its_content_type_and_permissions(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT.replace("Product", "Article"))

    undecided = shop.push()
    result = shop.push("--rename", "shop.Product=Article")

    assert undecided.code == 4
    assert "--rename shop.Product=Article\n" in undecided.stdout
    assert result.code == 0, result.stdout
    assert shop.sql("SELECT count(*) FROM shop_article") == [(3,)]
    assert shop.sql("SELECT model FROM django_content_type WHERE app_label = 'shop'") == [
        ("article",)
    ]
    assert shop.sql(
        "SELECT codename FROM auth_permission WHERE codename LIKE '%article' "
        "OR codename LIKE '%product' ORDER BY 1"
    ) == [("add_article",), ("change_article",), ("delete_article",), ("view_article",)] or (
        shop.sql("SELECT count(*) FROM auth_permission WHERE codename = 'add_article'") == [(1,)]
    )
    assert shop.push().stdout.startswith("Nothing to do")


def test_e603_a_column_without_a_value_needs_one(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT + "    code = models.CharField(max_length=5)\n")

    refused = shop.push()
    filled = shop.push("--fill", "shop.Product.code=abc")

    assert refused.code == 4
    assert "prodobit.E603" in refused.stdout
    assert "\n    --fill shop.Product.code=VALUE\n" in refused.stdout
    assert filled.code == 0, filled.stdout
    assert shop.sql("SELECT DISTINCT code FROM shop_product") == [("abc",)]


def test_a_value_is_asked_for_on_a_terminal_until_it_fits(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT + "    size = models.IntegerField()\n")

    result = shop.run_tty("push", answers=["large", "7"])

    assert result.code == 0, result.stdout
    assert "Which value do the rows of shop.Product.size get?" in result.stdout
    assert "the value does not fit a IntegerField" in result.stdout
    assert shop.sql("SELECT DISTINCT size FROM shop_product") == [(7,)]


def test_an_empty_answer_stops(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT + "    size = models.IntegerField()\n")

    assert shop.run_tty("push", answers=[""]).code == 4


def test_an_empty_table_needs_no_value(shop: Shop) -> None:
    shop.pushed(PRODUCT)
    shop.models(PRODUCT + "    code = models.CharField(max_length=5)\n")

    assert shop.push().code == 0


def test_nulls_are_counted_and_filled(shop: Shop) -> None:
    shop.pushed(
        PRODUCT + "    size = models.IntegerField(null=True)\n",
        ROWS,
        "UPDATE shop_product SET size = 1 WHERE name = 'p1'",
    )
    shop.models(PRODUCT + "    size = models.IntegerField()\n")

    refused = shop.push()
    filled = shop.push("--fill", "shop.Product.size=9")

    assert refused.code == 4
    assert "2 rows of shop_product have NULL there" in refused.stdout
    assert filled.code == 0, filled.stdout
    assert shop.sql("SELECT size FROM shop_product ORDER BY id") == [(1,), (9,), (9,)]


def test_e604_what_is_lost_is_counted_and_needs_to_be_accepted(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models("class Product(models.Model):\n    name = models.CharField(max_length=1)\n")
    before = shop.dump()

    refused = shop.push()
    unchanged = shop.dump()
    done = shop.push("--accept-data-loss")

    assert refused.code == 4
    assert "prodobit.E604" in refused.stdout
    assert "(cuts 3 values)" in refused.stdout
    assert "(drops 3 values)" in refused.stdout
    assert unchanged == before
    assert done.code == 0, done.stdout
    assert shop.sql("SELECT DISTINCT name FROM shop_product") == [("p",)]


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        ((), ""),
        ((), "class Product(models.Model):\n    name = models.CharField(max_length=30)\n"),
        (
            (ROWS,),
            PRODUCT.replace("max_length=30", "max_length=2"),
        ),
        ((ROWS,), PRODUCT.replace("max_length=30", "max_length=300")),
    ],
    ids=["empty table", "column of an empty table", "varchar that nothing exceeds", "wider"],
)
def test_what_loses_nothing_is_no_question(shop: Shop, rows: tuple[str, ...], after: str) -> None:
    shop.pushed(PRODUCT, *rows)
    shop.models(after)

    assert shop.push().code == 0


def test_e605_duplicates_are_counted_with_the_query_that_lists_them(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS, "UPDATE shop_product SET name = 'same'")
    shop.models(PRODUCT.replace("max_length=30", "max_length=30, unique=True"))

    result = shop.push()

    assert result.code == 1
    assert "prodobit.E605: 2 duplicates in shop_product" in result.stdout
    query = re.search(r"^ +(SELECT .*);$", result.stdout, re.MULTILINE)
    assert query is not None
    assert shop.sql(query[1]) == [("same", 3)]


def test_e607_rows_that_cannot_be_cast_are_counted(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS, "UPDATE shop_product SET name = '12' WHERE name = 'p1'")
    shop.models(PRODUCT.replace("CharField(max_length=30)", "IntegerField()"))

    refused = shop.push()
    shop.sql("UPDATE shop_product SET name = '13' WHERE name <> '12'")
    done = shop.push()

    assert refused.code == 1
    assert "prodobit.E607: 2 rows of shop_product cannot be cast" in refused.stdout
    assert done.code == 0, done.stdout
    assert shop.sql("SELECT name FROM shop_product ORDER BY id") == [(12,), (13,), (13,)]


def test_e608_rows_that_break_a_check_are_counted(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(
        PRODUCT + "    class Meta:\n        constraints = [\n"
        "            models.CheckConstraint(condition=models.Q(price__gt=2), name='dear')]\n"
    )

    result = shop.push()

    assert result.code == 1
    assert "prodobit.E608: 1 row of shop_product would break check constraint dear" in result.stdout


def test_e609_rows_that_refer_to_nothing_are_counted(shop: Shop) -> None:
    shop.pushed(
        PRODUCT + "    kind_id = models.BigIntegerField()\nclass Kind(models.Model): pass\n"
    )
    shop.sql("INSERT INTO shop_product (name, price, kind_id) VALUES ('a', 1, 7), ('b', 1, 8)")
    shop.models(
        PRODUCT
        + "    kind = models.ForeignKey('Kind', models.CASCADE)\nclass Kind(models.Model): pass\n"
    )

    result = shop.push("--rename", "shop.Product.kind_id=kind")

    assert result.code == 1, result.stdout + result.stderr
    assert "prodobit.E609: 2 rows of shop_product refer to nothing" in result.stdout


def test_e610_a_dependent_view_is_an_error_and_stays(shop: Shop) -> None:
    shop.pushed(PRODUCT, "CREATE VIEW cheap AS SELECT price FROM shop_product")
    shop.models("class Product(models.Model):\n    name = models.CharField(max_length=30)\n")
    before = shop.dump()

    result = shop.push()

    assert result.code == 1
    for words in (
        "prodobit.E610: cannot drop column price of table shop_product",
        "change:    - drop column shop_product.price",
        'statement: ALTER TABLE "shop_product" DROP COLUMN "price"',
        "SQLSTATE:  2BP01",
        "detail:    view cheap depends on column price of table shop_product",
        "hint:      Use DROP ... CASCADE",
        "Nothing was changed.",
        "Drop or change what depends on it yourself",
    ):
        assert words in result.stdout
    assert shop.dump() == before


def test_e610_a_missing_permission_is_an_error(shop: Shop) -> None:
    role = new_name("role")
    shop.pushed(PRODUCT)
    shop.models(PRODUCT.replace("max_length=30", "max_length=31"))
    shop.sql(f"CREATE ROLE {role} LOGIN")
    shop.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    before = shop.dump()
    try:
        result = shop.run("push", user=role)

        assert result.code == 1
        assert "SQLSTATE:  42501" in result.stdout
        assert "must be owner of table shop_product" in result.stdout
        assert "Nothing was changed." in result.stdout
        assert shop.dump() == before
    finally:
        shop.sql(f"DROP OWNED BY {role}")
        shop.sql(f"DROP ROLE {role}")


def test_no_row_is_quoted_in_an_error(shop: Shop) -> None:
    shop.pushed(PRODUCT, "INSERT INTO shop_product (name, price) VALUES ('secret', 1)")
    shop.models(
        PRODUCT + "    code = models.CharField(max_length=9, default='x')\n"
        "    class Meta:\n        constraints = [models.CheckConstraint("
        "condition=~models.Q(code='x'), name='no_x')]\n"
    )

    result = shop.push()

    assert result.code == 1
    assert "SQLSTATE:  23514" in result.stdout
    assert "secret" not in result.stdout + result.stderr


def test_e614_a_view_in_the_place_of_a_table_is_an_error(shop: Shop) -> None:
    shop.sql("CREATE VIEW shop_product AS SELECT 1 AS id")
    shop.models(PRODUCT)

    result = shop.push()

    assert result.code == 1
    assert "prodobit.E614: public.shop_product is a view" in result.stdout


def test_w601_what_nobody_knows_is_listed_and_left_alone(shop: Shop) -> None:
    shop.pushed(
        PRODUCT,
        "CREATE INDEX dba_index ON shop_product (price)",
        "ALTER TABLE shop_product ADD COLUMN dba_column integer",
        "ALTER TABLE shop_product ADD CONSTRAINT dba_check CHECK (price < 1000)",
        "CREATE TABLE dba_table (id integer)",
    )
    before = shop.dump()

    listed = shop.push()
    unchanged = shop.dump()
    pruned = shop.push("--prune")

    assert listed.code == 0
    assert "prodobit.W601" in listed.stdout
    for name in ("dba_index", "dba_column", "dba_check"):
        assert name in listed.stdout
    assert "dba_table" not in listed.stdout
    assert "Nothing to do" in listed.stdout
    assert unchanged == before
    assert pruned.code == 0, pruned.stdout
    assert "dba_column" not in shop.columns("shop_product")
    assert shop.columns("dba_table") == {"id": "integer"}
    assert shop.push().stdout == "Nothing to do: shop is as the models say.\n"


def test_what_nobody_knows_stays_through_a_push(shop: Shop) -> None:
    shop.pushed(PRODUCT, 'CREATE INDEX "dbas own index" ON shop_product (price)')
    shop.models(PRODUCT + "    size = models.IntegerField(null=True)\n")

    result = shop.push()

    assert result.code == 0, result.stdout
    assert "create column shop_product.size" in result.stdout
    assert "own index" in shop.dump()


def test_e617_a_strangers_index_is_not_dropped_along_with_a_column(shop: Shop) -> None:
    shop.pushed(PRODUCT, "CREATE INDEX dba_index ON shop_product (price, id)")
    shop.models("class Product(models.Model):\n    name = models.CharField(max_length=30)\n")

    refused = shop.push()
    pruned = shop.push("--prune")

    assert refused.code == 4
    assert "prodobit.E617" in refused.stdout
    assert "dba_index" in refused.stdout
    assert pruned.code == 0, pruned.stdout


def test_a_deleted_model_is_known_from_the_journal_and_its_rows_are_counted(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models("")

    refused = shop.push()
    done = shop.push("--accept-data-loss")

    assert refused.code == 4
    assert "- drop table shop_product (drops 3 rows)" in refused.stdout
    assert done.code == 0
    assert shop.columns("shop_product") == {}


def test_what_migrations_made_is_known_from_history(shop: Shop) -> None:
    shop.models(
        PRODUCT.replace("max_length=30", "max_length=30, db_index=True")
        + "\nclass Gone(models.Model): pass\n"
    )
    assert shop.run("makemigrations", "shop").code == 0
    assert shop.run("migrate").code == 0
    shop.models("class Product(models.Model):\n    name = models.CharField(max_length=30)\n")

    result = shop.push()

    assert result.code == 0, result.stdout
    assert "- drop table shop_gone (has no rows)" in result.stdout
    assert "- drop column shop_product.price (has no values)" in result.stdout
    assert result.stdout.count("- drop index") == 2
    assert shop.push().stdout.startswith("Nothing to do")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing",), "prodobit.E620: No installed app has the label nothing."),
        (("shpo",), "Did you mean shop?"),
        (("--rename", "shop.Product"), "prodobit.E621"),
        (("--rename", "a=b"), "prodobit.E621"),
        (("--rename", "shop.Product.nam=title"), "Did you mean name?"),
        (("--rename", "shop.Product.name=titel"), "Did you mean title"),
        (("--rename", "shop.Prodcut=Article"), "prodobit.E621"),
        (("--fill", "shop.Product.titel=x"), "Did you mean title"),
        (("--fill", "shop.Produkt.title=x"), "Did you mean Product?"),
        (("--fill", "shop.Product.price=dear"), "the value does not fit a DecimalField"),
        (("--fill", "title=x"), "prodobit.E622"),
        (("--lock-timeout", "0"), "prodobit.E623"),
        (("--lock-timeout", "soon"), "invalid float value"),
        (("--database", "other"), "invalid choice"),
        (("--unheard-of",), "unrecognized arguments"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_is_said_in_one_sentence(
    shop: Shop, arguments: tuple[str, ...], says: str
) -> None:
    shop.pushed(PRODUCT)
    shop.models(RENAMED)
    before = shop.dump()

    result = shop.push(*arguments)

    assert result.code == 2, result.stdout
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert shop.dump() == before


def test_json_is_one_document_and_text_goes_to_stderr(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models("class Product(models.Model):\n    name = models.CharField(max_length=30)\n")

    refused = shop.push("--json")
    done = shop.push("--json", "--accept-data-loss")
    nothing = shop.push("--json")
    wrong = shop.push("--json", "nothing")

    document = json.loads(refused.stdout)
    assert (refused.code, document["exit_code"], document["outcome"]) == (4, 4, "refused")
    [change] = document["changes"]
    assert change["kind"] == "drop"
    assert change["object"] == "column shop_product.price"
    assert change["loss"] == {"count": 3, "what": "drops 3 values"}
    assert change["sql"] == ['ALTER TABLE "shop_product" DROP COLUMN "price"']
    assert "drops 3 values" in refused.stderr
    assert json.loads(done.stdout)["statements"] == 1
    assert json.loads(nothing.stdout)["changes"] == []
    assert json.loads(wrong.stdout)["exit_code"] == wrong.code == 2


def test_colour_is_for_terminals_only(shop: Shop) -> None:
    shop.models(PRODUCT)

    plain = shop.push("--dry-run")
    coloured = shop.run_tty("push", "--dry-run")
    refused = shop.run_tty("push", "--dry-run", "--no-color")
    unwanted = shop.run_tty("push", "--dry-run", NO_COLOR="1")

    assert "\x1b[" in coloured.stdout
    assert "\x1b[" not in plain.stdout + refused.stdout + unwanted.stdout


def test_ctrl_c_at_a_question_changes_nothing(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(RENAMED)
    before = shop.dump()

    result = shop.run_tty("push", answers=["\x03"])

    assert result.code == 1
    assert "Interrupted. Nothing was changed." in result.stdout
    assert shop.dump() == before


def test_two_pushes_at_once_wait_for_each_other(shop: Shop) -> None:
    shop.models(
        "".join(f"class M{i}(models.Model):\n    n = models.IntegerField()\n" for i in range(30))
    )

    both = [shop.begin("push") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    texts = sorted(output[0] for output in outputs)
    assert sum("Pushed: 30 created" in text for text in texts) == 1
    assert sum("Nothing to do" in text for text in texts) == 1


def test_a_push_says_for_whom_it_waits(shop: Shop) -> None:
    shop.models(PRODUCT)
    with shop.server.connect(shop.database) as other:
        other.execute("SET application_name = 'the night shift'")
        other.execute("SELECT pg_advisory_lock(8102661156749076852)")
        process = shop.begin("push")
        line = process.stdout.readline() if process.stdout else ""
        pid = other.info.backend_pid
        assert f"waiting for process {pid} (the night shift, user postgres" in line
        assert "since 20" in line
        other.execute("SELECT pg_advisory_unlock_all()")
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 0, stderr
    assert "Pushed: 1 created" in stdout


def test_e611_a_lock_held_by_somebody_else_is_waited_for_and_then_named(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT.replace("max_length=30", "max_length=31"))
    before = shop.dump()
    with shop.server.connect(shop.database) as other:
        other.execute("SET application_name = 'a long report'")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM shop_product")
        pid = other.info.backend_pid

        result = shop.push("--lock-timeout", "0.1")

        assert result.code == 1, result.stdout
        assert result.stdout.count("could not get its locks and was rolled back") == 4
        assert "prodobit.E611" in result.stdout
        assert f"In the way: process {pid} (a long report" in result.stdout
        assert "Nothing was changed." in result.stdout
        other.execute("ROLLBACK")
    assert shop.dump() == before


def test_a_lock_that_is_let_go_lets_the_push_through(shop: Shop) -> None:
    shop.pushed(PRODUCT, ROWS)
    shop.models(PRODUCT.replace("max_length=30", "max_length=31"))
    with shop.server.connect(shop.database) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM shop_product")
        process = shop.begin("push", "--lock-timeout", "0.1")
        assert process.stdout is not None
        while "rolled back" not in process.stdout.readline():
            assert process.poll() is None
        other.execute("ROLLBACK")
        stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 0, stderr
    assert "Pushed: 1 altered" in stdout


def test_a_connection_that_is_lost_changes_nothing(shop: Shop) -> None:
    shop.models(
        "".join(f"class M{i}(models.Model):\n    n = models.IntegerField()\n" for i in range(300))
    )
    before = shop.dump()
    process = shop.begin("push")
    _kill_backend_during(shop, "CREATE TABLE")
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "Traceback" not in stderr
    assert "prodobit.E613" in stdout
    assert "Nothing was changed." in stdout
    assert shop.dump() == before


def _kill_backend_during(shop: Shop, statement: str) -> None:
    with shop.server.connect() as connection:

        def killed() -> bool:
            return bool(
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = %s AND state = 'active' AND query LIKE %s",
                    [shop.database, f"{statement}%"],
                ).fetchall()
            )

        wait_until(killed)


def _wait_for_rows(connection: psycopg.Connection, query: str, database: str) -> None:
    wait_until(lambda: connection.execute(query.encode(), [database]).fetchall())


@pytest.mark.slow
def test_kill_9_in_the_middle_leaves_nothing_behind(shop: Shop) -> None:
    shop.models(
        "".join(
            f"class M{i}(models.Model):\n    n = models.IntegerField(db_index=True)\n"
            f"    m = models.CharField(max_length=10, unique=True)\n"
            for i in range(300)
        )
    )
    before = shop.dump()
    busy = "SELECT FROM pg_stat_activity WHERE datname = %s"
    for _ in range(10):
        process = shop.begin("push")
        with shop.server.connect() as connection:
            _wait_for_rows(connection, f"{busy} AND query LIKE 'CREATE TABLE%%'", shop.database)
            process.kill()
            process.communicate()
            _wait_for_rows(connection, f"SELECT WHERE NOT EXISTS ({busy})", shop.database)
        assert shop.dump() == before

    assert shop.push().code == 0
    assert shop.push().stdout.startswith("Nothing to do")


def test_an_app_from_elsewhere_without_migrations_gets_its_tables(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "thirdparty").mkdir()
    (elsewhere / "thirdparty" / "__init__.py").write_text("")
    (elsewhere / "thirdparty" / "models.py").write_text(
        "from django.db import models\n\n\nclass Plug(models.Model):\n"
        "    name = models.CharField(max_length=9, unique=True)\n"
    )
    settings = shop.folder / "shop_settings.py"
    settings.write_text(settings.read_text() + 'INSTALLED_APPS.append("thirdparty")\n')
    shop.models("class Lamp(Model):\n    plug = ForeignKey('thirdparty.Plug', CASCADE)\n")

    first = shop.push(PYTHONPATH=str(elsewhere))
    second = shop.push(PYTHONPATH=str(elsewhere))

    assert first.code == 0, first.stdout + first.stderr
    assert "+ migrate thirdparty: its tables are missing" in first.stdout
    assert set(shop.columns("thirdparty_plug")) == {"id", "name"}
    assert second.stdout.startswith("Nothing to do")


def test_e628_a_table_that_migrations_believe_to_be_there_is_named(shop: Shop) -> None:
    shop.sql("DROP TABLE auth_user_groups")
    before = shop.dump()
    shop.models(PRODUCT)

    result = shop.push()

    assert result.code == 1
    assert "prodobit.E628" in result.stdout
    assert "auth_user_groups" in result.stdout
    assert shop.dump() == before


def test_models_that_the_checks_refuse_are_named(shop: Shop) -> None:
    shop.models("""
        class Thing(models.Model):
            pk = models.CompositePrimaryKey("a", "b")
            a = models.IntegerField()
    """)

    result = shop.push()

    assert result.code == 1
    assert "shop.Thing" in result.stderr
    assert "models.E042" in result.stderr
    assert "Traceback" not in result.stderr


def test_e624_push_is_for_postgresql(shop: Shop) -> None:
    settings = shop.folder / "shop_settings.py"
    settings.write_text(
        settings.read_text()
        + 'DATABASES["lite"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}\n'
    )

    result = shop.push("--database", "lite")

    assert result.code == 2
    assert "prodobit.E624: lite is no PostgreSQL database." in result.stderr


def test_a_reader_that_goes_away_is_no_traceback(shop: Shop) -> None:
    shop.models(
        "".join(f"class M{i}(models.Model):\n    n = models.IntegerField()\n" for i in range(300))
    )
    process = shop.begin("push", "--sql")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read()
    process.stderr.close()

    assert process.wait(60) == 1
    assert "Traceback" not in errors
    assert shop.columns("shop_m0") == {}


def test_every_message_and_option_is_documented() -> None:
    text = (ROOT / "docs" / "push.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "database").rglob("*.py"))
    options = Command().create_parser("manage.py", "push")._option_string_actions
    known = set(BaseCommand().create_parser("manage.py", "push")._option_string_actions)

    ids = set(re.findall(r"prodobit\.[EW]6\d\d", sources))
    assert ids == set(re.findall(r"^### (prodobit\.[EW]6\d\d)$", text, re.MULTILINE))
    for option in set(options) - known - {"--no-input"}:
        assert f"`{option}" in text, option
