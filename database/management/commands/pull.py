"""Write models from a live database."""

from __future__ import annotations

import json
import keyword
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from database.schema import selection
from database.schema.answers import closest
from database.schema.pull import Pulled, pull
from database.schema.selection import NothingMatchesError, Selection, UnknownSchemaError
from database.schema.source import app, folder, updates
from database.schema.source.folder import Changes
from database.schema.source.updates import Update

USAGE, UNDECIDED = 2, 4
DOCS = "docs/pull.md"


class Command(BaseCommand):
    """Read a live database and write the models that equal it."""

    help = "Writes an app of models that equal the live database. Changes nothing in it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--app", default="legacy", metavar="LABEL",
                            help="label of the app to write (legacy)")  # fmt: skip
        parser.add_argument("--tables", nargs="+", default=[], metavar="GLOB", action="extend",
                            help="pull only tables that match: 'shop_*', 'crm.*'")  # fmt: skip
        parser.add_argument("--exclude", nargs="+", default=[], metavar="GLOB", action="extend",
                            help="leave out tables that match")  # fmt: skip
        parser.add_argument("--schema", nargs="+", default=[], metavar="NAME", action="extend",
                            help="read only these PostgreSQL schemas (all)")  # fmt: skip
        parser.add_argument("--out", metavar="DIR", type=Path,
                            help="folder to put the app's folder into (the project's)")  # fmt: skip
        parser.add_argument("--force", action="store_true",
                            help="overwrite models that are there")  # fmt: skip
        # Not "stdout", which is Django's own option for a stream.
        parser.add_argument("--stdout", action="store_true", dest="print_models",
                            help="print the models and write nothing")  # fmt: skip
        parser.add_argument("--json", action="store_true",
                            help="print the report as one JSON document")  # fmt: skip
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, metavar="ALIAS",
                            help="alias of the database (default)")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, write the files, and report."""
        started = time.monotonic()
        label: str = options["app"]
        if options["database"] not in connections:
            raise _usage(f"There is no database {options['database']!r} in the settings.")
        out = Path(options["out"] or settings.BASE_DIR)
        place = out / label
        _check_label(label, place)
        connection = connections[options["database"]]
        try:
            selected = selection.select(
                connection,
                apps,
                label,
                schemas=options["schema"],
                patterns=options["tables"],
                excluded=options["exclude"],
            )
        except UnknownSchemaError as error:
            raise _usage(f"There is no schema {str(error)!r} in this database.") from None
        except NothingMatchesError as error:
            raise _usage(
                f"prodobit.E704: no table matches {error.pattern!r}. Upper and lower case count."
                f"{closest(error.pattern, error.names)}"
            ) from None
        if not selected.schema.tables:
            raise CommandError(
                "prodobit.E705: this database has no tables to pull. Check DB_NAME, or see what "
                f"was left out: {_left_out(selected) or 'nothing'}.",
                returncode=1,
            )
        pulled = pull(connection, apps, label, selected)
        if options["print_models"]:
            self._print_models(pulled)
            return
        files = _files(label, place, pulled, selected)
        changes = folder.compare(place, files)
        update, later = _add_update(label, place, pulled, files, changes)
        changes = folder.compare(place, files)
        if changes.changed and not options["force"]:
            raise CommandError(
                f"prodobit.E706: {_many(len(changes.changed), 'file')} in {place} would be "
                f"overwritten: {', '.join(changes.changed)}. Nothing was written. Add --force to "
                "overwrite them, or choose another --app.",
                returncode=UNDECIDED,
            )
        try:
            folder.write(place, files, (*changes.new, *changes.changed))
        except OSError as error:
            raise CommandError(
                f"prodobit.E707: cannot write {error.filename}: {error.strerror}. "
                "Choose a folder that you may write with --out.",
                returncode=1,
            ) from None
        report = _report(label, place, selected, pulled, changes, time.monotonic() - started)
        report["sql_changed"] = update.lines()
        report["sql_later"] = later
        report["sql_by_hand"] = [f"{op.kind} {op.name}" for op in update.by_hand]
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=2, default=str))
        else:
            self._print(report)

    def _print_models(self, pulled: Pulled) -> None:
        for path, text in pulled.source.files.items():
            self.stdout.write(f"# {path}\n{text}" if len(pulled.source.files) > 1 else text)

    def _print(self, report: dict[str, Any]) -> None:
        write = self.stdout.write
        write(
            f"Pulled {_many(report['tables'], 'table')} as {_many(report['models'], 'model')} "
            f"into {report['folder']} in {report['seconds']:.1f} s."
        )
        for word in ("new", "changed", "same"):
            if report["files"][word]:
                write(f"  {word:8}{', '.join(report['files'][word])}")
        if report["carried"]:
            write("Made by SQL in migrations, as no model can say it:")
            for kind, names in report["carried"].items():
                write(f"  {kind}: {_some(names)}")
        if report["left_out"]:
            write("Left out:")
            for reason, names in report["left_out"].items():
                write(f"  {_some(names)}: {reason}")
        if report["left_behind"]:
            write(self.style.WARNING("prodobit.W708: not carried over; make it by hand elsewhere:"))
            for thing in report["left_behind"]:
                write(f"  {thing['kind']} {thing['name']}: {thing['reason']}")
        if report["foreign"]:
            write(self.style.WARNING(
                "prodobit.W715: tables of other apps are not as these apps make them; a database "
                "built by migrate has them without:"))  # fmt: skip
            for line in report["foreign"]:
                write(f"  {line}")
        if report["replaced"]:
            write(
                f"The example models of {', '.join(report['replaced'])} give way to these "
                "(replaces_models_of in apps.py)."
            )
        if report["stale"]:
            write(self.style.WARNING(
                "prodobit.W709: no longer written, and in the way of what is: "
                f"{', '.join(report['stale'])}. Delete it."))  # fmt: skip
        if report["migration_needed"]:
            write(self.style.WARNING(
                "prodobit.W710: the models have changed since the migrations were written. Run: "
                f"manage.py makemigrations {report['app']}"))  # fmt: skip
        if report["sql_changed"]:
            write("What is made by SQL has changed since the migrations were written:")
            for line in report["sql_changed"]:
                write(f"  {line}")
        if report["sql_by_hand"]:
            write(self.style.WARNING(
                "prodobit.W714: to make these anew would take away what is in them; write a "
                "migration that changes them by hand:"))  # fmt: skip
            for line in report["sql_by_hand"]:
                write(f"  {line}")
        if report["sql_later"]:
            write(self.style.WARNING(
                "prodobit.W713: the migration of this comes after that of the tables. Run "
                f"makemigrations {report['app']}, then pull again."))  # fmt: skip
        if report["differences"]:
            write(self.style.WARNING(
                "prodobit.W711: the models differ from the database in:"))  # fmt: skip
            for line in report["differences"]:
                write(f"  {line}")
        else:
            write("The models equal the database: push --check finds no difference.")
        if not report["installed"]:
            write("Add the app to INSTALLED_APPS in prodobit/settings.py:")
            write(f'    "{report["app"]}",')
            write(f"or set EXTRA_APPS={report['app']}")


def _usage(message: str) -> CommandError:
    return CommandError(message, returncode=USAGE)


def _check_label(label: str, place: Path) -> None:
    """Refuse a label that Python or Django would not accept."""
    if not label.isidentifier() or keyword.iskeyword(label) or not label.isascii():
        raise _usage(
            f"prodobit.E703: {label!r} is no name for an app. Take letters, digits and "
            "underscores, not a digit first."
        )
    if label in apps.app_configs:
        installed = Path(apps.get_app_config(label).path)
        if installed.resolve() != place.resolve():
            raise _usage(
                f"prodobit.E703: {label!r} is the label of the app in {installed}. Choose another "
                "with --app."
            )
    elif not place.exists() and find_spec(label) is not None:
        raise _usage(
            f"prodobit.E703: {label!r} is the name of a Python module. Choose another with --app."
        )


def _files(label: str, place: Path, pulled: Pulled, selected: Selection) -> dict[str, str]:
    """Return all files that are to be there; what makes the folder an app only where missing."""
    files = dict(pulled.source.files)
    for path, text in app.package_files(label, replaced=selected.replaced).items():
        if not (place / path).exists():
            files[path] = text
    if not folder.migrations(place):
        for name, text in pulled.source.migrations.items():
            files[f"migrations/{name}.py"] = text
    return files


def _report(
    label: str,
    place: Path,
    selected: Selection,
    pulled: Pulled,
    changes: Changes,
    seconds: float,
) -> dict[str, Any]:
    """Return everything there is to say, for people and programs alike."""
    source = pulled.source
    carried: dict[str, list[str]] = {}
    for operation in source.carried.operations:
        carried.setdefault(operation.kind, []).append(operation.name)
    first = any(path.startswith("migrations/0001_") for path in changes.new)
    models = [
        path for path in (*changes.new, *changes.changed) if not path.startswith("migrations/")
    ]
    return {
        "app": label,
        "folder": str(place),
        "tables": len(selected.schema.tables),
        "models": len(source.models),
        "enum_types": source.enums,
        "files": {
            "new": list(changes.new),
            "changed": list(changes.changed),
            "same": list(changes.same),
        },
        "stale": list(changes.stale),
        "carried": carried,
        "left_out": {
            reason: [str(name) for name in names]
            for reason, names in selection.names(selected.left_out).items()
        },
        "left_behind": [
            {"kind": kind, "name": name, "reason": reason}
            for kind, name, reason in source.carried.left_behind
        ],
        "migration_needed": not first and bool(models),
        "differences": [difference.describe() for difference in pulled.differences],
        "foreign": [difference.describe() for difference in pulled.foreign],
        "replaced": list(selected.replaced),
        "installed": label in apps.app_configs,
        "seconds": round(seconds, 3),
    }


def _add_update(
    label: str, place: Path, pulled: Pulled, files: dict[str, str], changes: Changes
) -> tuple[Update, bool]:
    """Add the migration of what is made by SQL and has changed, as far as its turn has come.

    Side effects: adds a file to ``files``.

    Returns:
        What has changed, and whether something of it has to wait for the migration of the tables.
    """
    there = folder.migrations(place)
    if not there:
        return Update(), False
    made = folder.objects(place)
    update = updates.compare(pulled.source.carried, pulled.extras, made)
    early = any(not path.startswith("migrations/") for path in (*changes.new, *changes.changed))
    calls = updates.operations(update, pulled.source.carried, made, early=early) if update else []
    later = early and update.waits(pulled.source.carried)
    if calls:
        name, text = app.update_migration(label, there[-1], calls, early=early)
        files[f"migrations/{name}.py"] = text
    return update, later


def _left_out(selected: Selection) -> str:
    names = selection.names(selected.left_out)
    return "; ".join(f"{_some([str(n) for n in found])}: {why}" for why, found in names.items())


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _some(names: list[str], limit: int = 8) -> str:
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"
