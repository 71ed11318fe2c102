"""What a push would do: frozen dataclasses that planning makes and applying runs."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .answers import Rename
from .differences import Note
from .state import TableName


class Kind(enum.StrEnum):
    """What becomes of an object."""

    CREATE = "create"
    ALTER = "alter"
    DROP = "drop"
    RENAME = "rename"


class Phase(enum.IntEnum):
    """The order in which statements run, whatever change they belong to."""

    RENAME_TABLE = 10
    RENAME_COLUMN = 11
    DROP_FOREIGN_KEY = 20
    DROP_CHECK = 21
    DROP_INDEX = 22
    DROP_TABLE = 30
    DROP_GENERATED = 31
    DROP_COLUMN = 32
    RENAME_OBJECT = 40
    ENUM_TYPE = 45
    RELEASE_COLUMN = 49
    ALTER_COLUMN = 50
    CREATE_TABLE = 60
    ADD_COLUMN = 61
    ADD_GENERATED = 62
    ADD_KEY = 70
    ADD_INDEX = 71
    ADD_CHECK = 72
    ADD_FOREIGN_KEY = 80
    COMMENT = 90
    DROP_ENUM_TYPE = 95


class Statement(NamedTuple):
    """One SQL statement (or a few that belong together) of a change."""

    phase: Phase
    sql: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows or values that a change takes away.

    ``count`` is how many; ``what`` says it: ``drops 1,204 values``.
    """

    count: int
    what: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Rows that make a change impossible.

    Attributes:
        id: ``prodobit.E605`` and the like.
        count: How many rows (or groups of rows) are in the way; -1 if nobody could say.
        consequence: One sentence.
        next_step: One sentence.
        query: SQL that lists the rows, or "".
    """

    id: str
    count: int
    consequence: str
    next_step: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens to one object: what a line of the plan says.

    Attributes:
        kind: What becomes of the object.
        table: The table, by the name it has after the push (or had, for a drop).
        what: Kind and name of the object: ``column products.price``.
        summary: What changes, behind the name: ``numeric(10,2) → numeric(12,2)``; or "".
        statements: The SQL, each with its phase.
        notes: What it means for the rows, where it means anything: ``fills 3 rows with 0``.
        loss: What is lost for good; None if nothing is.
        obstacle: Why it cannot be done; None if it can.
    """

    kind: Kind
    table: TableName
    what: str
    summary: str = ""
    statements: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()
    loss: Loss | None = None
    obstacle: Obstacle | None = None

    def describe(self) -> str:
        """Return the change in one line: ``create table products: 5 columns``."""
        line = f"{self.kind} {self.what}"
        if not self.summary:
            return line
        return f"{line} {self.summary}" if self.kind is Kind.RENAME else f"{line}: {self.summary}"


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that only a person can take.

    Attributes:
        id: ``prodobit.E602`` and the like.
        text: The question, without the choice of answers.
        consequence: One sentence: why nobody but a person can decide.
        options: What to type instead: ``--rename shop.Product.name=title``, each a whole argument.
        rename: What the answer yes means, for a question about a rename; else None.
        field: Application, model (lower case) and field that need a value; else None.
    """

    id: str
    text: str
    consequence: str
    options: tuple[str, ...]
    rename: Rename | None = None
    field: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """An object that neither the models nor history nor the journal know; left alone.

    Attributes:
        table: Its table, by the name after the push.
        column: The name of a column, or "".
        name: The name of a constraint or an index, or "".
        what: What it is, in words.
    """

    table: TableName
    column: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a push would do.

    Attributes:
        changes: In the order in which they are shown.
        unknown: Objects that are left alone.
        carried: Objects that a migration makes by SQL; they are left alone without a word.
        unsettled: One line for every expression of which nobody could say whether it differs.
        notes: What differs and cannot be said by a model, so that it stays.
        questions: What must be answered before anything is done.
        guards: Statements that are run first, under the locks they take: they fail if the data is
            no longer what the plan was made for.
        foreign_apps: Labels of apps outside of the project whose tables are missing.
        renamed_models: ``(app_label, old model name in lower case, new model name)``.
        renames: The renames as ``--rename`` takes them, for the journal.
        objects: What the tables touched will consist of, for the journal.
        tables: The declared tables that take part, by the names they will have.
    """

    changes: tuple[Change, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    carried: tuple[Unknown, ...] = ()
    unsettled: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    questions: tuple[Question, ...] = ()
    guards: tuple[str, ...] = ()
    foreign_apps: tuple[str, ...] = ()
    renamed_models: tuple[tuple[str, str, str], ...] = ()
    renames: tuple[str, ...] = ()
    objects: Mapping[TableName, dict[str, Any] | None] = field(default_factory=dict)
    tables: tuple[TableName, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.changes or self.foreign_apps)

    def statements(self) -> list[tuple[Change, str]]:
        """Return all statements in the order in which they run, each with its change."""
        numbered = [
            (statement.phase, place, change, statement.sql)
            for place, change in enumerate(self.changes)
            for statement in change.statements
        ]
        numbered.sort(key=lambda item: (item[0], item[1]))
        return [(change, sql) for _, _, change, sql in numbered]
