"""How a number of rows is shared out among the tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from database.seeding.words import DEPARTMENTS, PLACES

FEWEST_ROWS = 20
MOST_ROWS = 100_000_000

MOST_CATEGORIES = sum(1 + len(d.groups) * (1 + len(d.styles)) for d in DEPARTMENTS)


@dataclass(frozen=True)
class Counts:
    """Rows of each table; the names are those of the tables, in the order they are filled."""

    categories: int
    products: int
    product_categories: int
    customers: int
    locations: int
    sales_orders: int
    sales_order_lines: int
    stock_movements: int
    stock_levels: int

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(asdict(self).values())


def share_out(rows: int) -> Counts:
    """Share out ``rows`` among the tables, exactly.

    Of 100 rows about 4 are products, 5 their categories, 8 stock levels, 5 customers, 7 orders,
    21 order lines and 50 stock movements: one for each stock level, its opening stock, and two for
    each order line. Categories and locations end where the words for them do.

    Args:
        rows: Rows of all tables, from :data:`FEWEST_ROWS` to :data:`MOST_ROWS`.
    """
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise ValueError(f"rows must be from {FEWEST_ROWS} to {MOST_ROWS}, not {rows}")
    categories = min(1 + rows // 50, MOST_CATEGORIES)
    products = max(rows // 25, 1)
    placings = products + (products // 4 if categories > 1 else 0)
    customers = max(rows // 20, 1)
    locations = min(2 + rows // 2000, len(PLACES))
    levels = 2 * products
    sold = rows - categories - products - placings - customers - locations - 2 * levels
    # An order stands for ten rows: itself, three lines, and two movements for each line.
    orders = sold // 10
    orders += (sold - orders) % 3
    lines = (sold - orders) // 3
    return Counts(
        categories=categories,
        products=products,
        product_categories=placings,
        customers=customers,
        locations=locations,
        sales_orders=orders,
        sales_order_lines=lines,
        stock_movements=levels + 2 * lines,
        stock_levels=levels,
    )
