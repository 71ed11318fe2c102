"""What went wrong, told without anybody's data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import Error as DjangoError

from .patience import sqlstate_of

if TYPE_CHECKING:
    from .changes import Change

NEXT_STEPS = {
    "2BP01": "Drop or change what depends on it yourself; that is never done for you. "
    "Then {again}.",
    "42501": "Use the role that owns the table, or have its owner grant what is missing, "
    "then {again}.",
    "42P07": "Rename or drop the object of that name, or name yours otherwise, then {again}.",
    "42710": "Rename or drop the object of that name, or name yours otherwise, then {again}.",
    "42701": "Rename or drop the column of that name, or name yours otherwise, then {again}.",
    "42P01": "If it belongs to another app of yours, {again} with that app as well.",
    "42883": "If it comes with an extension, create that (CREATE EXTENSION …), then {again}.",
    "0A000": "Change what depends on the column yourself, or keep it as it is, then {again}.",
    "55P04": "Give the enum type its new value first, and use it in a migration or push after "
    "that; then {again}.",
    "57014": "Allow it more time (statement_timeout), then {again}.",
    "53100": "Make room on the server's disk, then {again}.",
    "53200": "Give the server more memory, then {again}.",
}
EXTENSION = "If it comes with an extension, create that (CREATE EXTENSION …), then {again}."
GONE = (
    "Correct the name; if it is right, the database is not as it was left, and push --check shows "
    "in what it differs: make that right, then {again}."
)
LOCKS = (
    "The server's lock table is full: raise max_locks_per_transaction in its configuration, "
    "restart it, then {again}."
)
NEXT_STEP_OF_DATA = "Correct the rows or the {source}, then {again}."
NEXT_STEP = "Change the {source}, or the object in the way, then {again}."

# Messages of these classes quote values of rows; what they quote is left out.
DATA_EXCEPTION = "22"
INTEGRITY = "23"


@dataclass(frozen=True, slots=True)
class Message:
    """What PostgreSQL said, each part in one line and without values of rows.

    Attributes:
        message: Its primary message.
        sqlstate: Its error code; "" where the connection was lost.
        detail: Its detail, or "".
        hint: Its hint, or "".
    """

    message: str
    sqlstate: str
    detail: str
    hint: str

    def next_step(self, again: str, *, source: str = "model") -> str:
        """Return the sentence on what to do.

        Args:
            again: What to do then: "push again".
            source: What says how the schema is to be: "model" or "migration".
        """
        if self.sqlstate[:2] in (DATA_EXCEPTION, INTEGRITY):
            text = NEXT_STEP_OF_DATA
        elif self.sqlstate == "53200" and "max_locks_per_transaction" in self.hint:
            text = LOCKS
        elif self.sqlstate in ("42704", "42703"):
            # Types and collations come with extensions; parts of a table do not.
            named = re.match(r"(constraint|index|column|trigger|rule)\b", self.message)
            text = GONE if named else EXTENSION
        elif self.sqlstate == "42P01" and source == "migration":
            text = GONE
        else:
            text = NEXT_STEPS.get(self.sqlstate, NEXT_STEP)
        return text.format(again=again, source=source)


@dataclass(frozen=True, slots=True)
class Report:
    """An error of PostgreSQL, with what it happened to.

    Attributes:
        id: ``prodobit.E610`` and the like.
        change: The change that failed; None if it was none of the plan's.
        statement: The SQL that failed, or "".
        message: PostgreSQL's primary message, in one line.
        sqlstate: PostgreSQL's error code, or "".
        detail: PostgreSQL's detail, without values of rows, or "".
        hint: PostgreSQL's hint, or "".
        next_step: One sentence.
    """

    id: str
    change: Change | None
    statement: str
    message: str
    sqlstate: str
    detail: str
    hint: str
    next_step: str


class PushError(Exception):
    """A push failed, and the database is as it was before."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.message)
        self.report = report


class OutdatedError(Exception):
    """The data has changed since the plan was made, and nothing was done; make another plan."""


def report(error: DjangoError, change: Change | None = None, statement: str = "") -> Report:
    """Take an error of the database that befell a push apart."""
    said = message_of(error)
    if not said.sqlstate:
        return Report(
            *("prodobit.E613", change, statement, said.message, "", "", ""),
            "Check the server and the connection, then push again.",
        )
    return Report(
        *("prodobit.E610", change, statement, said.message, said.sqlstate, said.detail, said.hint),
        said.next_step("push again"),
    )


def message_of(error: BaseException) -> Message:
    """Take an error of psycopg, or of Django's around one, apart.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    cause = error.__cause__ if isinstance(error, DjangoError) else error
    diagnostics = getattr(cause, "diag", None)
    sqlstate = sqlstate_of(error)
    message = getattr(diagnostics, "message_primary", None) or str(error)
    detail = getattr(diagnostics, "message_detail", None) or ""
    hint = getattr(diagnostics, "message_hint", None) or ""
    return Message(
        " ".join(redact(message, sqlstate).split()),
        sqlstate,
        " ".join(redact(detail, sqlstate).split()),
        " ".join(hint.split()),
    )


def redact(text: str, sqlstate: str) -> str:
    """Leave out the values of rows that a message of PostgreSQL quotes."""
    if sqlstate.startswith(INTEGRITY):
        text = re.sub(
            r"\)=\(.*?\)(?= (?:is|already|conflicts|with)|\.|$)", ")=(…)", text, flags=re.S
        )
        return re.sub(r"(?<=contains )\(.*\)", "(…)", text, flags=re.S)
    if sqlstate.startswith(DATA_EXCEPTION):
        return re.sub(r'"(?:.*)"', '"…"', text, flags=re.S)
    return text
