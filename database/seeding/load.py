"""Fills the empty tables of a database with rows, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db import Error as DatabaseError
from psycopg import Error as PsycopgError
from psycopg.errors import LockNotAvailable

from database.seeding.plan import Counts, share_out
from database.seeding.rows import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.utils import CursorWrapper

DEMO_ROWS = 2_000
DEMO_SEED = 1
LOCK_SECONDS = 10
ROWS_AT_ONCE = 2_000

COLUMNS: dict[str, tuple[str, ...]] = {
    "categories": ("id", "parent_id", "name", "slug"),
    "products": ("id", "name", "price", "created_at"),
    "product_categories": ("id", "product_id", "category_id"),
    "customers": ("id", "name", "email", "phone", "created_at"),
    "locations": ("id", "name", "code"),
    "sales_orders": ("id", "number", "customer_id", "status", "ordered_at"),
    "sales_order_lines": ("id", "order_id", "position", "product_id", "quantity", "unit_price"),
    "stock_movements": ("id", "product_id", "location_id", "quantity", "reason", "moved_at"),
    "stock_levels": ("id", "product_id", "location_id", "quantity", "updated_at"),
}
"""The columns that are written, by table, in the order of the generators' fields."""

# Of the tables that the search path shows: each column, and whether a row must be given a value.
COLUMNS_QUERY = """
    SELECT c.relname, a.attname,
           a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
      FROM unnest(%s::text[]) AS wanted (name)
      JOIN pg_class c ON c.oid = to_regclass(quote_ident(wanted.name))
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
"""


class SeedingError(Exception):
    """Nothing was written, for a reason that the message gives; it begins with an id."""


@dataclass(frozen=True)
class Progress:
    """How far the work has come.

    Attributes:
        table: The table that is being filled.
        table_done: Rows written to it.
        table_total: Rows that it gets.
        done: Rows written to all tables.
        total: Rows that all tables get.
    """

    table: str
    table_done: int
    table_total: int
    done: int
    total: int


def seed_demo(*, using: str = DEFAULT_DB_ALIAS) -> Counts:
    """Fill an empty database with a small demonstration: about 2,000 rows, always the same.

    Args:
        using: Alias of the database.

    Returns:
        How many rows each table got.

    Raises:
        SeedingError: The tables are not there, or not empty; nothing was written.
    """
    return seed(DEMO_ROWS, DEMO_SEED, using=using)


def seed(
    rows: int,
    start: int,
    *,
    replace: bool = False,
    using: str = DEFAULT_DB_ALIAS,
    report: Callable[[Progress], None] | None = None,
) -> Counts:
    """Fill the nine empty tables with believable rows that belong together.

    All in one transaction, so that an interruption leaves nothing. The tables are locked against
    other writers until its end, ids count from 1, and their sequences go on behind the last.
    The planner's statistics are renewed. Memory stays flat, whatever the number.

    Args:
        rows: Rows of all tables together.
        start: What chance starts from: the same gives the same rows.
        replace: Delete the rows that are there before; without it they are a reason to refuse.
        using: Alias of the database.
        report: Called now and then with the progress.

    Returns:
        How many rows each table got.

    Raises:
        SeedingError: The tables are not there, not as expected, not empty, or not to be had, or
            the database refused a row; nothing was written.
        ValueError: ``rows`` is out of range.
        django.db.OperationalError: The server could not be reached.
    """
    counts = share_out(rows)
    tables = Tables(counts, start)
    connection = connections[using]
    connection.ensure_connection()
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            _check_columns(cursor)
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            if replace:
                # Not DELETE, which would take rows of other tables along that refer to these.
                cursor.execute(f"TRUNCATE {', '.join(COLUMNS)}")
            else:
                cursor.execute(f"LOCK TABLE {', '.join(COLUMNS)} IN SHARE ROW EXCLUSIVE MODE")
            if filled := _filled(cursor):
                raise SeedingError(
                    f"prodobit.E303: there are rows already in {', '.join(filled)}. seed fills"
                    " empty tables only; say --replace to delete all rows of the nine tables first,"
                    " or name another database in DB_NAME."
                )
            # Foreign keys are checked with each table, not all of them at the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            done = 0
            for table, generate in tables.generators().items():
                done = _fill(cursor, table, generate(), counts, done, report)
                _restart_sequence(cursor, table, getattr(counts, table) + 1)
            cursor.execute(f"ANALYZE {', '.join(COLUMNS)}")
    except (DatabaseError, PsycopgError) as error:
        # Django translates the errors of execute(), but not those of copy().
        raise _refused(error) from error
    return counts


def filled_tables(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Name those of the nine tables that have rows; a table that is not there has none."""
    with connections[using].cursor() as cursor:
        return _filled(cursor)


def _check_columns(cursor: CursorWrapper) -> None:
    cursor.execute(COLUMNS_QUERY, [list(COLUMNS)])
    found: dict[str, dict[str, bool]] = {}
    for table, column, required in cursor.fetchall():
        found.setdefault(table, {})[column] = required
    if missing := [table for table in COLUMNS if table not in found]:
        raise SeedingError(
            f"prodobit.E302: there is no table {', '.join(missing)}. Nothing can be seeded before"
            " the tables are made; run 'manage.py migrate' first."
        )
    for table, wanted in COLUMNS.items():
        if unknown := [column for column in wanted if column not in found[table]]:
            raise _changed(f"{table} has no column {', '.join(unknown)}")
        left = [column for column, needed in found[table].items() if needed]
        if left := [column for column in left if column not in wanted]:
            raise _changed(f"{table}.{left[0]} needs a value that seed does not know")


def _changed(what: str) -> SeedingError:
    return SeedingError(
        f"prodobit.E304: {what}. seed writes the models as Prodobit came with them; give the column"
        " back, or a default or NULL where it is new, or change database/seeding."
    )


def _filled(cursor: CursorWrapper) -> list[str]:
    cursor.execute(
        "SELECT name FROM unnest(%s::text[]) AS name"
        " WHERE to_regclass(quote_ident(name)) IS NOT NULL",
        [list(COLUMNS)],
    )
    there = [name for (name,) in cursor.fetchall()]
    filled = []
    for table in there:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")
        if cursor.fetchone() == (True,):
            filled.append(table)
    return filled


def _fill(
    cursor: CursorWrapper,
    table: str,
    lines: Iterator[str],
    counts: Counts,
    done: int,
    report: Callable[[Progress], None] | None,
) -> int:
    total = getattr(counts, table)
    in_table = 0
    with cursor.copy(f"COPY {table} ({', '.join(COLUMNS[table])}) FROM STDIN") as copy:
        while chunk := list(islice(lines, ROWS_AT_ONCE)):
            copy.write("".join(chunk))
            in_table += len(chunk)
            if report:
                report(Progress(table, in_table, total, done + in_table, counts.total))
    return done + in_table


def _restart_sequence(cursor: CursorWrapper, table: str, number: int) -> None:
    # Not setval(), which a rollback does not take back.
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    row = cursor.fetchone()
    if row and row[0]:
        cursor.execute(f"ALTER SEQUENCE {row[0]} RESTART WITH {number}")


def _refused(error: DatabaseError | PsycopgError) -> SeedingError:
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    if isinstance(cause, LockNotAvailable):
        return SeedingError(
            f"prodobit.E305: another session has used the tables for {LOCK_SECONDS} seconds."
            " Nothing was written; try again when it has finished."
        )
    # Without the details of an error, which may quote rows.
    said = cause.diag.message_primary if isinstance(cause, PsycopgError) else None
    reason = said or str(error).strip().partition("\n")[0]
    return SeedingError(
        f"prodobit.E306: the database refused: {reason}. Nothing was written; remove the cause and"
        " try again, or seed another database."
    )
