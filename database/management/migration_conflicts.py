"""What migrate and makemigrations say of two latest migrations, and ``makemigrations --rebase``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import OperationalError

from database.migrating import conflicts, rebase, repository
from database.migrating.conflicts import Branch, Conflict, Key
from database.migrating.ledger import known_applied
from database.migrating.project import own_labels
from database.migrating.rebase import RebaseError

FAILED, WRONG_USAGE, UNDECIDED = 1, 2, 4
REFUSED_BY_DJANGO = "Conflicting migrations detected"


@contextmanager
def explained(database: str, app_labels: Collection[str] = ()) -> Iterator[None]:
    """Say more than Django does where it refuses several latest migrations.

    Args:
        database: The alias of the database that is asked what is applied.
        app_labels: Only conflicts of these apps matter.
    """
    try:
        yield
    except CommandError as error:
        if not str(error).startswith(REFUSED_BY_DJANGO):
            raise
        loader = MigrationLoader(None, ignore_no_migrations=True)
        found = conflicts.find(loader, _applied_here(database), app_labels)
        if not found:
            raise
        raise CommandError(conflicts.explain(found)) from error


def say_overlaps(command: Any, loader: MigrationLoader, app_labels: Collection[str]) -> None:
    """Say where the branches that are to be merged get in each other's way."""
    for conflict in conflicts.find(loader, None, app_labels):
        for overlap in conflict.overlaps:
            style = command.style.WARNING if overlap.is_serious else str
            command.log(style(f"  {'! ' if overlap.is_serious else ''}{overlap.text}"))


def _applied_here(database: str) -> set[Key] | None:
    try:
        return known_applied(connections[database])
    except OperationalError:
        return None


def run_rebase(
    command: BaseCommand,
    app_labels: Sequence[str],
    options: dict[str, Any],
    log: Callable[..., None],
) -> None:
    """Let the migrations of one branch follow the other.

    Args:
        command: Whose styles are used.
        app_labels: Only these apps; all of the project by default.
        options: Of ``makemigrations``.
        log: Prints a line.

    Raises:
        CommandError: It cannot be done, or nobody can be asked; nothing was changed.
    """
    for name in ("merge", "empty", "update", "check_changes", "name"):
        if options[name]:
            option = {"check_changes": "check"}.get(name, name)
            raise CommandError(
                f"--rebase and --{option} cannot be given together.", returncode=WRONG_USAGE
            )
    own = own_labels(apps)
    strangers = [label for label in app_labels if label not in own]
    if strangers:
        raise CommandError(
            f"{', '.join(strangers)}: only apps in the folder of this project can be rebased.",
            returncode=WRONG_USAGE,
        )
    loader = MigrationLoader(None, ignore_no_migrations=True)
    applied = {key for alias in connections for key in known_applied(connections[alias])}
    found = conflicts.find(loader, applied, app_labels or own)
    if not found:
        log("No conflicts detected to rebase.")
        return
    if options["onto"] and len(found) > 1:
        raise CommandError(
            "--onto names a migration of one app: give the app too.", returncode=WRONG_USAGE
        )
    try:
        choices = [(item, _base(item, applied, options, log)) for item in found]
        work = rebase.plan(loader, choices)
        for conflict, base in choices:
            _say(command, conflict, base, work, log)
            _consent(conflict, base, options)
        if not options["dry_run"]:
            rebase.carry_out(work)
    except RebaseError as error:
        raise CommandError(str(error), returncode=FAILED) from error
    edited = [edit.path for edit in work.edits if edit.path == edit.target]
    for path in edited:
        log(f"  {'would edit' if options['dry_run'] else 'edited'} {_short(path)}")
    if not options["dry_run"]:
        log(
            "prodobit.W847: Who has applied them elsewhere has them under their old names: let "
            "them migrate back first, before they get the new files."
        )


def _base(
    conflict: Conflict, applied: Collection[Key], options: dict[str, Any], log: Callable[..., None]
) -> Branch:
    """Return the branch that the others are to follow."""
    possible = rebase.possible_bases(conflict, applied)
    if options["onto"]:
        return _named(conflict, possible, options["onto"])
    if len(possible) == 1:
        return possible[0]
    files = [[rebase.path_of(item) for item in branch.migrations] for branch in possible]
    for place in repository.in_main(_folder(conflict), files):
        return possible[place]
    names = [branch.name for branch in possible]
    if not (options["interactive"] and sys.stdin.isatty()):
        raise CommandError(
            f"prodobit.E842: Of {conflict.app_label}, neither {' nor '.join(names)} is applied, "
            "and git does not tell which of them came first. Name the one that is to stay with "
            "--onto.",
            returncode=UNDECIDED,
        )
    for line in conflicts.describe(conflict):
        log(line)
    for number, name in enumerate(names, 1):
        log(f"  {number}. {name}")
    while True:
        answer = input(f"Which one stays as it is? [1-{len(names)}] ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(names):
            return possible[int(answer) - 1]


def _folder(conflict: Conflict) -> Path:
    """Return where the migrations of an app are."""
    files = [rebase.path_of(item) for branch in conflict.branches for item in branch.migrations]
    return files[0].parent


def _named(conflict: Conflict, possible: Sequence[Branch], name: str) -> Branch:
    chosen = [branch for branch in conflict.branches if branch.name.startswith(name)]
    chosen = [branch for branch in chosen if branch.name == name] or chosen
    if len(chosen) != 1:
        names = ", ".join(branch.name for branch in conflict.branches)
        raise CommandError(
            f"--onto {name}: the latest migrations of {conflict.app_label} are {names}.",
            returncode=WRONG_USAGE,
        )
    if chosen[0] not in possible:
        names = ", ".join(branch.name for branch in possible)
        raise CommandError(
            f"prodobit.E843: {conflict.app_label}.{chosen[0].name} cannot be the one that the "
            f"others follow: of what would be moved something is applied. Possible: {names}.",
            returncode=FAILED,
        )
    return chosen[0]


def _say(
    command: BaseCommand,
    conflict: Conflict,
    base: Branch,
    work: rebase.Rebase,
    log: Callable[..., None],
) -> None:
    log(command.style.MIGRATE_HEADING(f"Rebasing {conflict.app_label} onto {base.name}:"))
    for old, new in work.moves:
        if old[0] == conflict.app_label:
            renamed = old[1] if old == new else f"{old[1]} → {new[1]}"
            log(f"  {renamed}, behind {work.parents[old][1]}")
    for overlap in conflict.overlaps:
        style = command.style.WARNING if overlap.is_serious else str
        log(style(f"  {'! ' if overlap.is_serious else ''}{overlap.text}"))


def _consent(conflict: Conflict, base: Branch, options: dict[str, Any]) -> None:
    """Ask before what both branches change is left to the one that comes last."""
    if options["dry_run"] or not any(overlap.is_serious for overlap in conflict.overlaps):
        return
    if not (options["interactive"] and sys.stdin.isatty()):
        serious = " ".join(item.text for item in conflict.overlaps if item.is_serious)
        raise CommandError(
            f"prodobit.E841: {serious} Whether what follows {base.name} still does what it should, "
            "only a person can tell. Nothing was changed; rebase on a terminal, or edit one of "
            "them first.",
            returncode=UNDECIDED,
        )
    answer = input("The later one has the last word. Rebase all the same? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError("Not rebased; nothing was changed.")


def _short(path: Path) -> str:
    base = Path.cwd()
    return str(path.relative_to(base) if path.is_relative_to(base) else path)
