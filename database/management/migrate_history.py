"""What ``migrate`` says and asks about the history: edited files, files gone, late ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import (
    AmbiguityError,
)
from django.db.migrations.loader import MigrationLoader

from database.checks import shortened
from database.migrating import history
from database.migrating.history import Key

WRONG_USAGE = 2


def add_arguments(parser: CommandParser) -> None:
    """Declare ``--accept-edited``."""
    parser.add_argument(
        "--accept-edited",
        nargs="*",
        metavar="APP.MIGRATION",
        help="Record that applied migrations are as their files say now, then go on: those named, "
        "or all that were edited or applied without a record.",
    )


def refuse(text: str) -> NoReturn:
    """End the command, as it was not used rightly."""
    raise CommandError(text, returncode=WRONG_USAGE)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what is wrong with the history into one sentence."""
    try:
        yield
    except Exception as error:
        text = history.sentence(error)
        if text is None:
            raise
        raise CommandError(text) from error


def verify(
    command: BaseCommand,
    connection: BaseDatabaseWrapper,
    loader: MigrationLoader,
    app_labels: Collection[str],
    options: dict[str, Any],
) -> None:
    """Refuse to go on while applied migrations are edited, unless that is accepted.

    Args:
        command: Where to print.
        connection: The connection to the database.
        loader: Loaded with what it has applied.
        app_labels: The project's own apps.
        options: Of ``migrate``.

    Raises:
        CommandError: Applied migrations were edited, or what is to be accepted does not exist.
    """
    reading = options["plan"] or options["check_unapplied"]
    if options["accept_edited"] is not None and reading:
        raise CommandError(
            "--accept-edited writes, and --plan and --check only read: give one of them.",
            returncode=WRONG_USAGE,
        )
    found = history.examine(connection, loader, app_labels)
    edited = [item.key for item in found.edited]
    accepted: list[Key] = []
    if options["accept_edited"] is not None:
        accepted = _named(loader, options["accept_edited"]) or sorted(
            {*edited, *history.unrecorded(connection, loader, app_labels)}
        )
        for key in history.accept(connection, loader, accepted):
            command.stdout.write(f"Accepted {'.'.join(key)} as it is now.")
    left = [item for item in found.edited if item.key not in accepted]
    if left:
        names = ", ".join(map(str, left))
        lines = [line for item in left for line in (f"  {item}", *shortened(item))]
        raise CommandError(
            f"prodobit.E833: Edited after they were applied: {names}. Databases that are migrated "
            "from now on would differ from this one; nothing was changed.\n"
            + "\n".join(lines)
            + "\nRestore the files, and write the change as a new migration; or run migrate "
            f"--accept-edited {' '.join(map(str, left))} if the database is as the files say."
        )
    if found.gone and options["verbosity"] >= 1 and not options["prune"]:
        names = ", ".join(".".join(key) for key in found.gone)
        command.stderr.write(
            command.style.WARNING(
                f"prodobit.W834: Applied here, and their files are gone: {names}. Nobody can take "
                "them back or repeat them elsewhere. Restore the files, or forget them with "
                "migrate APP --prune."
            ),
            lambda text: text,
        )


def _named(loader: MigrationLoader, names: Sequence[str]) -> list[Key]:
    """Return the migrations that were named, each as ``app.name`` or the beginning of one."""
    found = []
    for text in names:
        app_label, _, name = text.partition(".")
        try:
            migration = loader.get_migration_by_prefix(app_label, name) if name else None
        except AmbiguityError as error:
            raise CommandError(f"prodobit.E837: {error}.", returncode=WRONG_USAGE) from error
        except KeyError:
            migration = None
        if migration is None:
            raise CommandError(
                f"prodobit.E837: --accept-edited {text}: there is no such migration. Name it as "
                "APP.MIGRATION, and put the app to migrate before the option.",
                returncode=WRONG_USAGE,
            )
        key = (app_label, migration.name)
        if key not in loader.applied_migrations:
            raise CommandError(
                f"prodobit.E837: --accept-edited {text}: it is not applied, so there is nothing "
                "to accept.",
                returncode=WRONG_USAGE,
            )
        found.append(key)
    return found


def say_late(
    command: BaseCommand, loader: MigrationLoader, plan: Iterable[tuple[Migration, bool]]
) -> None:
    """Say which migrations of a plan came late, for they run all the same."""
    for key, others in history.late(loader, plan).items():
        names = " and ".join(name for _, name in others)
        command.stdout.write(
            f"prodobit.W838: {'.'.join(key)} came late: {names} is applied already, and was "
            "written without it. It is run now; look at what both change."
        )
