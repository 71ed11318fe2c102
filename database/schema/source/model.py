"""What is written of one model, and what models have in common: frozen dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from database.schema.state import Table, TableKind, TableName

from .layout import Call, Name, Node
from .relations import ModelPlan, Models, primary_key
from .types import Types


@dataclass(frozen=True, slots=True)
class Choices:
    """A ``TextChoices`` inside of a model: its name, its members and their values."""

    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Left:
    """A part of a table that its model cannot say.

    ``kind`` and ``name`` say which, ``reason`` why: a whole clause without a full stop.
    """

    table: TableName
    kind: str
    name: str
    reason: str
    thing: object = None


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that is written of one model.

    Attributes:
        plan: What it was made from.
        fields: Names and calls, in order.
        choices: Classes of choices of its own.
        indexes: For ``Meta.indexes``.
        constraints: For ``Meta.constraints``.
        options: The rest of ``Meta``.
        title: Field that ``__str__`` returns; "" if there is none.
        left: What the model cannot say.
    """

    plan: ModelPlan
    fields: tuple[tuple[str, Call], ...]
    choices: tuple[Choices, ...]
    indexes: tuple[Call, ...]
    constraints: tuple[Call, ...]
    options: tuple[tuple[str, Node], ...]
    title: str
    left: tuple[Left, ...]

    @property
    def managed(self) -> bool:
        """Whether migrations make the table from the model."""
        return ("managed", Name("False")) not in self.options


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the models of one pull have in common.

    Attributes:
        app_label: Label of the app.
        models: The plans of all of them.
        types: Types of the database's own.
        visible: Tables that a bare name finds.
        raw: Tables that are made by SQL and not from their model.
        serials: Columns whose sequences are those that ``serial`` makes.
        shared_names: Names that indexes or constraints of several tables have.
        exact: Objects (columns, indexes, constraints) whose expressions keep their text.
        index_name: Django's name for the index of a field: table, columns, suffix → name.
    """

    app_label: str
    models: Models
    types: Types
    visible: Collection[TableName]
    raw: Collection[TableName]
    serials: Collection[tuple[TableName, str]]
    shared_names: Collection[str]
    exact: Collection[tuple[TableName, str]]
    index_name: Callable[[str, list[str], str], str]


def is_raw(table: Table, parents: Collection[TableName]) -> bool:
    """Tell whether a table is one that no model can make.

    It is partitioned or inherits, its primary key is generated, or a name has a percent sign, which
    Django's schema editor takes for a placeholder in some statements and for itself in others.
    """
    names = [*table.name]
    for column in table.columns:
        names += [column.name, column.type, column.collation or ""]
    return (
        any("%" in name for name in names)
        or _is_generated(table)
        or table.kind is TableKind.PARTITIONED
        or bool(table.parents)
        or table.name in parents
        or bool(table.partition_bound)
    )


def _is_generated(table: Table) -> bool:
    """Tell whether a column of the primary key is generated, which Django does not allow."""
    key = primary_key(table)
    own = [table.column(name) for name in key.columns] if key else []
    return any(column is not None and column.generated for column in own)
