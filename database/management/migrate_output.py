"""What migrate prints beside Django's own lines: what runs now, who is in the way, the times."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from django.core.management.base import OutputWrapper

from database.migrating.statements import describe

if TYPE_CHECKING:
    from database.migrating.monitor import Sample
    from database.migrating.statements import Run
    from database.schema.lock import Session

SILENCE = 10.0
"""Seconds after which a statement that still runs is told of where there is no terminal."""

PATIENCE = 1.0
"""Seconds for which a statement may wait for others before they are named."""

LISTED = 20
"""Up to so many migrations all are listed with their times, of more the longest."""

LONGEST = 10
"""How many of these."""


class Output:
    """Writes for people, in the main thread and in that of the monitor.

    Args:
        stream: Where Django writes its lines.
        terminal: Whether what was written can be written over.
    """

    def __init__(self, stream: OutputWrapper, *, terminal: bool) -> None:
        self.stream = stream
        self.terminal = terminal
        self.number = 0
        self.total = 0
        self._lock = threading.Lock()
        self._base = ""
        self._shown = ""
        self._is_open = False
        self._named: set[int] = set()
        self._told = 0.0

    # The line of a migration: Django writes its beginning and its end

    def open(self, base: str) -> None:
        """Take note that the beginning of a migration's line was written."""
        with self._lock:
            self.number += 1
            self._base, self._is_open, self._shown = base, True, ""
            self._named, self._told = set(), time.monotonic()

    def close(self) -> None:
        """Have the beginning of the line be there, and nothing behind it."""
        with self._lock:
            if not self._base:
                return
            if self.terminal and self._shown:
                self._rewrite("")
            elif not self._is_open:
                self._write(self._base)
            self._base = ""

    def end(self) -> None:
        """End the line of a migration that has failed."""
        with self._lock:
            if self.terminal and self._shown:
                self._rewrite("")
            if self._base and self._is_open:
                self._write("\n")
            self._base = ""

    def line(self, text: str) -> None:
        """Write a line below that of the migration."""
        with self._lock:
            self._line(text)

    def _line(self, text: str) -> None:
        if self.terminal and self._shown:
            self._rewrite("")
        if self._base and self._is_open:
            self._write("\n")
            self._is_open = False
        self._write(f"    {text}\n")
        self._told = time.monotonic()

    def _rewrite(self, text: str) -> None:
        """Write over the migration's line."""
        shown = f"{self._base}{text}"
        # Blanks, as not every terminal knows how to erase.
        blanks = max(len(self._shown) - len(shown), 0)
        self._write(f"\r{shown}{' ' * blanks}{chr(8) * blanks}")
        self._shown = shown if text else ""
        self._is_open = True

    def _write(self, text: str) -> None:
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        shown = text.encode(encoding, "replace").decode(encoding)
        # Nobody may read on (migrate | head). Django's own lines say so, between two migrations;
        # what is said meanwhile must not end one.
        with suppress(BrokenPipeError):
            self.stream.write(shown, _as_it_is, ending="")
            self.stream.flush()

    # What happens meanwhile

    def sample(self, sample: Sample) -> None:
        """Show what the server is doing."""
        with self._lock:
            if not self._base or sample.run.seconds is not None:
                return
            if sample.blocked >= PATIENCE:
                self._name(sample)
            if self.terminal:
                self._show(sample)
            elif sample.statement and time.monotonic() - self._told >= SILENCE:
                self._line(f"{sample.run.elapsed:.0f} s: {_doing(sample, 200)}")

    def _name(self, sample: Sample) -> None:
        for session in sample.blocking:
            if session.pid not in self._named:
                self._named.add(session.pid)
                self._line(f"Blocked for {sample.blocked:.0f} s by {session.describe()}.")

    def _show(self, sample: Sample) -> None:
        if sample.statement is None:
            # Not written over while nothing runs: Python may be asking something.
            if self._shown:
                self._rewrite("")
            return
        width = shutil.get_terminal_size().columns - 1 - len(self._base)
        head = f" {self.number} of {self.total}, {sample.run.elapsed:.0f} s: "
        self._rewrite((head + _doing(sample, max(width - len(head), 0)))[: max(width, 0)])

    def retry(
        self, run: Run | None, attempt: int, pause: float, blocking: Sequence[Session]
    ) -> None:
        """Write that a migration could not get its locks, and who was in the way."""
        whom = "; ".join(session.describe() for session in blocking) or "nobody any more"
        python = ""
        if run is not None and any(
            item.reduces_to_sql is False for item in run.migration.operations
        ):
            python = " Its Python runs again then."
        self.line(
            f"Attempt {attempt} could not get its locks and was rolled back; in the way: {whom}. "
            f"Next attempt in {pause:g} s.{python}"
        )

    def summary(self, runs: Sequence[Run]) -> None:
        """Write how long each migration took."""
        if not runs:
            return
        shown = list(runs)
        if len(runs) > LISTED:
            slowest = sorted(runs, key=lambda run: run.elapsed, reverse=True)[:LONGEST]
            shown = [run for run in runs if run in slowest]
        seconds = sum(run.elapsed for run in runs)
        count = f"{len(runs):,} migration{'' if len(runs) == 1 else 's'}"
        self._write(
            f"{count} in {seconds:.2f} s{', of which' if len(shown) < len(runs) else ''}:\n"
        )
        width = max(len(str(run.migration)) for run in shown)
        for run in shown:
            self._write(f"  {run.migration!s:{width}}  {run.elapsed:8.2f} s\n")


def _as_it_is(text: str) -> str:
    return text


def _doing(sample: Sample, width: int) -> str:
    """Return what a statement is at: how far, for whom it waits, and its text."""
    parts = []
    if sample.done is not None:
        parts.append(f"{min(sample.done, 1):.0%}")
    if sample.phase:
        parts.append(sample.phase)
    if sample.blocking and sample.blocked >= PATIENCE:
        first = sample.blocking[0]
        parts.append(f"blocked {sample.blocked:.0f} s by process {first.pid} ({first.application})")
    head = ", ".join(parts)
    sql = sample.statement.sql if sample.statement else ""
    if not sql and sample.run.operation is not None:
        sql = describe(sample.run.described(sample.run.operation))
    # Statements that are watched have lost the values of rows already.
    text = " ".join((f"{head}; {sql}" if head else sql).split())
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
