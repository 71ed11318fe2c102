"""Facts measured in the data: how many rows a change would lose, and how many are in its way.

Facts are asked for while changes are drafted and measured afterwards, all those of a table in one
scan; then the changes that asked are drafted again, with the answers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from django.db import DataError, IntegrityError, ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from .normalize import literal

UNDEFINED_FUNCTION = "42883"
CANNOT_COERCE = "42846"
INVALID_TEXT = "22P02"

COUNT_UNCASTABLE = """
DO $prodobit$
DECLARE
    item record;
    failed bigint := 0;
BEGIN
    FOR item IN {rows} LOOP
        BEGIN
            PERFORM {cast};
        EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
            failed := failed + item.times;
        END;
    END LOOP;
    PERFORM set_config('prodobit.uncastable', failed::text, true);
END
$prodobit$
"""

TEXTS = ("text", "character varying", "character", "citext")
NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
DOCUMENTS = ("json", "jsonb", "xml")


@dataclass(frozen=True, slots=True)
class Cast:
    """How a column gets from one type to another, and what that does to its rows.

    Attributes:
        using: SQL of the new value, with ``{column}`` for the old one.
        losing: SQL that is true of a row whose value the cast changes, or "" if there is none.
        uncastable: How many rows PostgreSQL refuses to cast.
        losers: How many rows change their value.
    """

    using: str
    losing: str = ""
    uncastable: int = 0
    losers: int = 0


def base_type(type_: str) -> str:
    """Return the type without its modifier: ``numeric(10,2)[]`` is ``numeric[]``."""
    return re.sub(r"\([^)]*\)", "", type_)


def modifiers(type_: str) -> tuple[int, ...]:
    """Return the numbers between the parentheses of a type."""
    found = re.search(r"\(([\d,\s-]+)\)", type_)
    return tuple(int(number) for number in found.group(1).split(",")) if found else ()


def keeps_every_value(old: str, new: str) -> bool:
    """Tell whether any value of the old type is one of the new, so that nothing need be asked."""
    old_base, new_base = base_type(old), base_type(new)
    if new in ("text", "character varying"):
        return old_base not in ("character", "bpchar")
    if old_base == new_base:
        before, after = modifiers(old), modifiers(new)
        if not after:
            return True
        if not before:
            return old == new
        if new_base == "numeric":
            (precision, scale), (wider, finer) = _precision(before), _precision(after)
            return finer >= scale and wider - finer >= precision - scale
        return after >= before
    ladder = ("smallint", "integer", "bigint")
    if old_base in ladder:
        return new == "numeric" or (
            new_base in ladder and ladder.index(new_base) > ladder.index(old_base)
        )
    return (old_base, new_base) == ("real", "double precision") or (
        old == "date" and new in ("timestamp without time zone", "timestamp with time zone")
    )


def _precision(numbers: tuple[int, ...]) -> tuple[int, int]:
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0)


class Facts:
    """What is known of the data so far, and what was asked for and is not known yet.

    A fact that is not known yet counts as 0; ``pending`` says that there are such.

    Args:
        enums: The values of the enum types that fields declare, by the name of the type. The
            types themselves may not be there yet, or lack some of them.
    """

    def __init__(self, enums: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        self.enums = enums
        self._known: dict[tuple[str, str], int] = {}
        self._casts: dict[tuple[str, str, str, str], Cast] = {}
        self._wanted: dict[str, dict[str, None]] = defaultdict(dict)
        self._queries: dict[str, None] = {}
        self._wanted_casts: dict[tuple[str, str, str, str], None] = {}

    @property
    def pending(self) -> int:
        """How many facts were asked for and are not known."""
        wanted = sum(len(expressions) for expressions in self._wanted.values())
        return wanted + len(self._queries) + len(self._wanted_casts)

    def has_rows(self, table: str) -> bool:
        """Tell whether the table (quoted) has any row."""
        return bool(self.count(table, ""))

    def count(self, table: str, aggregate: str) -> int:
        """Return an aggregate over all rows of the table: ``count(*) FILTER (WHERE …)``."""
        if (table, aggregate) not in self._known:
            self._wanted[table][aggregate] = None
        return self._known.get((table, aggregate), 0)

    def ask(self, table: str, query: str) -> int:
        """Return the one number that the query answers; 0 without asking if the table is empty."""
        if not self.has_rows(table):
            return 0
        if ("", query) not in self._known:
            self._queries[query] = None
        return self._known.get(("", query), 0)

    def cast(self, table: str, column: str, old: str, new: str) -> Cast:
        """Return how the column (quoted, as the table) gets from the old type to the new one."""
        key = (table, column, old, new)
        self.has_rows(table)
        if key not in self._casts:
            self._wanted_casts[key] = None
        return self._casts.get(key, Cast(f"{{column}}::{new}"))

    def measure(self, connection: BaseDatabaseWrapper) -> None:
        """Measure all that is pending.

        Rows that row security would hide are an error, not a smaller number.

        Raises:
            django.db.DatabaseError: This role may not read a table.
        """
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL row_security = off")
            self._measure_tables(cursor)
            for query in self._queries:
                row = self._row(cursor, query)
                self._known["", query] = (row[0] if row else 0) or 0
            self._queries.clear()
            for table, column, old, new in self._wanted_casts:
                measured = self._measure_cast(connection, table, column, old, new)
                self._casts[table, column, old, new] = measured
            self._wanted_casts.clear()

    def _measure_tables(self, cursor) -> None:  # type: ignore[no-untyped-def]
        unseen = [table for table in self._wanted if (table, "") not in self._known]
        for start in range(0, len(unseen), 500):
            part = unseen[start : start + 500]
            cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table})" for table in part))
            for table, answer in zip(part, cursor.fetchone(), strict=True):
                self._known[table, ""] = int(answer)
        for table, expressions in self._wanted.items():
            aggregates = [expression for expression in expressions if expression]
            if not self._known[table, ""]:
                self._known |= {(table, aggregate): 0 for aggregate in aggregates}
            elif aggregates:
                answers = self._aggregate(cursor, table, aggregates)
                for aggregate, answer in zip(aggregates, answers, strict=True):
                    self._known[table, aggregate] = answer or 0
        self._wanted.clear()

    def _aggregate(self, cursor, table: str, aggregates: list[str]) -> Sequence[int | None]:  # type: ignore[no-untyped-def]
        row = self._row(cursor, f"SELECT {', '.join(aggregates)} FROM {table}")
        if row is not None or len(aggregates) == 1:
            return row or (0,)
        return [self._aggregate(cursor, table, [item])[0] for item in aggregates]

    def _row(self, cursor, query: str) -> Sequence[int | None] | None:  # type: ignore[no-untyped-def]
        """Return the answer, or None if it names a value that an enum type is yet to get.

        No row has that value, and the change itself will tell whether it can be made.
        """
        if not self.enums:
            cursor.execute(query)
            return cursor.fetchone()  # type: ignore[no-any-return]
        try:
            with transaction.atomic(using=cursor.db.alias):
                cursor.execute(query)
                return cursor.fetchone()  # type: ignore[no-any-return]
        except DataError as error:
            if getattr(error.__cause__, "sqlstate", "") == INVALID_TEXT:
                return None
            raise

    def _measure_cast(
        self, connection: BaseDatabaseWrapper, table: str, column: str, old: str, new: str
    ) -> Cast:
        if (labels := self.enums.get(new.removesuffix("[]"))) is not None:
            return self._measure_enum(connection, table, column, new, labels)
        using = f"{{column}}::{new}"
        if not _runs(connection, f"SELECT NULL::{old}::{new}"):
            using = f"{{column}}::text::{new}"
        if not self._known[table, ""] or keeps_every_value(old, new):
            return Cast(using)
        value = using.format(column=column)
        with connection.cursor() as cursor:
            try:
                with transaction.atomic(using=connection.alias):
                    cursor.execute(f"SELECT count({value}) FROM {table}")
            except (DataError, IntegrityError):
                return Cast(using, "", self._count_uncastable(cursor, table, column, old, using))
        for losing in _losing(column, value, old, new):
            counted = self._try_count(connection, table, losing)
            if counted is not None:
                return Cast(using, losing, 0, counted)
        # It cannot even be turned back: every value is another one.
        losing = f"{column} IS NOT NULL"
        return Cast(using, losing, 0, self._try_count(connection, table, losing) or 0)

    def _measure_enum(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        column: str,
        new: str,
        labels: Iterable[str],
    ) -> Cast:
        """Measure a cast to an enum type without it: its values are told by their text."""
        array = new.endswith("[]")
        text = "::text[]" if array else "::text"
        cast = Cast(f"{{column}}{text}::{new}")
        if not self._known[table, ""]:
            return cast
        values = ", ".join(literal(label) for label in labels)
        fits = f"<@ ARRAY[{values}]" if array else f"IN ({values})"
        count = self._try_count(connection, table, f"NOT ({column}{text} {fits})")
        if count is None:
            count = self._try_count(connection, table, f"{column} IS NOT NULL") or 0
        return replace(cast, uncastable=count)

    def _try_count(self, connection: BaseDatabaseWrapper, table: str, where: str) -> int | None:
        if not where:
            return 0
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}")
                return int(cursor.fetchone()[0])
        except (DataError, IntegrityError, ProgrammingError) as error:
            if getattr(error.__cause__, "sqlstate", "")[:2] in ("22", "23") or getattr(
                error.__cause__, "sqlstate", ""
            ) in (UNDEFINED_FUNCTION, CANNOT_COERCE):
                return None
            raise

    def _count_uncastable(self, cursor, table: str, column: str, old: str, using: str) -> int:  # type: ignore[no-untyped-def]
        if base_type(old) in TEXTS:
            rows = (
                f"SELECT {column} AS value, count(*) AS times FROM {table} "
                f"WHERE {column} IS NOT NULL GROUP BY {column}"
            )
        else:
            rows = f"SELECT {column} AS value, 1 AS times FROM {table} WHERE {column} IS NOT NULL"
        cursor.execute(COUNT_UNCASTABLE.format(rows=rows, cast=using.format(column="item.value")))
        cursor.execute("SELECT current_setting('prodobit.uncastable')::bigint")
        return int(cursor.fetchone()[0])


def _runs(connection: BaseDatabaseWrapper, query: str) -> bool:
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(query)
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") == CANNOT_COERCE:
            return False
        raise
    return True


def _losing(column: str, value: str, old: str, new: str) -> list[str]:
    """Return the conditions to try in turn, each true of a row whose value would be another one."""
    old_base, new_base = base_type(old), base_type(new)
    if old_base in TEXTS and new_base not in TEXTS:
        # Another spelling of the same thing ("007", "1.50", "{ }") is no loss; digits are.
        if new_base in NUMBERS:
            return [f"{column}::numeric IS DISTINCT FROM ({value})::numeric"]
        if new_base == "date":
            return [f"{column}::timestamp IS DISTINCT FROM ({value})::timestamp"]
        return [""]
    if old_base in DOCUMENTS and new_base in DOCUMENTS:
        return [""]
    return [
        f"({value})::{old} IS DISTINCT FROM {column}",
        f"({value})::text::{old} IS DISTINCT FROM {column}",
        f"({value})::{old}::text IS DISTINCT FROM {column}::text",
    ]
