"""How many rows there are, at a cost that does not grow with the table."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db import connections

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

COUNTED_ROWS = 100_000
"""Rows that are counted one by one; beyond them a count says that it is none."""


class InexactCount(int):
    """A number of rows that was not counted to the end, and says so wherever it is shown."""

    words: str

    def __new__(cls, number: int, words: str) -> InexactCount:  # noqa: D102
        count = super().__new__(cls, number)
        count.words = words
        return count

    def __str__(self) -> str:
        return f"{self.words} {int(self):,}"


def count_rows(rows: QuerySet[Any]) -> int:
    """Count ``rows``, exactly up to COUNTED_ROWS.

    Args:
        rows: Any queryset; its order does not matter.

    Returns:
        The exact number, or an ``InexactCount``: PostgreSQL's estimate for a whole table, and
        "more than" for a part of one.

    Side effects:
        One query, two where the whole of a larger table was asked for.
    """
    counted = rows.order_by()[: COUNTED_ROWS + 1].count()
    if counted <= COUNTED_ROWS:
        return counted
    estimate = 0 if rows.query.where or rows.query.distinct else _estimate(rows)
    if estimate > COUNTED_ROWS:
        return InexactCount(estimate, "about")
    return InexactCount(COUNTED_ROWS, "more than")


def has_more_rows(rows: QuerySet[Any], limit: int) -> bool:
    """Whether there are more than ``limit`` rows; reads at most one more than that."""
    return rows.order_by()[: limit + 1].count() > limit


def _estimate(rows: QuerySet[Any]) -> int:
    # reltuples is what VACUUM and ANALYZE last found, and -1 before they first ran:
    # https://www.postgresql.org/docs/current/catalog-pg-class.html
    model: type[Model] = rows.model
    connection = connections[rows.db]
    # The name is a value here, in which a percent sign stands for nothing else.
    table = connection.ops.quote_name(model._meta.db_table).replace("%%", "%")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


class StudioPaginator(Paginator):  # type: ignore[type-arg]
    """Pages over a table of any size; see ``count_rows`` for what its total means."""

    @cached_property
    def count(self) -> int:
        """Rows on all pages together."""
        rows: Any = self.object_list
        return count_rows(rows)
