"""All commands that follow a pull, in one process, so that many databases can be tried.

It is run as a program in a copy of the project, with EXTRA_APPS set:

    python takeover.py LABEL EMPTY_DATABASE PG_DUMP
"""

from __future__ import annotations

import datetime
import decimal
import io
import json
import os
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass
from typing import Any

VALUES: dict[str, object] = {
    "BinaryField": b"x",
    "BooleanField": True,
    "CharField": "x",
    "DateField": datetime.date(2020, 1, 1),
    "DateTimeField": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    "DecimalField": decimal.Decimal(1),
    "DurationField": datetime.timedelta(1),
    "FloatField": 1.0,
    "GenericIPAddressField": "127.0.0.1",
    "HStoreField": {"a": "b"},
    "JSONField": {"a": [1]},
    "TextField": "x",
    "TimeField": datetime.time(1, 2),
    "UUIDField": uuid.UUID(int=1),
}
REFUSED = (
    "CheckViolation",
    "FeatureNotSupported",
    "ForeignKeyViolation",
    "GeneratedAlways",
    "InvalidTextRepresentation",
    "NotNullViolation",
    "ObjectNotInPrerequisiteState",
    "RaiseException",
    "StringDataRightTruncation",
)
"""What PostgreSQL says to values that are drawn without knowing what they are for."""


@dataclass
class Done:
    """What a command left: its exit code and what it wrote."""

    code: int
    text: str


def run(*arguments: str) -> Done:
    """Run a command of manage.py in this process."""
    from django.core.management import CommandError, call_command

    written = io.StringIO()
    try:
        call_command(*arguments, stdout=written, stderr=written, no_color=True)
    except SystemExit as end:
        return Done(int(end.code or 0), written.getvalue())
    except CommandError as error:
        return Done(error.returncode, f"{written.getvalue()}\n{error}")
    return Done(0, written.getvalue())


def value_for(field: Any) -> object:
    """Return something that the field can hold; None where only the database knows."""
    if type(field).__name__ == "DomainField":
        return value_for(field.base_field)
    if type(field).__name__ == "EnumField":
        return field.values[0]
    if type(field).__name__ == "ArrayField":
        return []
    if field.choices:
        return field.choices[0][0]
    kind = field.get_internal_type()
    if "Integer" in kind or "Auto" in kind:
        return 1
    return VALUES.get(kind)


def use(model: Any) -> str:
    """Read, write and change a row by the ORM; return what went wrong, "" if nothing did."""
    from django.db import DatabaseError, transaction

    given = {}
    for field in model._meta.concrete_fields:
        optional = field.null or field.generated or field.has_default() or field.has_db_default()
        if optional or not field.editable or "Auto" in field.get_internal_type():
            continue
        if type(field).__name__ in ("CompositePrimaryKey", "RowIdField"):
            continue
        value = value_for(field.target_field if field.is_relation else field)
        if value is not None:
            given[field.attname] = value
    try:
        list(model.objects.all()[:1])
        with transaction.atomic():
            row = model(**given)
            row.save(force_insert=True)
            str(row)
            keys = {field.attname for field in model._meta.pk_fields}
            for name in [name for name in given if name not in keys][:1]:
                model.objects.filter(pk=row.pk).update(**{name: given[name]})
            transaction.set_rollback(True)
    except DatabaseError as error:
        cause = type(error.__cause__).__name__
        return "" if cause in REFUSED else f"{model.__name__}: {cause}: {error}"
    except Exception as error:
        return f"{model.__name__}: {type(error).__name__}: {error}"
    return ""


def dump(program: str) -> str:
    """Return what pg_dump says of the database of the default connection."""
    from django.db import connection

    settings = connection.settings_dict
    url = f"host={settings['HOST']} port={settings['PORT']} user={settings['USER']}"
    done = subprocess.run(
        [program, "--schema-only", "--no-owner", f"--dbname={url} dbname={settings['NAME']}"],
        env=os.environ | {"PGPASSWORD": str(settings["PASSWORD"]), "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout


def main(label: str, empty: str, program: str) -> dict[str, Any]:
    """Take the database over, build another one, use it and take it down."""
    import django
    from django.apps import apps
    from django.db import connection

    django.setup()
    found: dict[str, Any] = {
        "check": run("check"),
        "makemigrations": run("makemigrations", "--check", "--dry-run"),
        "push": run("push", "--check"),
        "wanted": dump(program),
        "adopted": run("migrate"),
    }
    connection.close()
    connection.settings_dict["NAME"] = empty
    found["built"] = run("migrate")
    if found["built"].code == 0:
        found["made"] = dump(program)
        found["equal"] = run("push", "--check")
        models = apps.get_app_config(label).get_models()
        found["unusable"] = [text for model in models if (text := use(model))]
        found["unmade"] = run("migrate", label, "zero")
        found["left"] = dump(program)
    return {name: asdict(part) if isinstance(part, Done) else part for name, part in found.items()}


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = "prodobit.settings"
    print(json.dumps(main(*sys.argv[1:])))
