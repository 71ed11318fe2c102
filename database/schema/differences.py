"""What can differ between a live and a declared schema: one frozen dataclass per kind.

``live`` and ``declared`` are the two tables as a whole; what differs in them follows. Every
difference explains itself in one line with :meth:`Difference.describe`, names no row's data and
knows nothing of how it is repaired.
"""

from __future__ import annotations

from dataclasses import dataclass

from .state import Column, Constraint, Index, Table, TableName


@dataclass(frozen=True, slots=True)
class Difference:
    """Base of all differences; ``live`` or ``declared`` is None if there is no such table."""

    live: Table | None
    declared: Table | None

    @property
    def table(self) -> TableName:
        """The name of the table, the live one's if there is one."""
        table = self.live or self.declared
        assert table is not None
        return table.name

    def describe(self) -> str:
        """Return one line that says what differs."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TableMissing(Difference):
    """A model's table does not exist."""


@dataclass(frozen=True, slots=True)
class TableUnknown(Difference):
    """A table exists that no model declares. Only live tables that were handed in are reported."""


@dataclass(frozen=True, slots=True)
class TableKindDiffers(Difference):
    """A view, foreign table or the like has the name of a model's table; no more is compared."""


@dataclass(frozen=True, slots=True)
class TableCommentDiffers(Difference):
    """The comment on the table differs."""


@dataclass(frozen=True, slots=True)
class TableTablespaceDiffers(Difference):
    """The model names a tablespace, and the table lies in another."""


@dataclass(frozen=True, slots=True)
class ColumnMissing(Difference):
    """A declared column does not exist."""

    declared_column: Column


@dataclass(frozen=True, slots=True)
class ColumnUnknown(Difference):
    """A column exists that the model does not declare."""

    live_column: Column


@dataclass(frozen=True, slots=True)
class ColumnDifference(Difference):
    """Base of what can differ in a column that both sides have."""

    live_column: Column
    declared_column: Column


@dataclass(frozen=True, slots=True)
class ColumnTypeDiffers(ColumnDifference):
    """The type or one of its modifiers differs."""


@dataclass(frozen=True, slots=True)
class ColumnNullDiffers(ColumnDifference):
    """NOT NULL differs."""


@dataclass(frozen=True, slots=True)
class ColumnDefaultDiffers(ColumnDifference):
    """The default differs, is missing or is unknown."""


@dataclass(frozen=True, slots=True)
class ColumnIdentityDiffers(ColumnDifference):
    """The column is an identity column on one side only, of another kind, or with other options."""


@dataclass(frozen=True, slots=True)
class ColumnCollationDiffers(ColumnDifference):
    """The collation differs."""


@dataclass(frozen=True, slots=True)
class ColumnGeneratedDiffers(ColumnDifference):
    """The column is generated on one side only, from another expression, or stored otherwise."""


@dataclass(frozen=True, slots=True)
class ColumnCommentDiffers(ColumnDifference):
    """The comment on the column differs."""


@dataclass(frozen=True, slots=True)
class ConstraintMissing(Difference):
    """A declared constraint does not exist."""

    declared_constraint: Constraint


@dataclass(frozen=True, slots=True)
class ConstraintUnknown(Difference):
    """A constraint exists that the model does not declare."""

    live_constraint: Constraint


@dataclass(frozen=True, slots=True)
class ConstraintDifference(Difference):
    """Base of what can differ in a constraint that both sides have."""

    live_constraint: Constraint
    declared_constraint: Constraint


@dataclass(frozen=True, slots=True)
class ConstraintDiffers(ConstraintDifference):
    """A constraint of the declared name (or on the same columns) means another thing."""


@dataclass(frozen=True, slots=True)
class ConstraintNameDiffers(ConstraintDifference):
    """A named constraint exists with the same meaning under another name."""


@dataclass(frozen=True, slots=True)
class ConstraintNotValid(ConstraintDifference):
    """The constraint is as declared, but NOT VALID: rows from before it were never checked."""


@dataclass(frozen=True, slots=True)
class IndexMissing(Difference):
    """A declared index does not exist."""

    declared_index: Index


@dataclass(frozen=True, slots=True)
class IndexUnknown(Difference):
    """An index exists that the model does not declare."""

    live_index: Index


@dataclass(frozen=True, slots=True)
class IndexDifference(Difference):
    """Base of what can differ in an index that both sides have."""

    live_index: Index
    declared_index: Index


@dataclass(frozen=True, slots=True)
class IndexDiffers(IndexDifference):
    """An index of the declared name means another thing."""


@dataclass(frozen=True, slots=True)
class IndexNameDiffers(IndexDifference):
    """A named index exists with the same meaning under another name."""


@dataclass(frozen=True, slots=True)
class IndexNotValid(IndexDifference):
    """The index is as declared, but invalid: a concurrent build failed, and no query uses it."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An expression of which nobody could say whether it means the same on both sides.

    That is so only when PostgreSQL could not be asked: no right to create temporary tables, a
    read-only server, or the declared expression is one that PostgreSQL refuses.

    Attributes:
        live: The live table.
        declared: The declared table.
        subject: What it belongs to: ``column price``, ``constraint price_positive``.
        live_expression: As PostgreSQL deparses it.
        declared_expression: As Django writes it.
        reason: One sentence: why PostgreSQL could not be asked, or what it answered.
        reported_as: The difference that it would be if the two do not mean the same.
    """

    live: Table
    declared: Table
    subject: str
    live_expression: str
    declared_expression: str
    reason: str
    reported_as: Difference

    def describe(self) -> str:
        """Return one line that says what could not be settled, and why."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Differences:
    """The outcome of a comparison.

    Attributes:
        differences: What differs for sure, in the order of the declared tables; what is unknown to
            the models comes last.
        unsettled: What could not be settled; neither equal nor different. Empty whenever PostgreSQL
            could be asked.
    """

    differences: tuple[Difference, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to report, unsettled expressions included."""
        return bool(self.differences or self.unsettled)
