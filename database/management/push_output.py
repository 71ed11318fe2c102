"""What push prints: the plan in lines, what is left alone, failures, and all of it as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.management.color import Style

from database.schema.changes import Change, Kind, Plan, Question
from database.schema.differences import Note
from database.schema.lock import describe_wait

if TYPE_CHECKING:
    from database.schema.failure import Report
    from database.schema.lock import Session

SIGNS = {Kind.CREATE: "+", Kind.ALTER: "~", Kind.DROP: "-", Kind.RENAME: "→"}
SILENCE = 10.0
"""Seconds without a word of progress where there is no terminal."""

DONE = {
    Kind.CREATE: "created",
    Kind.ALTER: "altered",
    Kind.DROP: "dropped",
    Kind.RENAME: "renamed",
}


ALIKE = 3
"""How many notes that say the same are written one by one."""


class Output:
    """Writes for people.

    Args:
        write: Writes text as it is.
        flush: Makes what was written be seen at once.
        style: Django's styles; they are empty where there is no colour.
        encoding: What the stream can say.
        terminal: Whether it is a terminal.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        flush: Callable[[], None],
        style: Style,
        encoding: str,
        *,
        terminal: bool,
    ) -> None:
        self.write = write
        self.flush = flush
        self.style = style
        self.encoding = encoding
        self.terminal = terminal
        self._told = time.monotonic()

    def line(self, text: str = "") -> None:
        """Write a line, whatever the stream's encoding can say of it."""
        self.write(text.encode(self.encoding, "replace").decode(self.encoding) + "\n")

    def plan(self, plan: Plan, *, sql: bool) -> None:
        """Write every change in a line, with its SQL if asked for."""
        for label in plan.foreign_apps:
            self.line(self.style.SUCCESS(f"  + migrate {label}: its tables are missing"))
        for change in plan.changes:
            self.line(f"  {self._colour(change)(change_line(change))}")
            if sql:
                for statement in change.statements:
                    for text in statement.sql.splitlines():
                        self.line(f"      {text}")
        if sql and plan.guards:
            self.line("  Checked first, under the locks:")
            for text in plan.guards:
                self.line(f"      {text}")

    def _colour(self, change: Change) -> Callable[[str], str]:
        colours: dict[Kind, Callable[[str], str]] = {
            Kind.CREATE: self.style.SUCCESS,
            Kind.ALTER: self.style.WARNING,
            Kind.DROP: self.style.ERROR,
            Kind.RENAME: self.style.MIGRATE_HEADING,
        }
        return colours[change.kind]

    def asides(self, plan: Plan) -> None:
        """Write what is left alone, and what nobody could say."""
        if plan.unknown:
            self.line()
            self.line(
                self.style.WARNING(
                    "prodobit.W601: Neither the models nor any push or migration know these; "
                    "they are left alone. --prune drops them."
                )
            )
            for item in plan.unknown:
                self.line(f"    {item.table}: {item.what}")
        if plan.unsettled:
            self.line()
            self.line(
                self.style.WARNING(
                    "prodobit.W602: PostgreSQL could not be asked whether these differ; they are "
                    "taken as equal. Ask with a role that may create temporary tables."
                )
            )
            for text in plan.unsettled:
                self.line(f"    {text}")
        if plan.notes:
            self.line()
            self.line(
                self.style.WARNING(
                    "prodobit.W603: No model can say these; they are left as they are. "
                    "Change them with SQL if they are not meant to be so."
                )
            )
            for text in grouped(plan.notes):
                self.line(f"    {text}")

    def obstacles(self, changes: Iterable[Change]) -> None:
        """Write why changes cannot be made."""
        for change in changes:
            obstacle = change.obstacle
            if obstacle is None:
                continue
            self.line()
            self.line(self.style.ERROR(f"{obstacle.id}: {obstacle.consequence}"))
            self.line(f"  {obstacle.next_step}")
            if obstacle.query:
                self.line(f"    {obstacle.query};")

    def questions(self, questions: Iterable[Question]) -> None:
        """Write what must be decided, and what to type."""
        for question in questions:
            self.line()
            self.line(self.style.ERROR(f"{question.id}: {question.consequence}"))
            self.line("  Push again with")
            for place, option in enumerate(question.options):
                self.line(f"    {'or ' if place else ''}{option}")

    def failure(self, report: Report) -> None:
        """Write what failed, and that nothing was changed."""
        self.line()
        self.line(self.style.ERROR(f"{report.id}: {report.message}"))
        if report.change is not None:
            self.line(f"  change:    {change_line(report.change)}")
        if report.statement:
            self.line(f"  statement: {report.statement}")
        if report.sqlstate:
            self.line(f"  SQLSTATE:  {report.sqlstate}")
        if report.detail:
            self.line(f"  detail:    {report.detail}")
        if report.hint:
            self.line(f"  hint:      {report.hint}")
        self.line("  Nothing was changed.")
        self.line(f"  {report.next_step}")

    def waiting(self, session: Session | None) -> None:
        """Write for whom the push waits."""
        self.line(describe_wait(session))
        self.flush()

    def progress(self, done: int, total: int) -> None:
        """Write how far a long push is: over itself on a terminal, now and then elsewhere."""
        text = f"{done:,} of {counted(total, 'statement')}"
        if self.terminal:
            self.write(f"\r{text}" + ("\n" if done == total else ""))
            self.flush()
        elif time.monotonic() - self._told > SILENCE and done < total:
            self._told = time.monotonic()
            self.line(text)
            self.flush()

    def retry(self, attempt: int, pause: float, sessions: list[Session]) -> None:
        """Write that a lock could not be had, and who is in the way."""
        whom = "; ".join(session.describe() for session in sessions) or "nobody any more"
        self.line(
            f"Attempt {attempt} could not get its locks and was rolled back; "
            f"in the way: {whom}. Next attempt in {pause:g} s."
        )
        self.flush()


def change_line(change: Change) -> str:
    """Return ``+ create table products: 4 columns (…)``."""
    text = f"{SIGNS[change.kind]} {change.describe()}"
    remarks = [*([change.loss.what] if change.loss else []), *change.notes]
    if change.obstacle is not None and change.obstacle.count >= 0:
        remarks.append(f"{counted(change.obstacle.count, 'row')} in the way")
    return f"{text} ({', '.join(remarks)})" if remarks else text


def counted(count: int, word: str) -> str:
    """Return a number with its noun: ``1,204 values``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def grouped(notes: Iterable[Note]) -> list[str]:
    """Return a line for each note, but one for many that say the same of one kind of object."""
    groups: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.subject.partition(" ")[0], note.text), []).append(note)
    lines = []
    for (kind, text), found in groups.items():
        if len(found) <= ALIKE:
            lines += [note.describe() for note in found]
        else:
            first = f"{found[0].live.name}: {found[0].subject} {text}"
            others = counted(len(found) - 1, f"other {kind}")
            lines.append(f"{first}; and so {others} (--json names them)")
    return lines


def summary(changes: Iterable[Change]) -> str:
    """Return ``2 created, 1 dropped``."""
    counts: dict[Kind, int] = {}
    for change in changes:
        counts[change.kind] = counts.get(change.kind, 0) + 1
    return ", ".join(f"{counts[kind]:,} {DONE[kind]}" for kind in Kind if kind in counts)


def as_json(plan: Plan) -> dict[str, Any]:
    """Return the plan as what JSON can say."""
    return {
        "changes": [
            {
                "kind": str(change.kind),
                "table": str(change.table),
                "object": change.what,
                "summary": change.summary,
                "notes": list(change.notes),
                "loss": change.loss and {"count": change.loss.count, "what": change.loss.what},
                "obstacle": change.obstacle
                and {
                    "id": change.obstacle.id,
                    "count": change.obstacle.count,
                    "consequence": change.obstacle.consequence,
                    "next_step": change.obstacle.next_step,
                    "query": change.obstacle.query,
                },
                "sql": [statement.sql for statement in change.statements],
            }
            for change in plan.changes
        ],
        "migrate": list(plan.foreign_apps),
        "unknown": [{"table": str(item.table), "object": item.what} for item in plan.unknown],
        "unsettled": list(plan.unsettled),
        "notes": [note.describe() for note in plan.notes],
        "questions": [
            {
                "id": question.id,
                "question": question.text,
                "consequence": question.consequence,
                "options": list(question.options),
            }
            for question in plan.questions
        ],
    }


def report_as_json(report: Report) -> dict[str, Any]:
    """Return a failure as what JSON can say."""
    return {
        "id": report.id,
        "change": report.change and change_line(report.change),
        "statement": report.statement,
        "message": report.message,
        "sqlstate": report.sqlstate,
        "detail": report.detail,
        "hint": report.hint,
        "next_step": report.next_step,
    }
