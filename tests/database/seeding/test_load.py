"""database.seeding.load: all the rows or none, in tables that were empty."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.models import F, Sum

from database.models import Category, Customer, Product, SalesOrderLine, StockLevel, StockMovement
from database.seeding import Progress, SeedingError, filled_tables, load, seed, seed_demo
from database.seeding.load import COLUMNS, DEMO_ROWS

pytestmark = pytest.mark.django_db


def counted() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in COLUMNS:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    return counts


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def refused(**arguments: Any) -> str:
    with transaction.atomic(), pytest.raises(SeedingError) as caught:
        seed(100, 1, **arguments)
    return str(caught.value)


def test_every_table_gets_its_rows() -> None:
    counts = seed(3_000, 1)

    assert counted() == asdict(counts)
    assert counts.total == 3_000


def test_the_database_agrees_with_itself() -> None:
    seed(3_000, 1)

    moved = (
        StockMovement.objects.values_list("product", "location")
        .annotate(Sum("quantity"))
        .order_by("product", "location")
    )
    levels = StockLevel.objects.values_list("product", "location", "quantity")
    assert list(moved) == list(levels.order_by("product", "location"))
    wrong = SalesOrderLine.objects.exclude(line_total=F("quantity") * F("unit_price"))
    assert not wrong.exists()
    for model in (Category, Customer, Product, StockLevel):
        for row in model._default_manager.all()[:50]:
            row.full_clean()


def test_the_next_row_gets_the_next_id() -> None:
    counts = seed(100, 1)

    assert Product.objects.create(name="My own", price=1).id == counts.products + 1
    assert Category.objects.create(name="My own", slug="my-own").id == counts.categories + 1
    assert Customer.objects.create(name="I", email="i@example.com").id == counts.customers + 1


def test_the_planner_knows_the_tables() -> None:
    seed(3_000, 1)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT tablename) FROM pg_stats WHERE tablename = ANY(%s)",
            [list(COLUMNS)],
        )
        assert cursor.fetchone() == (len(COLUMNS),)


def test_progress_is_reported_to_the_end() -> None:
    reports: list[Progress] = []

    counts = seed(20_000, 1, report=reports.append)

    done = [report.done for report in reports]
    assert done == sorted(done)
    assert done[-1] == reports[-1].total == 20_000
    full = {r.table: r.table_total for r in reports if r.table_done == r.table_total}
    assert full == asdict(counts)


def test_the_demonstration_is_always_the_same() -> None:
    counts = seed_demo()
    first = list(Product.objects.values_list("name", "price", "created_at").order_by("id"))
    seed(DEMO_ROWS, load.DEMO_SEED, replace=True)

    assert counts.total == DEMO_ROWS
    assert list(Product.objects.values_list("name", "price", "created_at").order_by("id")) == first


def test_e303_rows_that_are_there_are_not_added_to() -> None:
    Customer.objects.create(name="Real", email="real@example.com")
    assert filled_tables() == ["customers"]

    message = refused()

    assert message.startswith("prodobit.E303: there are rows already in customers. ")
    assert "--replace" in message
    assert list(Customer.objects.values_list("name", flat=True)) == ["Real"]
    assert sum(counted().values()) == 1


def test_rows_that_are_there_are_replaced_when_that_is_said() -> None:
    seed(500, 1)
    Customer.objects.create(name="Real", email="real@example.com")

    counts = seed(200, 2, replace=True)

    assert counted() == asdict(counts)
    assert not Customer.objects.filter(name="Real").exists()


def test_e306_replacing_does_not_reach_into_other_tables() -> None:
    seed(100, 1)
    before = counted()
    execute(
        "CREATE TABLE reviews (product_id integer REFERENCES products ON DELETE CASCADE)",
        "INSERT INTO reviews VALUES (1)",
    )

    message = refused(replace=True)

    assert message.startswith("prodobit.E306: the database refused: cannot truncate a table ")
    assert counted() == before


def test_e302_a_database_without_tables() -> None:
    execute("ALTER TABLE locations RENAME TO elsewhere", "ALTER TABLE customers RENAME TO clients")

    message = refused()

    assert message.startswith("prodobit.E302: there is no table customers, locations. ")
    assert "manage.py migrate" in message
    assert filled_tables() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("ALTER TABLE customers DROP COLUMN phone", "customers has no column phone"),
        (
            "ALTER TABLE products RENAME COLUMN price TO net",
            "products has no column price",
        ),
        (
            "ALTER TABLE products ADD COLUMN sku text NOT NULL",
            "products.sku needs a value that seed does not know",
        ),
    ],
)
def test_e304_a_model_that_changed(change: str, said: str) -> None:
    execute(change)

    message = refused()

    assert message.startswith(f"prodobit.E304: {said}. ")
    assert sum(counted().values()) == 0


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE products ADD COLUMN sku text",
        "ALTER TABLE products ADD COLUMN sku text NOT NULL DEFAULT ''",
        "ALTER TABLE products ADD COLUMN sku text GENERATED ALWAYS AS (name || '!') STORED",
        "ALTER TABLE products ADD COLUMN sku integer GENERATED BY DEFAULT AS IDENTITY",
    ],
)
def test_a_new_column_that_needs_no_value_is_left_to_the_database(change: str) -> None:
    execute(change)

    assert seed(100, 1).total == sum(counted().values()) == 100


def test_e306_a_rule_that_the_rows_break_leaves_nothing_and_quotes_no_row() -> None:
    execute("ALTER TABLE sales_orders ADD CONSTRAINT no_drafts CHECK (status <> 'draft')")

    with transaction.atomic(), pytest.raises(SeedingError) as caught:
        seed(20_000, 1)

    message = str(caught.value)
    assert message.startswith("prodobit.E306: the database refused: ")
    assert "no_drafts" in message
    assert "SO-" not in message
    assert "\n" not in message
    assert sum(counted().values()) == 0


def test_an_interruption_leaves_nothing() -> None:
    def interrupt(progress: Progress) -> None:
        if progress.table == "stock_movements":
            raise KeyboardInterrupt

    with transaction.atomic(), pytest.raises(KeyboardInterrupt):
        seed(3_000, 1, report=interrupt)

    assert sum(counted().values()) == 0
    assert Product.objects.create(name="First", price=1).id == 1


@pytest.fixture
def writer(cluster: Any) -> Any:
    """Another session in the database of the tests."""
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        yield other


def test_e305_tables_in_use_are_not_waited_for_without_end(
    writer: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "LOCK_SECONDS", 0.2)

    with writer.transaction():
        writer.execute("LOCK TABLE products IN ROW EXCLUSIVE MODE")
        message = refused()

    assert message.startswith("prodobit.E305: another session has used the tables for 0.2 seconds.")
    assert sum(counted().values()) == 0


def test_nobody_writes_while_the_rows_are_made(writer: psycopg.Connection[Any]) -> None:
    writer.execute("SET lock_timeout = '50ms'")
    outcomes: list[str] = []

    def write(progress: Progress) -> None:
        if not outcomes:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                writer.execute("INSERT INTO locations (name, code) VALUES ('Mine', 'WH-01')")
            outcomes.append("refused")

    seed(100, 1, report=write)

    assert outcomes == ["refused"]
