"""A Django project in a directory, which runs Django's own commands or ours."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import Server

from .process import ROOT, Cost, measure
from .shapes import APP, write_app

_SETTINGS = """\
import os
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = "benchmark"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres",
    *os.environ.get("MORE_APPS", "").split(), os.environ["APP"],
    *(["ours"] if os.environ.get("OURS") else []),
]
DATABASES = {"default": {
    "ENGINE": "database.backend",
    "NAME": os.environ["DB_NAME"],
    "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
    "PORT": os.environ.get("DB_PORT", "5432"),
    "USER": os.environ.get("DB_USER", "postgres"),
    "PASSWORD": os.environ.get("DB_PASSWORD", ""),
}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
SILENCED_SYSTEM_CHECKS = ["admin.E403", "admin.E408", "admin.E409", "admin.E410"]
"""

_COMMAND = "from database.management.commands.{name} import Command as Command\n"

_TESTS = """\
from django.test import TestCase

class OneTest(TestCase):
    def test_nothing(self):
        pass
"""

_TAKE_DOWN = """\
import sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

begun = False

def take_down(execute, sql, params, many, context):
    global begun
    result = execute(sql, params, many, context)
    for values in params if many else [params]:
        text = connection.ops.compose_sql(str(sql), values) if values else str(sql)
        # Looking into the catalog changes nothing; the history is not Django's.
        if not text.lstrip().startswith(("SELECT", "RESET")) and "prodobit_" not in text:
            if connection.in_atomic_block and not begun:
                print("BEGIN;")
                begun = True
            print(text.rstrip().rstrip(";") + ";")
    return result

def commit(self):
    global begun
    if begun and self.alias == connection.alias:
        print("COMMIT;")
        begun = False
    original(self)

original, BaseDatabaseWrapper._commit = BaseDatabaseWrapper._commit, commit
with connection.execute_wrapper(take_down):
    call_command("migrate", verbosity=0)
"""


@dataclass(frozen=True)
class Project:
    """A Django project in a directory.

    Attributes:
        directory: Where its ``settings`` module and its app are.
        database: The name of the database it uses.
    """

    directory: Path
    database: str

    def environment(self, server: Server, *, ours: bool) -> dict[str, str]:
        """Return what to run its commands with: Django's own, or ours."""
        parts = server.parameters()
        return {
            **os.environ,
            # As installed: what is imported is compiled once, not by every command.
            "PYTHONDONTWRITEBYTECODE": "",
            "APP": APP,
            "OURS": "1" if ours else "",
            "DB_NAME": self.database,
            "DB_HOST": parts.get("host", ""),
            "DB_PORT": parts.get("port", ""),
            "DB_USER": parts.get("user", ""),
            "DB_PASSWORD": parts.get("password", ""),
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": os.pathsep.join([str(self.directory), str(ROOT)]),
        }

    def run(
        self, server: Server, *arguments: str, ours: bool = True, module: str = "django"
    ) -> Cost:
        """Run a command of it, or another module, in a process of its own."""
        command = [sys.executable, "-m", module, *arguments]
        return measure(command, self.environment(server, ours=ours), self.directory)

    def statements(self, server: Server) -> str:
        """Migrate, and return the SQL that changed something, in its transactions."""
        environment = self.environment(server, ours=True)
        return measure([sys.executable, "-c", _TAKE_DOWN], environment, self.directory).output


def write_project(directory: Path, database: str, source: str) -> Project:
    """Write a project with one app.

    Args:
        directory: An existing, empty directory.
        database: The name of the database it is to use.
        source: The source of the app's models.
    """
    (directory / "settings.py").write_text(_SETTINGS)
    commands = directory / "ours" / "management" / "commands"
    commands.mkdir(parents=True)
    for package in (commands.parents[1], commands.parent, commands):
        (package / "__init__.py").touch()
    for name in ("migrate", "makemigrations", "pull"):
        (commands / f"{name}.py").write_text(_COMMAND.format(name=name))
    write_app(directory, source)
    (directory / APP / "migrations").mkdir()
    (directory / APP / "migrations" / "__init__.py").touch()
    (directory / APP / "tests.py").write_text(_TESTS)
    (directory / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = settings\n")
    return Project(directory, database)


def write_history(project: Project, migrations: int, models: int) -> None:
    """Write a history for the app of a project, whose models are of no account.

    It first makes the models, each with a foreign key to the one before, and then adds, alters,
    renames and removes fields, indexes and constraints, with Python run every tenth migration.
    """
    folder = project.directory / APP / "migrations"
    for number in range(1, migrations + 1):
        before = f"[({APP!r}, {_name(number - 1)!r})]" if number > 1 else "[]"
        body = "".join(f"        {line},\n" for line in _steps(number, models))
        (folder / f"{_name(number)}.py").write_text(
            _MIGRATION.format(app=APP, before=before, body=body)
        )


def _name(number: int) -> str:
    return f"{number:04}_step"


def _steps(number: int, models: int) -> list[str]:
    if number <= models:
        other = f", ('other', F('{APP}.h{number - 1}', models.CASCADE, null=True))"
        return [
            f"migrations.CreateModel('H{number}', [('id', models.BigAutoField(primary_key=True)), "
            f"('name', models.CharField(max_length=50)), ('amount', models.IntegerField(default=0))"
            f"{other if number > 1 else ''}])"
        ]
    model = f"H{number % models + 1}"
    steps = [
        f"migrations.AddField({model!r}, 'f{number}', models.CharField(max_length=20, null=True))",
        f"migrations.AddIndex({model!r}, models.Index(fields=['f{number}'], name='i{number}'))",
        f"migrations.AlterField({model!r}, 'f{number}', models.CharField(max_length=40, null=1))",
        f"migrations.AddField({model!r}, 'x{number}', models.IntegerField(default=1))",
        f"migrations.AddConstraint({model!r}, models.CheckConstraint("
        f"condition=models.Q(x{number}__gte=0), name='c{number}'))",
    ]
    if number % 3 == 0:
        steps += [
            f"migrations.RemoveIndex({model!r}, 'i{number}')",
            f"migrations.RenameField({model!r}, 'f{number}', 'g{number}')",
        ]
    if number % 4 == 0:
        steps += [
            f"migrations.RemoveConstraint({model!r}, 'c{number}')",
            f"migrations.RemoveField({model!r}, 'x{number}')",
        ]
    if number % 10 == 0:
        steps.append(f"migrations.RunPython(run({model!r}), migrations.RunPython.noop)")
    return steps


_MIGRATION = """\
from django.db import migrations, models

F = models.ForeignKey


def run(name):
    def write(apps, schema_editor):
        model = apps.get_model({app!r}, name)
        row = model.objects.create(name="x")
        other = getattr(row, "other", None)
        model.objects.filter(pk=row.pk).update(amount=1 if other is None else 2)
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return write


class Migration(migrations.Migration):
    dependencies = {before}
    operations = [
{body}    ]
"""
