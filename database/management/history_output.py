"""What ``history`` prints: a table, one migration in full, or all of it as JSON."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper
from django.core.management.color import Style
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from database.migrating.history import Key, Standing
from database.migrating.ledger import Entry, Texts

NARROWEST = 24
"""Characters that the name of a migration gets at least; its end is cut off beyond."""
NOT_RECORDED = "not recorded"
EVENTS = {
    "run": "run",
    "adopted": "recorded, as the database had it already",
    "faked": "faked: recorded without being run",
    "squashed": "recorded, as all that it replaces is applied",
    "replaced": "recorded with the migration that replaces it",
    "accepted": "the edited file was accepted",
    "unapplied": "taken back",
    "forgotten": "forgotten: the record was removed, nothing was run",
}


class Output:
    """Writes for people.

    Args:
        stdout: Where to.
        style: Django's styles.
    """

    def __init__(self, stdout: OutputWrapper, style: Style) -> None:
        self.stdout = stdout
        self.style = style
        self.terminal = stdout.isatty()
        self.encoding = getattr(stdout, "encoding", None) or "utf-8"

    def _line(self, text: str) -> None:
        """Write a line, whatever the stream's encoding can say of it."""
        self.stdout.write(text.encode(self.encoding, "replace").decode(self.encoding))

    def table(self, found: Sequence[Standing]) -> None:
        """Print one line for each migration, under the name of its app."""
        if not found:
            self._line("There are no migrations.")
        rows = {item.key: _row(item) for item in found}
        state, when, seconds, who = (
            max((len(row[place]) for row in rows.values()), default=0) for place in range(4)
        )
        rest = 2 + state + 2 + 2 + when + 2 + seconds + 2
        name = max((len(item.key[1]) for item in found), default=0)
        if self.terminal:
            width = shutil.get_terminal_size().columns
            name = min(name, max(NARROWEST, width - rest - who))
            who = max(min(who, width - rest - name), 0)
        for label, items in groupby(found, key=lambda item: item.key[0]):
            self._line(self.style.MIGRATE_LABEL(label))
            for item in items:
                first, *others = rows[item.key]
                line = (
                    f"  {self._styled(item.state, first.ljust(state))}"
                    f"  {_cut(item.key[1], name).ljust(name)}"
                    f"  {others[0].ljust(when)}  {others[1].rjust(seconds)}  {_cut(others[2], who)}"
                )
                self._line(line.rstrip())

    def _styled(self, state: str, text: str) -> str:
        if state in ("edited", "file gone"):
            return self.style.ERROR(text)
        if state == "pending":
            return self.style.WARNING(text)
        return text

    def one(self, item: Standing, texts: Mapping[int, Texts], diff: Sequence[str]) -> None:
        """Print all that is known of one migration."""
        self._line(self.style.MIGRATE_HEADING(f"{'.'.join(item.key)}: {item.state}"))
        if item.applied is not None and item.last is None:
            self._line(
                f"  Applied {_time(item.applied)}; how is {NOT_RECORDED}, nor what it did then."
            )
        for entry in item.entries:
            self._entry(entry, texts[entry.id])
        if diff:
            self._line("  Edited since:")
            for line in diff:
                style = {"+": self.style.SUCCESS, "-": self.style.ERROR}.get(line[:1], str)
                self._line(f"    {style(line)}")

    def _entry(self, entry: Entry, texts: Texts) -> None:
        self._line(f"  {_time(entry.started_at)}  {EVENTS.get(entry.event, entry.event)}")
        took = "" if entry.seconds is None else f"{entry.seconds:.2f} s, "
        self._line(
            f"    {took}by {entry.os_user} on {entry.host}, as {entry.database_user}; "
            f"PostgreSQL {entry.postgresql.split()[0]}, Django {entry.django}, "
            f"Prodobit {entry.prodobit}"
        )
        if entry.backup:
            self._line(f"    backup {entry.backup}")
        for statement in texts.statements:
            times = f"   -- {statement['times']} times" if statement["times"] > 1 else ""
            for line in f"{statement['sql'].rstrip(';')};{times}".splitlines():
                self._line(f"    {line}")


def _row(item: Standing) -> tuple[str, str, str, str]:
    """Return state, time, seconds and who, as text."""
    last = item.last
    if item.applied is None:
        return item.state, "", "", ""
    when = _time(item.applied)
    if last is None:
        return item.state, when, "", NOT_RECORDED
    seconds = "" if last.seconds is None else f"{last.seconds:.2f} s"
    return item.state, when, seconds, f"{last.os_user}@{last.host}"


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…" * (width > 0)


def document(
    connection: BaseDatabaseWrapper,
    loader: MigrationLoader,
    found: Sequence[Standing],
    texts: Mapping[int, Texts],
    diffs: Mapping[Key, Sequence[str]],
) -> dict[str, Any]:
    """Return everything as what JSON can say."""
    return {
        "database": connection.alias,
        "migrations": [
            {
                "app": item.key[0],
                "name": item.key[1],
                "state": item.state,
                "applied": item.applied.isoformat() if item.applied else None,
                "file": _file(loader, item.key),
                "diff": list(diffs.get(item.key, ())),
                "events": [_event(entry, texts[entry.id]) for entry in item.entries],
            }
            for item in found
        ],
    }


def _event(entry: Entry, texts: Texts) -> dict[str, Any]:
    values = asdict(entry)
    for name in ("id", "app", "name", "started_at"):
        del values[name]
    return {
        **values,
        "started": entry.started_at.isoformat(),
        "operations": texts.operations,
        "statements": list(texts.statements),
    }


def _file(loader: MigrationLoader, key: Key) -> str | None:
    import sys

    migration = loader.disk_migrations.get(key)
    file = getattr(sys.modules.get(type(migration).__module__), "__file__", None)
    return str(Path(file)) if migration is not None and file else None
