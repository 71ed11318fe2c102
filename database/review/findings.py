"""Findings of a review: what is hazardous, how much, and the safe way to write it.

Every id has a heading in docs/review.md.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from .live import Size


class Severity(enum.IntEnum):
    """How much there is to worry about, here and now."""

    OK = 0
    NOTE = 1
    WARNING = 2
    DANGER = 3

    def __str__(self) -> str:
        """Return it as it is printed and typed."""
        return self.name.lower()


class WorkKind(enum.StrEnum):
    """What PostgreSQL does with the rows of a table."""

    SCAN = "scanned"
    CHECK = "checked against another table"
    INDEX = "indexed"
    REWRITE = "rewritten"
    UPDATE = "updated"


# Seconds per row and per byte, the slower counts. Measured on PostgreSQL 15 with one core and its
# data in memory (docs/review.md); meant to tell milliseconds from seconds from minutes.
_SPEEDS = {
    WorkKind.SCAN: (1e-7, 1 / 2e9),
    WorkKind.CHECK: (3e-7, 1 / 1e9),
    WorkKind.INDEX: (7e-7, 1 / 5e8),
    WorkKind.REWRITE: (1e-6, 1 / 1e8),
    WorkKind.UPDATE: (1e-5, 1 / 2e7),
}
SOON, LONG = 0.1, 1.0
"""Seconds: who waits for less does not notice; who waits for more does."""


def seconds(kind: WorkKind, size: Size, times: int = 1) -> float | None:
    """Return about how long that takes, None if the size is not known.

    Args:
        kind: What is done.
        size: The table's.
        times: How often: once for each index, say.
    """
    per_row, per_byte = _SPEEDS[kind]
    if size.rows is None:
        # A table that was never analyzed tells at least what it takes on disk.
        return None if size.bytes is None else times * size.bytes * per_byte
    return times * max(size.rows * per_row, (size.bytes or 0) * per_byte if size.rows else 0)


def blocking(duration: float | None) -> Severity:
    """Return how bad it is to block somebody for so long."""
    if duration is None:
        return Severity.WARNING
    if duration == 0:
        return Severity.OK
    if duration < SOON:
        return Severity.NOTE
    return Severity.WARNING if duration < LONG else Severity.DANGER


@dataclass(frozen=True, slots=True)
class Finding:
    """One hazard of a statement, an operation or a migration.

    Attributes:
        id: ``prodobit.W861`` and the like.
        severity: How much there is to worry about.
        consequence: One sentence.
        remedy: The safe way to write it, in one sentence; "" if there is nothing to write.
        rules: The rules of squawk that found it as well.
    """

    id: str
    severity: Severity
    consequence: str
    remedy: str = ""
    rules: tuple[str, ...] = ()


REMEDIES = {
    "prodobit.W861": "Add a nullable column of the new kind, fill it in batches, and switch over "
    "in a later release.",
    "prodobit.W862": "Use AddConstraintNotValid and, in a migration of its own, "
    "ValidateConstraint.",
    "prodobit.W863": "Use AddIndexConcurrently in a migration of its own with atomic = False.",
    "prodobit.W864": "Build a unique index with CREATE UNIQUE INDEX CONCURRENTLY in a migration "
    "with atomic = False, then make it the constraint with ADD CONSTRAINT … USING INDEX (RunSQL "
    "with state_operations).",
    "prodobit.W865": "Add the column with db_constraint=False; then ADD CONSTRAINT … NOT VALID "
    "and, in a migration of its own, VALIDATE CONSTRAINT (RunSQL with the AlterField in "
    "state_operations).",
    "prodobit.W866": "Take it out of the code first, with SeparateDatabaseAndState; drop it in a "
    "later release, when a backup is kept and nobody misses it.",
    "prodobit.W868": "Let a release live with both names: add the new one, copy, and drop the old "
    "one later; or keep the name in the database with db_column or db_table.",
    "prodobit.W869": "Give the field a db_default.",
    "prodobit.W870": "Put it into a migration of its own.",
    "prodobit.W871": "Change the rows in batches, in a migration with atomic = False.",
    "prodobit.W874": "Set atomic = False on the migration, and keep other operations out of it.",
}
SET_NOT_NULL = (
    "Add CheckConstraint(condition=Q({column}__isnull=False)) with AddConstraintNotValid, then "
    "ValidateConstraint, then make the column NOT NULL: it is not scanned again."
)


def finding(id_: str, severity: Severity, consequence: str, remedy: str = "") -> Finding:
    """Return a finding with the remedy of its kind, unless another is given."""
    return Finding(id_, severity, consequence, remedy or REMEDIES.get(id_, ""))
