"""What a case of the contract is: data, and nothing that runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """A change of models from ``before`` to ``after``, on tables with rows in them.

    Attributes:
        story: What the change is, in a few words; the id of the test.
        before: Model definitions (see ``definitions.source``) the database is built from.
        after: Model definitions that are pushed.
        rows: SQL run on the tables of ``before``; or how many rows each of them is given.
        renames: Answers, as ``--rename`` takes them.
        fills: Answers, as ``--fill`` takes them.
        lossy: Whether the push is refused without ``--accept-data-loss``, and accepted with it.
        nothing: Whether the push finds nothing to do: the database is not concerned.
        expect: Query → its rows after the push, over what is derived for every case: each column
            that both definitions have keeps its value, cast to the type it has afterwards.
        moved: Columns (``table.column``) that are exempt from what is derived, since ``expect``
            says more about them.
        uses: Labels of installed apps whose models are referred to.
        django: Why ``makemigrations`` and ``migrate`` do not reach the same catalog: a limit of
            Django's. Empty where they do.
    """

    story: str
    before: str
    after: str
    rows: str | int = 3
    renames: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    lossy: bool = False
    nothing: bool = False
    expect: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    moved: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    django: str = ""


@dataclass(frozen=True)
class Refusal:
    """A change that must be refused, with everything left as it was.

    Attributes:
        story: What the change is, in a few words; the id of the test.
        before: Model definitions the database is built from.
        after: Model definitions that are pushed.
        says: Words that the refusal has to contain.
        exit_code: 1 for what failed, 4 for what needs a decision.
        id: The refusal's id.
        rows: SQL run on the tables of ``before``; or how many rows each of them is given.
        renames: Answers, as ``--rename`` takes them.
        fills: Answers, as ``--fill`` takes them.
        accept_data_loss: Whether ``--accept-data-loss`` was given.
        unknown: SQL that makes what no model knows.
        uses: Labels of installed apps whose models are referred to.
    """

    story: str
    before: str
    after: str
    says: tuple[str, ...] = ()
    exit_code: int = 4
    id: str = ""
    rows: str | int = 3
    renames: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    accept_data_loss: bool = False
    unknown: str = ""
    uses: tuple[str, ...] = ()
