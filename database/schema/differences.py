"""What can differ between a live and a declared schema: one frozen dataclass per kind.

``live`` and ``declared`` are the two tables as a whole; what differs in them follows. Every
difference explains itself in one line with :meth:`Difference.describe`, names no row's data and
knows nothing of how it is repaired.
"""

from __future__ import annotations

from dataclasses import dataclass

from .state import (
    Check,
    Column,
    Constraint,
    Exclusion,
    ForeignKey,
    Index,
    IndexKey,
    OtherConstraint,
    PrimaryKey,
    Table,
    TableName,
    Unique,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Base of all differences; ``live`` or ``declared`` is None if there is no such table."""

    live: Table | None
    declared: Table | None

    @property
    def table(self) -> TableName:
        """The name of the table, the live one's if there is one."""
        return (self.live or self.model).name

    @property
    def real(self) -> Table:
        """The live table, of a difference that has one."""
        assert self.live is not None
        return self.live

    @property
    def model(self) -> Table:
        """The declared table, of a difference that has one."""
        assert self.declared is not None
        return self.declared

    def describe(self) -> str:
        """Return one line that says what differs."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class TableMissing(Difference):
    """A model's table does not exist."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"table {self.table} does not exist"


@dataclass(frozen=True, slots=True)
class TableUnknown(Difference):
    """A table exists that no model declares. Only live tables that were handed in are reported."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"table {self.table} belongs to no model"


@dataclass(frozen=True, slots=True)
class TableKindDiffers(Difference):
    """A view, foreign table or the like has the name of a model's table; no more is compared."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{self.table} is a {self.real.kind}, not a table"


@dataclass(frozen=True, slots=True)
class TableCommentDiffers(Difference):
    """The comment on the table differs."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return (
            f"table {self.table}: comment is {_text(self.real.comment)}, "
            f"not {_text(self.model.comment)}"
        )


@dataclass(frozen=True, slots=True)
class TableTablespaceDiffers(Difference):
    """The model names a tablespace, and the table lies in another."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return (
            f"table {self.table}: tablespace is {self.real.tablespace or 'the default'}, "
            f"not {self.model.tablespace}"
        )


@dataclass(frozen=True, slots=True)
class ColumnMissing(Difference):
    """A declared column does not exist."""

    declared_column: Column

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"column {self.table}.{self.declared_column.name} does not exist"


@dataclass(frozen=True, slots=True)
class ColumnUnknown(Difference):
    """A column exists that the model does not declare."""

    live_column: Column

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"column {self.table}.{self.live_column.name} belongs to no field"


@dataclass(frozen=True, slots=True)
class ColumnDifference(Difference):
    """Base of what can differ in a column that both sides have."""

    live_column: Column
    declared_column: Column

    def _say(self, what: str, live: str | None, declared: str | None) -> str:
        column = f"{self.table}.{self.live_column.name}"
        return f"column {column}: {what} is {live or 'none'}, not {declared or 'none'}"


@dataclass(frozen=True, slots=True)
class ColumnTypeDiffers(ColumnDifference):
    """The type or one of its modifiers differs."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say("type", self.live_column.type, self.declared_column.type)


@dataclass(frozen=True, slots=True)
class ColumnNullDiffers(ColumnDifference):
    """NOT NULL differs."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say(
            "nullability",
            "NOT NULL" if self.live_column.not_null else "NULL",
            "NOT NULL" if self.declared_column.not_null else "NULL",
        )


@dataclass(frozen=True, slots=True)
class ColumnDefaultDiffers(ColumnDifference):
    """The default differs, is missing or is unknown."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say("default", self.live_column.default, self.declared_column.default)


@dataclass(frozen=True, slots=True)
class ColumnIdentityDiffers(ColumnDifference):
    """The column is an identity column on one side only, of another kind, or with other options."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say(
            "source of values", _source(self.live_column), _source(self.declared_column)
        )


@dataclass(frozen=True, slots=True)
class ColumnCollationDiffers(ColumnDifference):
    """The collation differs."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say("collation", self.live_column.collation, self.declared_column.collation)


@dataclass(frozen=True, slots=True)
class ColumnGeneratedDiffers(ColumnDifference):
    """The column is generated on one side only, from another expression, or stored otherwise."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say(
            "generation", _generation(self.live_column), _generation(self.declared_column)
        )


@dataclass(frozen=True, slots=True)
class ColumnCommentDiffers(ColumnDifference):
    """The comment on the column differs."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return self._say(
            "comment", _text(self.live_column.comment), _text(self.declared_column.comment)
        )


@dataclass(frozen=True, slots=True)
class ConstraintMissing(Difference):
    """A declared constraint does not exist."""

    declared_constraint: Constraint

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.declared_constraint)} of {self.table} does not exist"


@dataclass(frozen=True, slots=True)
class ConstraintUnknown(Difference):
    """A constraint exists that the model does not declare."""

    live_constraint: Constraint

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.live_constraint)} of {self.table} belongs to no model"


@dataclass(frozen=True, slots=True)
class ConstraintDifference(Difference):
    """Base of what can differ in a constraint that both sides have.

    ``live_constraint`` is an index where a unique index stands for a declared unique constraint.
    """

    live_constraint: Constraint | Index
    declared_constraint: Constraint


@dataclass(frozen=True, slots=True)
class ConstraintDiffers(ConstraintDifference):
    """A constraint of the declared name (or on the same columns) means another thing."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return (
            f"{phrase(self.live_constraint)} of {self.table} is not "
            f"{phrase(self.declared_constraint)}"
        )


@dataclass(frozen=True, slots=True)
class ConstraintNameDiffers(ConstraintDifference):
    """A named constraint exists with the same meaning under another name."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return (
            f"{phrase(self.live_constraint)} of {self.table} should be named "
            f"{self.declared_constraint.name}"
        )


@dataclass(frozen=True, slots=True)
class ConstraintNotValid(ConstraintDifference):
    """The constraint is as declared, but NOT VALID: rows from before it were never checked."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.live_constraint)} of {self.table} was not validated for old rows"


@dataclass(frozen=True, slots=True)
class IndexMissing(Difference):
    """A declared index does not exist."""

    declared_index: Index

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.declared_index)} of {self.table} does not exist"


@dataclass(frozen=True, slots=True)
class IndexUnknown(Difference):
    """An index exists that the model does not declare."""

    live_index: Index

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.live_index)} of {self.table} belongs to no model"


@dataclass(frozen=True, slots=True)
class IndexDifference(Difference):
    """Base of what can differ in an index that both sides have.

    ``live_index`` is a constraint where one of the same name stands for a declared index.
    """

    live_index: Index | Constraint
    declared_index: Index


@dataclass(frozen=True, slots=True)
class IndexDiffers(IndexDifference):
    """An index of the declared name means another thing."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.live_index)} of {self.table} is not {phrase(self.declared_index)}"


@dataclass(frozen=True, slots=True)
class IndexNameDiffers(IndexDifference):
    """A named index exists with the same meaning under another name."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return (
            f"{phrase(self.live_index)} of {self.table} should be named {self.declared_index.name}"
        )


@dataclass(frozen=True, slots=True)
class IndexNotValid(IndexDifference):
    """The index is as declared, but invalid: a concurrent build failed, and no query uses it."""

    def describe(self) -> str:
        """Return one line that says what differs."""
        return f"{phrase(self.live_index)} of {self.table} is invalid, no query uses it"


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
        return (
            f"{self.live.name}: {self.subject} may differ: it is {self.live_expression}, the model "
            f"says {self.declared_expression}. {self.reason}"
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Something in which a live object differs that no model can express; it is left alone.

    Attributes:
        live: The live table.
        declared: The declared table.
        subject: What it is about: ``constraint orders_customer_id_fkey``.
        text: What is to be said of the subject: ``is ON UPDATE CASCADE``.
    """

    live: Table
    declared: Table
    subject: str
    text: str

    def describe(self) -> str:
        """Return one line that says what is so in the database and cannot be in the models."""
        return f"{self.live.name}: {self.subject} {self.text}"


@dataclass(frozen=True, slots=True)
class Differences:
    """The outcome of a comparison.

    Attributes:
        differences: What differs for sure, in the order of the declared tables; what is unknown to
            the models comes last.
        unsettled: What could not be settled; neither equal nor different. Empty whenever PostgreSQL
            could be asked.
        notes: What differs and no model can express, such as ON UPDATE; no reason for a push.
    """

    differences: tuple[Difference, ...] = ()
    unsettled: tuple[Unsettled, ...] = ()
    notes: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to report, unsettled expressions included."""
        return bool(self.differences or self.unsettled)


def phrase(thing: Constraint | Index) -> str:
    """Return what a constraint or index is, in a few words of SQL."""
    name = f" {thing.name}" if thing.name else ""
    match thing:
        case PrimaryKey():
            return f"primary key{name} ({', '.join(thing.columns)})"
        case Unique():
            return f"unique constraint{name} ({', '.join(thing.columns)})"
        case Check():
            return f"check{name} ({thing.expression})"
        case ForeignKey():
            return (
                f"foreign key{name} ({', '.join(thing.columns)}) to {thing.target} "
                f"({', '.join(thing.target_columns)}) ON DELETE {thing.on_delete}"
            )
        case OtherConstraint():
            return f"constraint{name} ({thing.definition})"
        case Exclusion():
            return f"exclusion constraint{name} ({_keys(thing.keys)}){_where(thing.predicate)}"
        case Index():
            if not thing.keys:
                return f"index{name} ({thing.definition})"
            unique = "unique " if thing.unique else ""
            storage = f" WITH ({', '.join(thing.storage)})" if thing.storage else ""
            return (
                f"{unique}index{name} {thing.method} ({_keys(thing.keys)}){storage}"
                f"{_where(thing.predicate)}"
            )


def _keys(keys: tuple[IndexKey, ...]) -> str:
    texts = []
    for key in keys:
        text = key.column or f"({key.expression})"
        if key.collation:
            text += f" COLLATE {key.collation}"
        if key.opclass and not key.opclass_is_default:
            text += f" {key.opclass}"
        if key.descending:
            text += " DESC"
        if key.nulls_first != key.descending:
            text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
        texts.append(text + (f" WITH {key.operator}" if key.operator else ""))
    return ", ".join(texts)


def _where(predicate: str | None) -> str:
    return f" WHERE {predicate}" if predicate else ""


def _text(comment: str | None) -> str:
    return "none" if comment is None else repr(comment)


def _source(column: Column) -> str:
    if column.identity is None:
        return f"the sequence {column.serial}" if column.serial else f"default {column.default}"
    options = column.identity.options
    return (
        f"GENERATED {column.identity.kind} AS IDENTITY (START {options.start} "
        f"INCREMENT {options.increment} MINVALUE {options.minimum} MAXVALUE {options.maximum} "
        f"CACHE {options.cache}{' CYCLE' if options.cycle else ''})"
    )


def _generation(column: Column) -> str | None:
    if column.generated is None:
        return None
    return f"{column.generated.expression} {'STORED' if column.generated.stored else 'VIRTUAL'}"
