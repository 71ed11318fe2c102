"""database.seeding.rows: rows that are believable, belong together and are always the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import asdict
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from database.models import (
    Category,
    Customer,
    Location,
    Product,
    SalesOrder,
    SalesOrderLine,
    StockLevel,
    StockMovement,
)
from database.seeding.load import COLUMNS
from database.seeding.plan import MOST_ROWS, share_out
from database.seeding.rows import SENT, Tables, all_categories

ROOT = Path(__file__).resolve().parents[3]
type Rows = dict[str, list[dict[str, str]]]


def generate(rows: int, seed: int = 1) -> Rows:
    tables = Tables(share_out(rows), seed)
    return {
        table: [
            dict(zip(COLUMNS[table], line.removesuffix("\n").split("\t"), strict=True))
            for line in lines()
        ]
        for table, lines in tables.generators().items()
    }


@pytest.fixture(scope="module", params=[20, 21, 33, 250, 3_000, 30_000])
def made(request: pytest.FixtureRequest) -> Rows:
    return generate(request.param)


def by_id(made: Rows, table: str) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in made[table]}


def test_each_table_gets_its_count_and_ids_from_one(made: Rows) -> None:
    total = sum(map(len, made.values()))

    assert list(made) == list(COLUMNS)
    assert {table: len(rows) for table, rows in made.items()} == asdict(share_out(total))
    for rows in made.values():
        assert [row["id"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_references_lead_to_rows(made: Rows) -> None:
    for table, column, target in [
        ("product_categories", "product_id", "products"),
        ("product_categories", "category_id", "categories"),
        ("sales_orders", "customer_id", "customers"),
        ("sales_order_lines", "order_id", "sales_orders"),
        ("sales_order_lines", "product_id", "products"),
        ("stock_movements", "product_id", "products"),
        ("stock_movements", "location_id", "locations"),
        ("stock_levels", "product_id", "products"),
        ("stock_levels", "location_id", "locations"),
    ]:
        assert {row[column] for row in made[table]} <= {row["id"] for row in made[target]}


def test_categories_are_a_tree_whose_parents_come_first(made: Rows) -> None:
    for row in made["categories"]:
        if row["parent_id"] != r"\N":
            assert int(row["parent_id"]) < int(row["id"])
            assert row["slug"].startswith(made["categories"][int(row["parent_id"]) - 1]["slug"])
    assert made["categories"][0]["parent_id"] == r"\N"


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("categories", ["slug"]),
        ("product_categories", ["product_id", "category_id"]),
        ("customers", ["email"]),
        ("locations", ["code"]),
        ("sales_orders", ["number"]),
        ("sales_order_lines", ["order_id", "position"]),
        ("stock_levels", ["product_id", "location_id"]),
    ],
)
def test_what_must_be_unique_is(made: Rows, table: str, columns: list[str]) -> None:
    found = Counter(tuple(row[column].lower() for column in columns) for row in made[table])

    assert max(found.values()) == 1


def test_texts_fit_and_need_no_escape(made: Rows) -> None:
    fields: list[tuple[str, str, Any]] = [
        ("categories", "name", Category._meta.get_field("name")),
        ("categories", "slug", Category._meta.get_field("slug")),
        ("products", "name", Product._meta.get_field("name")),
        ("customers", "name", Customer._meta.get_field("name")),
        ("customers", "email", Customer._meta.get_field("email")),
        ("customers", "phone", Customer._meta.get_field("phone")),
        ("locations", "name", Location._meta.get_field("name")),
        ("locations", "code", Location._meta.get_field("code")),
        ("sales_orders", "number", SalesOrder._meta.get_field("number")),
    ]
    for table, column, field in fields:
        for row in made[table]:
            field.run_validators(row[column])
            assert "\\" not in row[column]
            assert row[column] == row[column].strip()


def test_every_word_there_is_fits() -> None:
    name: Any = Category._meta.get_field("name")
    slug: Any = Category._meta.get_field("slug")

    for row in all_categories():
        name.run_validators(row.name)
        slug.run_validators(row.slug)


def test_statuses_and_reasons_are_those_of_the_models(made: Rows) -> None:
    assert {row["status"] for row in made["sales_orders"]} <= set(SalesOrder.Status.values)
    assert {row["reason"] for row in made["stock_movements"]} <= set(StockMovement.Reason.values)


def test_all_statuses_and_reasons_occur() -> None:
    made = generate(30_000)

    assert {row["status"] for row in made["sales_orders"]} == set(SalesOrder.Status.values)
    assert {row["reason"] for row in made["stock_movements"]} == set(StockMovement.Reason.values)


def test_stock_is_what_the_movements_leave_and_never_below_zero(made: Rows) -> None:
    stock: dict[tuple[str, str], int] = defaultdict(int)
    moved: dict[tuple[str, str], str] = {}
    before = ""

    for row in made["stock_movements"]:
        place = row["product_id"], row["location_id"]
        stock[place] += int(row["quantity"])
        moved[place] = row["moved_at"]
        assert int(row["quantity"]) != 0
        assert stock[place] >= 0
        assert row["moved_at"] >= before
        before = row["moved_at"]

    levels = {(row["product_id"], row["location_id"]): row for row in made["stock_levels"]}
    assert {place: int(row["quantity"]) for place, row in levels.items()} == stock
    assert {place: row["updated_at"] for place, row in levels.items()} == moved


def test_what_was_sent_has_left_the_stock(made: Rows) -> None:
    orders = by_id(made, "sales_orders")
    sent = [
        (line["product_id"], -int(line["quantity"]))
        for line in made["sales_order_lines"]
        if orders[line["order_id"]]["status"] in SENT
    ]

    sales = [
        (row["product_id"], int(row["quantity"]))
        for row in made["stock_movements"]
        if row["reason"] == "sale"
    ]

    assert sales == sent


def test_prices_are_near_those_of_the_products(made: Rows) -> None:
    prices = {row["id"]: Decimal(row["price"]) for row in made["products"]}

    assert min(prices.values()) > 0
    for line in made["sales_order_lines"]:
        ratio = Decimal(line["unit_price"]) / prices[line["product_id"]]
        assert Decimal("0.89") < ratio <= Decimal("1.02")
        assert int(line["quantity"]) >= 1


def test_positions_count_from_one_in_every_order(made: Rows) -> None:
    positions: dict[str, list[int]] = defaultdict(list)
    for line in made["sales_order_lines"]:
        positions[line["order_id"]].append(int(line["position"]))

    assert len(positions) == len(made["sales_orders"])
    for found in positions.values():
        assert found == list(range(1, len(found) + 1))


def test_time_runs_forward(made: Rows) -> None:
    customers = by_id(made, "customers")
    ordered = [row["ordered_at"] for row in made["sales_orders"]]

    assert ordered == sorted(ordered)
    for order in made["sales_orders"]:
        assert customers[order["customer_id"]]["created_at"] <= order["ordered_at"]
        assert order["number"][3:7] == order["ordered_at"][:4]
    assert max(row["created_at"] for row in made["products"]) < min(ordered)
    assert max(row["moved_at"] for row in made["stock_movements"]) < "2026"


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    assert generate(3_000, 7) == generate(3_000, 7)
    for table, rows in generate(3_000, 7).items():
        if table not in ("categories", "locations"):
            assert rows != generate(3_000, 8)[table], table


def test_the_rows_are_those_of_every_machine_and_release() -> None:
    tables = Tables(share_out(2_000), 1)
    digest = hashlib.sha256()

    for lines in tables.generators().values():
        for line in lines():
            digest.update(line.encode())

    assert digest.hexdigest() == (
        "390582a4f7568b557059240c6dacfe773704007014ed093a78a29e37749492d0"
    )


def test_rows_are_made_when_they_are_asked_for() -> None:
    tables = Tables(share_out(MOST_ROWS), 1)

    assert len(list(islice(tables.products(), 10))) == 10
    assert len(list(islice(tables.customers(), 10))) == 10


@pytest.mark.slow
def test_memory_stays_flat() -> None:
    code = (
        "import resource, sys\n"
        "from database.seeding.plan import share_out\n"
        "from database.seeding.rows import Tables\n"
        "for lines in Tables(share_out(int(sys.argv[1])), 1).generators().values():\n"
        "    for line in lines():\n"
        "        pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    small, large = (
        int(subprocess.check_output([sys.executable, "-c", code, rows], cwd=ROOT))
        for rows in ("2000", "400000")
    )

    # Kilobytes; the rows of the large one are 25 megabytes of text.
    assert large - small < 4_000


def test_the_columns_are_those_of_the_models() -> None:
    for model in (Product, Category, Customer, Location, SalesOrder, SalesOrderLine, StockLevel):
        written = set(COLUMNS[model._meta.db_table])

        assert written <= {field.column for field in model._meta.local_fields}
