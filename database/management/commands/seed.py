"""The command ``manage.py seed``."""

import shutil
import time
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict, fields
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from database.seeding import FEWEST_ROWS, MOST_ROWS, Counts, Progress, SeedingError, seed

DEFAULT_ROWS = 10_000


def row_count(text: str) -> int:
    """Read the value of --rows.

    Raises:
        ArgumentTypeError: It is no number that seed can do.
    """
    try:
        rows = int(text)
    except ValueError:
        rows = 0
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise ArgumentTypeError(
            f"{text!r} is not a whole number from {FEWEST_ROWS} to {MOST_ROWS:,}"
        )
    return rows


def starting_number(text: str) -> int:
    """Read the value of --seed.

    Raises:
        ArgumentTypeError: It is no number.
    """
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from None


class Command(BaseCommand):
    """Fills the empty tables with believable rows."""

    help = (
        "Fill the empty tables of all models with believable rows that belong together: the same "
        "rows for the same --rows and --seed. All or nothing, in one transaction."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --rows, --seed, --replace and --force."""
        parser.add_argument(
            "--rows",
            type=row_count,
            default=DEFAULT_ROWS,
            metavar="N",
            help=f"rows of all tables together (default {DEFAULT_ROWS})",
        )
        parser.add_argument(
            "--seed",
            type=starting_number,
            default=1,
            metavar="S",
            help="a whole number; another one gives other rows (default 1)",
        )
        parser.add_argument(
            "--replace",
            action="store_true",
            help="delete the rows of these tables first; without it, rows are a reason to refuse",
        )
        parser.add_argument("--force", action="store_true", help="also where DEBUG is false")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed, and show the progress."""
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "prodobit.E301: DEBUG is false, so this may be a production database, and seed"
                " would fill it with made-up rows. Nothing was written; if that is what you want,"
                " say --force.",
                returncode=4,
            )
        begun = time.monotonic()
        display = Bar(self.stdout) if self.stdout.isatty() else Lines(self.stdout)
        try:
            counts = seed(
                options["rows"],
                options["seed"],
                replace=options["replace"],
                report=display.show,
            )
        except SeedingError as error:
            display.end()
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            display.end()
            raise CommandError("Interrupted; nothing was written.") from None
        display.end()
        seconds = time.monotonic() - begun
        self.stdout.write(
            f"Seeded {counts.total:,} rows in {len(asdict(counts))} tables in {seconds:.1f} seconds"
            f" (--seed {options['seed']})."
        )


class Lines:
    """Progress as one line for each table that is full: for a log or a pipe."""

    def __init__(self, stream: OutputWrapper) -> None:
        self.stream = stream

    def show(self, progress: Progress) -> None:
        """Print a line where a table is full."""
        if progress.table_done == progress.table_total:
            self.stream.write(f"{progress.table}: {progress.table_done:,} rows")

    def end(self) -> None:
        """Leave nothing to tidy up."""


class Bar(Lines):
    """Progress as one line that is drawn over itself: for a terminal."""

    interval = 0.1
    longest = max(len(field.name) for field in fields(Counts))

    def __init__(self, stream: OutputWrapper) -> None:
        super().__init__(stream)
        self.drawn = 0.0

    def show(self, progress: Progress) -> None:
        """Draw the bar, at most ten times a second."""
        now = time.monotonic()
        if now - self.drawn < self.interval and progress.done < progress.total:
            return
        self.drawn = now
        share = progress.done / progress.total
        total = f"{progress.total:,}"
        done = f"{progress.done:,}".rjust(len(total))
        text = f" {share:4.0%}  {done} of {total} rows  {progress.table:<{self.longest}}"
        width = max(min(shutil.get_terminal_size().columns - len(text) - 3, 40), 0)
        full = int(width * share)
        self._draw(f"[{'#' * full}{'.' * (width - full)}]{text}" if width > 5 else text.strip())

    def end(self) -> None:
        """Take the bar away."""
        self._draw("")

    def _draw(self, text: str) -> None:
        # Back to the start of the line, the text, and nothing of what stood behind it.
        self.stream.write(f"\r{text}\x1b[K", ending="")
        self.stream.flush()
