"""What a review asks the database for; without one, nothing is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from django.db.backends.base.base import BaseDatabaseWrapper

from database.schema import catalog, state
from database.schema.state import TableName

NO_VERSION = 150000
"""The version that is taken for granted without a database: the oldest that is supported."""

# As the planner does: the rows per page of the last ANALYZE, times the pages of now.
# https://www.postgresql.org/docs/current/row-estimation-examples.html
# Asking for a size opens the table, and so would wait for who has locked it: not asked of those.
SIZES = """
WITH locked AS (
    SELECT DISTINCT relation FROM pg_locks
    WHERE mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid() AND relation IS NOT NULL
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
), leaf AS (
    SELECT c.oid AS root, coalesce(tree.relid, c.oid) AS oid
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL pg_partition_tree(c.oid) tree ON c.relkind = 'p' AND tree.isleaf
    WHERE c.relkind IN ('r', 'p', 'm')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), part AS (
    SELECT leaf.root, c.relkind,
           CASE WHEN c.relkind = 'p' OR pages.now = 0 AND NOT pages.locked THEN 0
                WHEN c.reltuples < 0 OR c.relpages = 0 THEN NULL
                ELSE c.reltuples * pages.now / c.relpages END AS rows,
           CASE WHEN c.relkind = 'p' THEN 0 WHEN pages.locked THEN NULL
                ELSE pg_total_relation_size(c.oid) END AS bytes
    FROM leaf
    JOIN pg_class c ON c.oid = leaf.oid,
    LATERAL (
        SELECT l.locked, CASE WHEN c.relkind = 'p' THEN 0 WHEN l.locked THEN c.relpages
               ELSE pg_relation_size(c.oid) / current_setting('block_size')::bigint END AS now
        FROM (SELECT EXISTS (SELECT FROM locked WHERE relation = c.oid)) l (locked)
    ) pages
)
SELECT n.nspname, c.relname,
       CASE WHEN bool_or(part.rows IS NULL) THEN NULL ELSE sum(part.rows)::bigint END,
       CASE WHEN bool_or(part.bytes IS NULL) THEN NULL ELSE sum(part.bytes)::bigint END
FROM part
JOIN pg_class c ON c.oid = part.root
JOIN pg_namespace n ON n.oid = c.relnamespace
GROUP BY 1, 2
"""
NULLS = """
SELECT max(null_frac) FROM pg_stats
WHERE schemaname = %s AND tablename = %s AND attname = %s
"""
VOLATILITY = """
SELECT p.proname::text, bool_or(p.provolatile = 'v') FROM pg_proc p
WHERE p.proname = ANY (%s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How big a table is; None for what nobody knows.

    Attributes:
        rows: About how many rows it has.
        bytes: What it takes on disk, with its indexes.
    """

    rows: int | None = None
    bytes: int | None = None


class Live:
    """Reads the live database.

    Args:
        connection: A connection in a transaction that only reads; None to know nothing.
    """

    def __init__(self, connection: BaseDatabaseWrapper | None) -> None:
        self.connection = connection
        self._volatile: dict[str, bool] = {}

    @cached_property
    def version(self) -> int:
        """The server's version as a number, 150018; that of PostgreSQL 15 if there is none."""
        if self.connection is None:
            return NO_VERSION
        return int(self.connection.pg_version)  # type: ignore[attr-defined]

    @cached_property
    def _schema(self) -> state.Schema:
        return catalog.read(self.connection) if self.connection else state.Schema()

    def schema(self) -> state.Schema:
        """Return all tables of the database."""
        return self._schema

    @cached_property
    def _sizes(self) -> dict[TableName, Size]:
        if self.connection is None:
            return {}
        with self.connection.cursor() as cursor:
            cursor.execute(SIZES)
            return {
                TableName(schema, name): Size(rows, total)
                for schema, name, rows, total in cursor.fetchall()
            }

    def sizes(self) -> dict[TableName, Size]:
        """Return the size of every table, by its full name."""
        return self._sizes

    def find(self, sizes: dict[TableName, Size], name: TableName) -> Size:
        """Return the size of a table that the search path may have to find."""
        if name.schema:
            return sizes.get(name, Size())
        for schema in self._schema.search_path:
            if (size := sizes.get(TableName(schema, name.name))) is not None:
                return size
        return Size()

    def null_fraction(self, table: TableName, column: str) -> float | None:
        """Return which part of a column's rows is NULL, as ANALYZE found it."""
        if self.connection is None:
            return None
        with self.connection.cursor() as cursor:
            cursor.execute(NULLS, [table.schema, table.name, column])
            found = cursor.fetchone()[0]
        return None if found is None else float(found)

    def any_volatile(self, functions: Collection[str]) -> bool | None:
        """Tell whether one of the functions is volatile; None if nobody knows one of them."""
        unknown = [name for name in functions if name not in self._volatile]
        if unknown and self.connection is not None:
            with self.connection.cursor() as cursor:
                cursor.execute(VOLATILITY, [unknown])
                self._volatile |= dict(cursor.fetchall())
        known = [self._volatile.get(name, _WELL_KNOWN.get(name)) for name in functions]
        if True in known:
            return True
        return None if None in known else False

    @cached_property
    def in_utc(self) -> bool:
        """Whether a timestamp is the same with and without time zone in this session."""
        return self.connection is None or self.connection.timezone_name == "UTC"


# Of functions in defaults: whether they give another value for each row.
_WELL_KNOWN = {
    **dict.fromkeys(("now", "statement_timestamp", "transaction_timestamp", "coalesce"), False),
    **dict.fromkeys(("cast", "row", "array", "timezone", "lower", "upper", "concat"), False),
    **dict.fromkeys(("varchar", "numeric", "character", "timestamp", "time", "bit"), False),
    **dict.fromkeys(("gen_random_uuid", "uuid_generate_v4", "random", "clock_timestamp"), True),
    **dict.fromkeys(("nextval", "uuidv4", "uuidv7", "timeofday", "setval"), True),
}
