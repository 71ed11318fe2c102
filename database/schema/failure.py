"""What went wrong, told without anybody's data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import Error as DjangoError

from .changes import Change

NEXT_STEPS = {
    "2BP01": "Drop or change what depends on it yourself, then push again; push never does that.",
    "42501": "Push as the owner of the table, or have its owner grant what is missing.",
    "42P07": "Rename or drop the object of that name, or name yours otherwise, then push again.",
    "42710": "Rename or drop the object of that name, or name yours otherwise, then push again.",
    "42P01": "If it belongs to another app of yours, push that app as well.",
    "42704": "If it comes with an extension, create that (CREATE EXTENSION …), then push again.",
    "42883": "If it comes with an extension, create that (CREATE EXTENSION …), then push again.",
    "0A000": "Change what depends on the column yourself, or keep it as it is, then push again.",
    "55P04": "Give the new value to the enum type first, and use it in the next push or migration.",
    "57014": "Push again with a higher statement_timeout.",
    "53100": "Make room on the server's disk, then push again.",
}
NEXT_STEP_OF_DATA = "Correct the rows or the model, then push again."
NEXT_STEP = "Change the model, or the object in the way, then push again."

# Messages of these classes quote values of rows; what they quote is left out.
DATA_EXCEPTION = "22"
INTEGRITY = "23"


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
    """Take an error of the database apart.

    https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    cause = error.__cause__
    diagnostics = getattr(cause, "diag", None)
    sqlstate = getattr(cause, "sqlstate", None) or ""
    message = getattr(diagnostics, "message_primary", None) or str(error)
    detail = getattr(diagnostics, "message_detail", None) or ""
    hint = getattr(diagnostics, "message_hint", None) or ""
    if not sqlstate:
        return Report(
            "prodobit.E613",
            change,
            statement,
            " ".join(message.split()),
            "",
            "",
            "",
            "Check the server and the connection, then push again.",
        )
    data = sqlstate[:2] in (DATA_EXCEPTION, INTEGRITY)
    return Report(
        "prodobit.E610",
        change,
        statement,
        " ".join(redact(message, sqlstate).split()),
        sqlstate,
        " ".join(redact(detail, sqlstate).split()),
        " ".join(hint.split()),
        NEXT_STEP_OF_DATA if data else NEXT_STEPS.get(sqlstate, NEXT_STEP),
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
