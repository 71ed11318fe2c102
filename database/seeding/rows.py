"""Rows for every table, generated lazily, as lines of COPY's text format.

The same seed gives the same rows, on every machine and under every version of Python: the only
source of chance is ``Random.random``, whose sequence Python promises to keep, and the only
functions of real numbers are those that IEEE 754 rounds exactly.

https://docs.python.org/3/library/random.html#notes-on-reproducibility
https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import date, timedelta
from math import gcd, sqrt
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from database.seeding import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from database.seeding.plan import Counts

FIRST_DAY = date(2024, 1, 1)
"""Opening day of the business: a Monday."""
WORKING_DAYS = 600
"""Days on which orders came in, without Sundays: to the end of November 2025."""
DAYS_OF_FITTING_OUT = 300
DAYS_OF_FIRST_CUSTOMERS = 60
SMALLEST_LOT = 20
"""Units of the smallest purchase; more than any order line sells."""

# By the number of days an order is old: which statuses it may have, each as often as it is listed.
FRESH = ("draft",) * 3 + ("confirmed",) * 5 + ("shipped",) * 2
RECENT = ("confirmed",) * 2 + ("shipped",) * 10 + ("paid",) * 7 + ("cancelled",)
SETTLED = ("paid",) * 46 + ("shipped",) + ("cancelled",) * 3
SENT = ("shipped", "paid")
"""Statuses of orders whose goods have left the stock."""

# Percent of the product's price that an order line is sold at.
RATES = (100, 100, 100, 100, 100, 100, 97, 95, 90, 102)
CENTS = (0, 50, 90, 95, 99)


class CategoryRow(NamedTuple):
    """One category; ``group`` is None for a root and ``style`` for all but the lowest."""

    parent: int | None
    name: str
    slug: str
    department: int
    group: int | None
    style: int | None


class Order(NamedTuple):
    """One order; ``place`` counts from 0, ``day`` is a working day with its fraction."""

    place: int
    customer: int
    status: str
    day: float
    lines: int


class Line(NamedTuple):
    """One order line; ``price`` is in cents."""

    position: int
    product: int
    quantity: int
    price: int


def all_categories() -> list[CategoryRow]:
    """List every category there are words for, parents first."""
    rows: list[CategoryRow] = []
    for d, department in enumerate(words.DEPARTMENTS):
        root = len(rows)
        rows.append(CategoryRow(None, department.name, _slug(department.name), d, None, None))
        for g, group in enumerate(department.groups):
            slug = _slug(f"{department.name} {group.plural}")
            rows.append(CategoryRow(root, group.plural, slug, d, g, None))
    for parent, row in enumerate(list(rows)):
        if row.group is not None:
            for s, style in enumerate(words.DEPARTMENTS[row.department].styles):
                name = f"{style} {row.name.lower()}"
                slug = f"{row.slug}-{_slug(style)}"
                rows.append(CategoryRow(parent, name, slug, row.department, row.group, s))
    return rows


@dataclass
class Tables:
    """The rows of each table as a generator; each may be run once, in the order of the methods.

    What later tables need of earlier ones is kept in two numbers for each product and two for each
    stock level; nothing else grows with the number of rows.

    Attributes:
        counts: How many rows each table gets.
        seed: What chance starts from.
    """

    counts: Counts
    seed: int

    def __post_init__(self) -> None:
        self._categories = all_categories()[: self.counts.categories]
        self._prices = array("q")
        self._stock = array("q")
        self._moved = array("d")
        step = max(int(self.counts.products * 0.618), 1)
        while gcd(step, self.counts.products) > 1:
            step += 1
        self._step = step

    def generators(self) -> dict[str, Callable[[], Iterator[str]]]:
        """The generator of each table, by the table's name, in the order to be run."""
        return {
            "categories": self.categories,
            "products": self.products,
            "product_categories": self.product_categories,
            "customers": self.customers,
            "locations": self.locations,
            "sales_orders": self.sales_orders,
            "sales_order_lines": self.sales_order_lines,
            "stock_movements": self.stock_movements,
            "stock_levels": self.stock_levels,
        }

    def categories(self) -> Iterator[str]:
        """Yield id, parent_id, name, slug."""
        for number, row in enumerate(self._categories, 1):
            parent = r"\N" if row.parent is None else row.parent + 1
            yield f"{number}\t{parent}\t{row.name}\t{row.slug}\n"

    def products(self) -> Iterator[str]:
        """Yield id, name, price, created_at."""
        chance = self._chance("products")
        count = self.counts.products
        for index, (category, style) in enumerate(self._placings()):
            department = words.DEPARTMENTS[self._categories[category].department]
            group = department.groups[self._categories[category].group or 0]
            line = words.RANGES[int(chance() * len(words.RANGES))]
            size = words.SIZES[int(chance() * len(words.SIZES))]
            units = group.lowest + int(chance() * chance() * (group.highest - group.lowest))
            price = units * 100 + CENTS[int(chance() * len(CENTS))]
            day = DAYS_OF_FITTING_OUT * ((index + chance()) / count - 1)
            self._prices.append(price)
            yield (
                f"{index + 1}\t{line} {department.styles[style].lower()} {group.singular} {size}"
                f"\t{_money(price)}\t{_moment(day)}\n"
            )

    def product_categories(self) -> Iterator[str]:
        """Yield id, product_id, category_id."""
        chance = self._chance("second category")
        products = self.counts.products
        seconds = self.counts.product_categories - products
        categories = self.counts.categories
        number = 0
        for product, (category, _) in enumerate(self._placings()):
            number += 1
            yield f"{number}\t{product + 1}\t{category + 1}\n"
            if (product + 1) * seconds // products > product * seconds // products:
                number += 1
                second = (category + 1 + int(chance() * (categories - 1))) % categories
                yield f"{number}\t{product + 1}\t{second + 1}\n"

    def customers(self) -> Iterator[str]:
        """Yield id, name, email, phone, created_at."""
        chance = self._chance("customers")
        count = self.counts.customers
        span = WORKING_DAYS + DAYS_OF_FIRST_CUSTOMERS
        for index in range(count):
            first, first_plain = words.FIRST_NAMES[int(chance() * len(words.FIRST_NAMES))]
            last, last_plain = words.LAST_NAMES[int(chance() * len(words.LAST_NAMES))]
            domain = words.MAIL_DOMAINS[int(chance() * len(words.MAIL_DOMAINS))]
            if chance() < 0.3:
                trade = words.TRADES[int(chance() * len(words.TRADES))]
                form = words.LEGAL_FORMS[int(chance() * len(words.LEGAL_FORMS))]
                name = f"{last} {trade} {form}"
                mail = f"{trade.lower()}.{last_plain}"
            else:
                name = f"{first} {last}"
                mail = f"{first_plain}.{last_plain}"
            phone = ""
            if chance() < 0.88:
                pattern = words.TELEPHONES[int(chance() * len(words.TELEPHONES))]
                phone = pattern.format(int(chance() * (100 if ":02d" in pattern else 1000)))
            # The first is there from the start; each of the others comes in its own stretch of
            # time, so that orders know who was there before them.
            day = span * max(index - 1 + chance(), 0) / count - DAYS_OF_FIRST_CUSTOMERS
            yield f"{index + 1}\t{name}\t{mail}{index + 1}@{domain}\t{phone}\t{_moment(day)}\n"

    def locations(self) -> Iterator[str]:
        """Yield id, name, code."""
        for index in range(self.counts.locations):
            kind, code = words.PLACE_KINDS[index % len(words.PLACE_KINDS)]
            yield f"{index + 1}\t{words.PLACES[index]} {kind}\t{code}-{index + 1:02d}\n"

    def sales_orders(self) -> Iterator[str]:
        """Yield id, number, customer_id, status, ordered_at."""
        for order in self._orders():
            moment = _moment(order.day)
            yield (
                f"{order.place + 1}\tSO-{moment[:4]}-{order.place + 1:07d}"
                f"\t{order.customer + 1}\t{order.status}\t{moment}\n"
            )

    def sales_order_lines(self) -> Iterator[str]:
        """Yield id, order_id, position, product_id, quantity, unit_price."""
        number = 0
        for order, lines in self._orders_with_lines():
            for line in lines:
                number += 1
                yield (
                    f"{number}\t{order.place + 1}\t{line.position}\t{line.product + 1}"
                    f"\t{line.quantity}\t{_money(line.price)}\n"
                )

    def stock_movements(self) -> Iterator[str]:
        """Yield id, product_id, location_id, quantity, reason, moved_at.

        Their order is that of their time, and no stock is below zero at any time: each level is
        opened with a purchase; then each order line has two movements. Where its goods were sent
        they are the sale and, before it, the purchase it needs or some event elsewhere; otherwise
        they are a transfer.
        """
        chance = self._chance("movements")
        levels = self.counts.stock_levels
        number = 0

        def move(level: int, quantity: int, reason: str, day: float) -> str:
            nonlocal number
            number += 1
            self._stock[level] += quantity
            self._moved[level] = day
            return (
                f"{number}\t{level // 2 + 1}\t{self._location(level) + 1}"
                f"\t{quantity}\t{reason}\t{_moment(day)}\n"
            )

        def lot() -> int:
            return SMALLEST_LOT + 10 * int(chance() * 18)

        self._stock.extend([0] * levels)
        self._moved.extend([0.0] * levels)
        for level in range(levels):
            yield move(level, lot(), "purchase", 4 * level / levels - 5)
        for order, lines in self._orders_with_lines():
            for line in lines:
                # A working day after the stretch of time that the order lies in.
                before = 1 + self._day(order.place + 1 + (line.position - 0.75) / order.lines)
                day = 1 + self._day(order.place + 1 + (line.position - 0.25) / order.lines)
                level = 2 * line.product + (chance() < 0.4)
                if order.status not in SENT:
                    units = self._stock[level]
                    if units:
                        units = 1 + int(chance() * min(units, 10))
                        yield move(level, -units, "transfer", before)
                        yield move(level ^ 1, units, "transfer", day)
                    else:
                        yield move(level, lot(), "purchase", before)
                        yield move(level ^ 1, lot(), "purchase", day)
                    continue
                if self._stock[level] < line.quantity:
                    yield move(level, lot(), "purchase", before)
                else:
                    elsewhere = int(chance() * levels)
                    spare = self._stock[elsewhere] - (line.quantity if elsewhere == level else 0)
                    yield move(elsewhere, *_event(chance, spare), before)
                yield move(level, -line.quantity, "sale", day)

    def stock_levels(self) -> Iterator[str]:
        """Yield id, product_id, location_id, quantity, updated_at: the sums of the movements."""
        for level in range(self.counts.stock_levels):
            yield (
                f"{level + 1}\t{level // 2 + 1}\t{self._location(level) + 1}"
                f"\t{self._stock[level]}\t{_moment(self._moved[level])}\n"
            )

    def _chance(self, purpose: str) -> Callable[[], float]:
        return Random(f"{self.seed}/{purpose}").random

    def _day(self, place: float) -> float:
        """The working day at which the order at that place comes in; the business grows."""
        return WORKING_DAYS * (sqrt(1 + 8 * place / (self.counts.sales_orders + 1)) - 1) / 2

    def _location(self, level: int) -> int:
        """The place of a stock level: two different ones for the two levels of a product."""
        places = self.counts.locations
        product, second = divmod(level, 2)
        apart = 1 + product // places % (places - 1)
        return (product + second * apart) % places

    def _placings(self) -> Iterator[tuple[int, int]]:
        """The main category of each product, and its style."""
        chance = self._chance("placings")
        groups = [i for i, row in enumerate(self._categories) if row.style is None]
        groups = [i for i in groups if self._categories[i].group is not None] or groups
        styled = {
            (row.parent, row.style): i
            for i, row in enumerate(self._categories)
            if row.style is not None
        }
        for _ in range(self.counts.products):
            group = groups[int(chance() * len(groups))]
            department = words.DEPARTMENTS[self._categories[group].department]
            style = int(chance() * len(department.styles))
            yield styled.get((group, style), group), style

    def _orders(self) -> Iterator[Order]:
        chance = self._chance("orders")
        count = self.counts.sales_orders
        customers = self.counts.customers
        extra = self.counts.sales_order_lines - count
        span = WORKING_DAYS + DAYS_OF_FIRST_CUSTOMERS
        taken = 0
        for index in range(count):
            day = self._day(index + 0.9 * chance())
            known = min(1 + int(customers * (day + DAYS_OF_FIRST_CUSTOMERS) / span), customers)
            customer = int(known * chance() * chance())
            age = WORKING_DAYS - day
            statuses = FRESH if age < 8 else RECENT if age < 25 else SETTLED
            status = statuses[int(chance() * len(statuses))]
            upto = int(extra * (index + 1 + chance()) / count) if index + 1 < count else extra
            upto = min(upto, extra)
            yield Order(index, customer, status, day, 1 + upto - taken)
            taken = upto

    def _orders_with_lines(self) -> Iterator[tuple[Order, list[Line]]]:
        chance = self._chance("lines")
        products = self.counts.products
        for order in self._orders():
            lines: list[Line] = []
            for position in range(1, order.lines + 1):
                # The square makes few products popular; the step spreads those among all.
                product = int(products * chance() * chance()) * self._step % products
                price = self._prices[product]
                quantity = 1 + int(chance() * chance() * 5)
                if price < 1500:
                    quantity *= 2
                rate = RATES[int(chance() * len(RATES))]
                lines.append(Line(position, product, quantity, price * rate // 100))
            yield order, lines


def _event(chance: Callable[[], float], spare: int) -> tuple[int, str]:
    """Something that happens to a stock level: a change that leaves it above zero, and why."""
    what = chance()
    units = 1 + int(chance() * 3)
    if what < 0.15 and spare >= units:
        return -units, "loss"
    if what < 0.25 and spare >= units:
        return -units, "count"
    if what < 0.35:
        return units, "count"
    if what < 0.75:
        return units, "return"
    return 5 * units, "purchase"


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _dates() -> dict[int, str]:
    days = range(-DAYS_OF_FITTING_OUT, WORKING_DAYS + 10)
    return {day: f"{FIRST_DAY + timedelta(day // 6 * 7 + day % 6)}" for day in days}


DATES = _dates()


def _moment(day: float) -> str:
    """Write a working day and its fraction as a moment in UTC, from eight to twenty o'clock."""
    whole = int(day // 1)
    minutes, second = divmod(8 * 3600 + int((day - whole) * 12 * 3600), 60)
    hour, minute = divmod(minutes, 60)
    return f"{DATES[whole]} {hour:02d}:{minute:02d}:{second:02d}+00"
