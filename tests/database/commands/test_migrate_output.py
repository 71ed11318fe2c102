"""What migrate writes while a migration runs."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,arg-type"

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management.base import OutputWrapper
from django.db import migrations
from django.db.migrations import Migration

from database.management import migrate_output
from database.management.migrate_output import Output
from database.migrating.monitor import Sample
from database.migrating.statements import Run, Statement
from database.schema.lock import Session

BASE = "  Applying shop.0001_begin..."
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
READER = Session(7, "ann", "psql", "10.0.0.9", NOW, "idle in transaction", "SELECT 'x'")


def run_of(*operations: Any, seconds: float | None = None, name: str = "0001_begin") -> Run:
    kind = type("Migration", (Migration,), {"operations": list(operations)})
    return Run(kind(name, "shop"), False, NOW, seconds=seconds)


def sample(sql: str | None = "CREATE INDEX a ON b", **more: Any) -> Sample:
    statement = Statement(sql, 1, NOW) if sql else None
    return Sample(run_of(), statement, 3.0, **more)


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


def opened(written: io.StringIO, *, terminal: bool) -> Output:
    output = Output(OutputWrapper(written), terminal=terminal)
    written.write(BASE)
    output.total = 3
    output.open(BASE)
    return output


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")


@pytest.mark.usefixtures("wide")
def test_a_terminal_shows_statement_and_percentage(written: io.StringIO) -> None:
    output = opened(written, terminal=True)

    output.sample(sample(phase="building index: scanning table", done=0.425))

    assert written.getvalue().endswith(
        f"\r{BASE} 1 of 3, 0 s: 42%, building index: scanning table; CREATE INDEX a ON b"
    )


def test_a_narrow_terminal_is_not_overrun(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    output = opened(written, terminal=True)

    output.sample(sample("CREATE INDEX a ON b (c) " * 9))

    assert len(written.getvalue().rpartition("\r")[2]) <= 49


@pytest.mark.usefixtures("wide")
def test_what_was_shown_is_taken_away_at_the_end(written: io.StringIO) -> None:
    output = opened(written, terminal=True)
    output.sample(sample())
    shown = len(written.getvalue().rpartition("\r")[2])

    output.close()

    last = written.getvalue().rpartition("\r")[2]
    blanks = shown - len(BASE)
    assert last == BASE + " " * blanks + "\b" * blanks


@pytest.mark.usefixtures("wide")
def test_nothing_is_written_over_while_nothing_runs(written: io.StringIO) -> None:
    output = opened(written, terminal=True)
    before = written.getvalue()

    output.sample(sample(None))

    assert written.getvalue() == before


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.usefixtures("wide")
def test_who_is_in_the_way_is_named_once_in_a_line(written: io.StringIO, terminal: bool) -> None:
    output = opened(written, terminal=terminal)

    output.sample(sample(blocking=(READER,), blocked=0.5))
    output.sample(sample(blocking=(READER,), blocked=1.5))
    output.sample(sample(blocking=(READER,), blocked=2.5))
    output.close()

    line = (
        "\n    Blocked for 2 s by process 7 (psql, user ann from 10.0.0.9), since 2026-11-22 "
        "20:00:00 UTC, idle in transaction after: SELECT 'x'.\n"
    )
    assert written.getvalue().count(line) == 1
    assert ("blocked 2 s by process 7 (psql); CREATE" in written.getvalue()) is terminal
    assert written.getvalue().rstrip(" \b").endswith(BASE)


def test_without_a_terminal_long_statements_are_told_of_now_and_then(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = opened(written, terminal=False)
    output.sample(sample())
    before = written.getvalue()
    monkeypatch.setattr(migrate_output, "SILENCE", 0.0)

    output.sample(sample(done=0.5))
    output.close()

    assert before == BASE
    assert written.getvalue() == f"{BASE}\n    0 s: 50%; CREATE INDEX a ON b\n{BASE}"


def test_who_ran_python_is_told_that_it_runs_again(written: io.StringIO) -> None:
    output = opened(written, terminal=False)

    output.retry(run_of(migrations.RunPython(print)), 2, 2.0, [])

    assert (
        "Attempt 2 could not get its locks and was rolled back; in the way: nobody any more."
        in (written.getvalue())
    )
    assert written.getvalue().endswith("Next attempt in 2 s. Its Python runs again then.\n")


def test_the_summary_lists_all_or_the_longest(written: io.StringIO) -> None:
    output = Output(OutputWrapper(written), terminal=False)

    output.summary([])
    output.summary([run_of(seconds=1.5)])
    output.summary([run_of(seconds=float(n), name=f"{n:04}") for n in range(30)])

    lines = written.getvalue().splitlines()
    assert lines[:3] == [
        "1 migration in 1.50 s:",
        "  shop.0001_begin      1.50 s",
        "30 migrations in 435.00 s, of which:",
    ]
    assert [line.split()[0] for line in lines[3:]] == [f"shop.{n:04}" for n in range(20, 30)]


def test_what_an_encoding_cannot_say_is_replaced() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    output = Output(OutputWrapper(stream), terminal=False)

    output.line("Größe")
    stream.seek(0)

    assert stream.read() == "    Gr??e\n"


def test_nobody_reading_on_ends_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    Output(OutputWrapper(Closed()), terminal=False).line("something")
