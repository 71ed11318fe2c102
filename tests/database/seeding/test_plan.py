"""database.seeding.plan: rows shared out among the tables."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from database.seeding.plan import FEWEST_ROWS, MOST_CATEGORIES, MOST_ROWS, share_out
from database.seeding.words import PLACES


@pytest.mark.parametrize(
    "numbers",
    [
        range(FEWEST_ROWS, 5000),
        range(24_990, 25_010),
        range(499_990, 500_010),
        range(MOST_ROWS - 10, MOST_ROWS + 1),
    ],
)
def test_every_number_of_rows_is_shared_out_exactly(numbers: range) -> None:
    for rows in numbers:
        counts = share_out(rows)

        assert sum(asdict(counts).values()) == counts.total == rows
        assert min(asdict(counts).values()) >= 1
        assert counts.sales_order_lines >= counts.sales_orders
        assert counts.stock_movements == counts.stock_levels + 2 * counts.sales_order_lines
        assert counts.products <= counts.product_categories
        assert counts.product_categories <= counts.products * counts.categories
        assert counts.categories <= MOST_CATEGORIES
        assert 2 <= counts.locations <= len(PLACES)


@pytest.mark.parametrize("rows", [FEWEST_ROWS - 1, 0, -1, MOST_ROWS + 1, 10**12])
def test_other_numbers_are_refused(rows: int) -> None:
    with pytest.raises(ValueError, match="rows must be from 20 to 100000000"):
        share_out(rows)
