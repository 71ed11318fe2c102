"""What review prints: text, Markdown, JSON, and the few lines behind makemigrations."""

from __future__ import annotations

import importlib
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.color import Style
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations import Migration

from database.review.findings import SOON, Finding, Severity
from database.review.judge import Effect, Work, counted
from database.review.locks import Lock
from database.schema.state import TableName

if TYPE_CHECKING:
    from database.review.collect import MigrationReview, OperationReview, StatementReview
    from database.review.review import Review

NOTHING = "Nothing to review: no migration is pending."
SIGNS = {Severity.OK: "✓", Severity.NOTE: "·", Severity.WARNING: "⚠", Severity.DANGER: "✗"}


def text(result: Review, style: Style) -> Iterator[str]:
    """Yield the lines that a person reads."""
    if not result.migrations:
        yield NOTHING
    for migration in result.migrations:
        marks = ", ".join(_marks(migration))
        head = f"{migration}: {migration.severity}"
        yield _colour(style, migration.severity)(f"{head}{f' ({marks})' if marks else ''}")
        for found in migration.findings:
            yield from _finding(found, style, "  ")
        for operation in migration.operations:
            yield f"  {operation.description}"
            for found in operation.findings:
                yield from _finding(found, style, "    ")
            for statement in operation.statements:
                yield from _statement(statement, style)
        yield ""
    yield from result.asides
    if result.migrations:
        yield _summary(result)


def _summary(result: Review) -> str:
    counts = [
        (severity, sum(each.severity is severity for each in result.migrations))
        for severity in reversed(Severity)
    ]
    said = ", ".join(f"{count:,} {severity}" for severity, count in counts if count)
    where = "sizes unknown" if result.server_version is None else "sizes as of now, estimated"
    lint = f", squawk {result.squawk}" if result.squawk else ""
    return f"Reviewed {_plural(len(result.migrations), 'migration')}: {said} ({where}{lint})."


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _marks(migration: MigrationReview) -> list[str]:
    marks = [] if migration.atomic else ["not one transaction"]
    if migration.in_main is not None:
        marks.append("in the main branch" if migration.in_main else "new")
    return [*marks, *(["applied already"] if migration.applied else [])]


def _colour(style: Style, severity: Severity) -> Callable[[str], str]:
    colours: dict[Severity, Callable[[str], str]] = {
        Severity.OK: style.SUCCESS,
        Severity.NOTE: style.MIGRATE_HEADING,
        Severity.WARNING: style.WARNING,
        Severity.DANGER: style.ERROR,
    }
    return colours[severity]


def _statement(statement: StatementReview, style: Style) -> Iterator[str]:
    for line in f"{statement.sql};".splitlines():
        yield f"      {line}"
    for line in effect_lines(statement.effect):
        yield f"        {line}"
    for found in statement.findings:
        yield from _finding(found, style, "        ")


def effect_lines(effect: Effect) -> Iterator[str]:
    """Yield one line per table: lock, what waits for it, what is done with its rows, its size."""
    sizes = dict(effect.touched)
    works: dict[TableName, list[Work]] = {}
    for work in effect.works:
        works.setdefault(work.table, []).append(work)
    for table, lock in effect.locks:
        done = _done(works.pop(table, []))
        if not done and lock >= Lock.SHARE_UPDATE_EXCLUSIVE:
            done = "no row is read"
        parts = [f"{lock} on {table}", f"blocks {lock.blocks}", done, counted(sizes[table])]
        yield "; ".join(part for part in parts if part)
    for table, left in works.items():
        yield f"{table}: {_done(left)}; {counted(sizes[table])}"
    if not effect.locks and not effect.works and not effect.session:
        yield "nobody waits for it"


def _done(works: Sequence[Work]) -> str:
    """Return what is done with the rows of a table: ``rewritten, indexed (about 3 s)``."""
    words = dict.fromkeys(str(work.kind) if work.sure else f"perhaps {work.kind}" for work in works)
    total = sum(work.seconds or 0 for work in works)
    took = f" (about {total:.1f} s)" if total >= SOON else ""
    return ", ".join(words) + took if words else ""


def _finding(found: Finding, style: Style, indent: str) -> Iterator[str]:
    head = f"{found.severity} {found.id}: {found.consequence}"
    yield indent + _colour(style, found.severity)(head)
    rest = found.remedy
    if found.rules:
        rest = f"{rest} (squawk: {', '.join(found.rules)})".strip()
    for line in textwrap.wrap(rest, 110, break_on_hyphens=False):
        yield f"{indent}  {line}"


# --- Markdown


def markdown(result: Review) -> Iterator[str]:
    """Yield Markdown as GitHub renders it."""
    yield "## Migrations"
    yield ""
    if not result.migrations:
        yield NOTHING
    for migration in result.migrations:
        marks = _marks(migration)
        yield f"### {SIGNS[migration.severity]} `{migration}`: {migration.severity}"
        yield ""
        if marks:
            yield f"{', '.join(marks).capitalize()}."
            yield ""
        for found in [*migration.findings, *_of_operations(migration)]:
            yield f"- {_said(found)}"
        if migration.findings or any(_of_operations(migration)):
            yield ""
        rows = [_row(operation, each) for operation in migration.operations
                for each in operation.statements]  # fmt: skip
        if rows:
            yield "| | statement | lock and work | findings |"
            yield "|---|---|---|---|"
            yield from rows
            yield ""
    for aside in result.asides:
        yield f"> {_escaped(aside)}"
        yield ""
    if result.migrations:
        yield _summary(result)


def _of_operations(migration: MigrationReview) -> list[Finding]:
    return [found for operation in migration.operations for found in operation.findings]


def _row(operation: OperationReview, statement: StatementReview) -> str:
    worst = max((each.severity for each in statement.findings), default=Severity.OK)
    cells = (
        SIGNS[worst],
        f"{_escaped(operation.description)}<br>{_code(statement.sql)}",
        "<br>".join(map(_escaped, effect_lines(statement.effect))),
        "<br>".join(map(_said, statement.findings)),
    )
    return f"| {' | '.join(cells)} |"


def _said(found: Finding) -> str:
    remedy = f" {_escaped(found.remedy)}" if found.remedy else ""
    return f"**{found.severity}** {found.id}: {_escaped(found.consequence)}{remedy}"


def _escaped(words: str) -> str:
    for mark in "\\`*_|<[":
        words = words.replace(mark, f"\\{mark}")
    return " ".join(words.split())


def _code(sql: str) -> str:
    # In HTML and not between backticks, which a pipe or a line break would end in a table.
    for mark, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        sql = sql.replace(mark, name)
    for mark in "*_`\\~[":
        sql = sql.replace(mark, f"&#{ord(mark)};")
    return f"<code>{'<br>'.join(sql.splitlines())}</code>"


# --- JSON


def as_json(result: Review) -> dict[str, Any]:
    """Return everything as what JSON can say."""
    return {
        "severity": str(result.severity),
        "server_version": result.server_version,
        "squawk": result.squawk,
        "asides": list(result.asides),
        "migrations": [
            {
                "app": migration.app_label,
                "name": migration.name,
                "severity": str(migration.severity),
                "atomic": migration.atomic,
                "applied": migration.applied,
                "in_main": migration.in_main,
                "findings": [_found(each) for each in migration.findings],
                "operations": [
                    {
                        "description": operation.description,
                        "in_transaction": operation.in_transaction,
                        "findings": [_found(each) for each in operation.findings],
                        "statements": [_stated(each) for each in operation.statements],
                    }
                    for operation in migration.operations
                ],
            }
            for migration in result.migrations
        ],
    }


def _stated(statement: StatementReview) -> dict[str, Any]:
    effect = statement.effect
    return {
        "sql": statement.sql,
        "locks": [
            {"table": str(table), "lock": str(lock), "blocks": _blocked(lock)}
            for table, lock in effect.locks
        ],
        "work": [
            {
                "table": str(work.table),
                "what": str(work.kind),
                "sure": work.sure,
                "seconds": None if work.seconds is None else round(work.seconds, 3),
            }
            for work in effect.works
        ],
        "tables": [
            {"table": str(table), "rows": size.rows, "bytes": size.bytes}
            for table, size in effect.touched
        ],
        "findings": [_found(each) for each in statement.findings],
    }


def _blocked(lock: Lock) -> list[str]:
    if lock is Lock.ACCESS_EXCLUSIVE:
        return ["reads", "writes"]
    return ["writes"] if lock >= Lock.SHARE else []


def _found(found: Finding) -> dict[str, Any]:
    return {
        "id": found.id,
        "severity": str(found.severity),
        "consequence": found.consequence,
        "remedy": found.remedy,
        "squawk": list(found.rules),
    }


# --- Behind makemigrations


MOST = 5
"""Hazards of a migration that are shown behind makemigrations."""
AT_A_GLANCE = 200
"""Operations that are reviewed in less time than it took to write them."""


def written(changes: Mapping[str, Sequence[Migration]], style: Style) -> Iterator[str]:
    """Yield the short form of a review of migrations that were just written.

    The database is asked only if it was found reachable a moment ago.
    """
    from database.review.review import Wanted, review

    keys = tuple((app, each.name) for app, migrations in changes.items() for each in migrations)
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql":
        return
    count = sum(len(each.operations) for migrations in changes.values() for each in migrations)
    if count > AT_A_GLANCE:
        yield f"What these {count:,} operations do: manage.py review"
        return
    # The files are too young for the import system to have seen their folder change.
    importlib.invalidate_caches()
    try:
        result = review(
            connection,
            Wanted(keys=keys),
            online=connection.connection is not None,
            folder=Path(settings.BASE_DIR),
            with_squawk=False,
        )
    except Exception as error:
        # The files are written all the same, and whoever asks for the review sees more.
        yield style.WARNING(
            f"prodobit.W876: What was written could not be reviewed ({type(error).__name__}). "
            "Run manage.py review."
        )
        return
    yield from short(result, style)


def short(result: Review, style: Style) -> Iterator[str]:
    """Yield a few lines: each migration with its worst severity and its hazards."""
    for migration in result.migrations:
        worst = migration.severity
        unknown = ", sizes unknown" if result.server_version is None else ""
        yield _colour(style, worst)(f"Review of {migration}: {worst}{unknown}")
        hazards = {
            (found.id, found.consequence): found
            for found in sorted(migration.all_findings(), key=lambda each: -each.severity)
            if found.severity >= Severity.WARNING
        }
        for found in list(hazards.values())[:MOST]:
            yield f"  {found.severity} {found.id}: {found.consequence}"
        if len(hazards) > MOST:
            yield f"  and {len(hazards) - MOST} more"
        if hazards:
            yield f"  The safe way: manage.py review {migration.app_label} {migration.name}"
