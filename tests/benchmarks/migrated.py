"""Django projects of any size, written to a directory, for measuring and comparing migrations."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import Server

from .process import ROOT, Cost, measure

_SETTINGS = """\
import os
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = "benchmark"
INSTALLED_APPS = [
    "django.contrib.contenttypes", "django.contrib.auth", *os.environ["APPS"].split(),
    *(["ours"] if os.environ.get("OURS") else []),
]
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": os.environ["DB_NAME"],
    "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
    "PORT": os.environ.get("DB_PORT", "5432"),
    "USER": os.environ.get("DB_USER", "postgres"),
    "PASSWORD": os.environ.get("DB_PASSWORD", ""),
}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

_COMMAND = "from database.management.commands.{name} import Command as Command\n"

_TRIVIAL = """\
from django.core.management.base import BaseCommand

class Command(BaseCommand):
    def handle(self, **options):
        self.stdout.write("nothing")
"""

_COLLECT = """\
import os
import django
django.setup()
from django.db import connection
from database.migrating import operations
from database.migrating.loader import MigrationLoader
from database.migrating.state import ProjectState
loader = MigrationLoader(None)
state = ProjectState(real_apps=loader.unmigrated_apps)
for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), True):
    migration = loader.graph.nodes[key]
    if key[0] not in os.environ["APPS"].split():
        migration.mutate_state(state, preserve=False)
        continue
    migration.operations = [each for each in migration.operations if each.reduces_to_sql]
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        state = operations.apply(migration, state, editor)
    print("\\n".join(editor.collected_sql))
"""

_MODEL = """\
class M{number:04}(models.Model):
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=20, unique=True)
    note = models.TextField(blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    quantity = models.IntegerField(default=0)
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    due = models.DateField(null=True)
{relation}
    class Meta:
        indexes = [
            models.Index(fields=["name"], name="m{number:04}_name"),
            models.Index(fields=["created", "active"], name="m{number:04}_created"),
        ]

"""

_RELATION = (
    "    other = models.ForeignKey('M{target:04}', models.CASCADE, related_name='+', null=True)\n"
)


@dataclass(frozen=True)
class Project:
    """A Django project in a directory.

    Attributes:
        directory: Where its ``settings`` module and its apps are.
        apps: Its apps, but for Django's own and the one with our commands.
        database: The name of the database it uses.
    """

    directory: Path
    apps: tuple[str, ...]
    database: str

    def environment(self, server: Server, *, ours: bool) -> dict[str, str]:
        """Return what to run its commands with: Django's own, or ours."""
        parts = server.parameters()
        return {
            **os.environ,
            # As installed: what is imported is compiled once, not by every command.
            "PYTHONDONTWRITEBYTECODE": "",
            "APPS": " ".join(self.apps),
            "OURS": "1" if ours else "",
            "DB_NAME": self.database,
            "DB_HOST": parts.get("host", ""),
            "DB_PORT": parts.get("port", ""),
            "DB_USER": parts.get("user", ""),
            "DB_PASSWORD": parts.get("password", ""),
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": os.pathsep.join([str(self.directory), str(ROOT)]),
        }

    def run(self, server: Server, *arguments: str, ours: bool = True) -> Cost:
        """Run a command of it in a process of its own."""
        command = [sys.executable, "-m", "django", *arguments]
        return measure(command, self.environment(server, ours=ours), self.directory)

    def statements(self, server: Server) -> str:
        """Return the SQL of all its migrations but Django's own, in order."""
        environment = self.environment(server, ours=True)
        return measure([sys.executable, "-c", _COLLECT], environment, self.directory).output


def write_project(directory: Path, database: str, apps: dict[str, str]) -> Project:
    """Write a project of the given apps.

    Args:
        directory: An existing, empty directory.
        database: The name of the database it is to use.
        apps: The source of each app's models.
    """
    (directory / "settings.py").write_text(_SETTINGS)
    commands = directory / "ours" / "management" / "commands"
    commands.mkdir(parents=True)
    for package in (commands.parents[1], commands.parent, commands):
        (package / "__init__.py").touch()
    for name in ("migrate", "makemigrations"):
        (commands / f"{name}.py").write_text(_COMMAND.format(name=name))
    for label, source in apps.items():
        (directory / label / "migrations").mkdir(parents=True)
        (directory / label / "__init__.py").touch()
        (directory / label / "migrations" / "__init__.py").touch()
        (directory / label / "models.py").write_text("from django.db import models\n\n" + source)
        trivial = directory / label / "management" / "commands"
        trivial.mkdir(parents=True)
        (trivial / "trivial.py").write_text(_TRIVIAL)
    return Project(directory, tuple(apps), database)


def chain(tables: int) -> str:
    """Return models of which each has a foreign key to the one before it."""
    return "".join(
        _MODEL.format(number=number, relation=_relation(number - 1) if number else "")
        for number in range(tables)
    )


def star(tables: int) -> str:
    """Return models that all have a foreign key to the first one."""
    return "".join(
        _MODEL.format(number=number, relation=_relation(0) if number else "")
        for number in range(tables)
    )


def _relation(target: int) -> str:
    return _RELATION.format(target=target)


def write_history(project: Project, migrations: int, models: int) -> None:
    """Write a history for the first app of a project, whose models are of no account.

    It first makes the models, each with a foreign key to the one before, and then adds, alters,
    renames and removes fields, indexes and constraints, with Python run every tenth migration.
    """
    folder = project.directory / project.apps[0] / "migrations"
    for number in range(1, migrations + 1):
        before = f"[({project.apps[0]!r}, {_name(number - 1)!r})]" if number > 1 else "[]"
        body = "".join(f"        {line},\n" for line in _steps(number, models))
        (folder / f"{_name(number)}.py").write_text(
            _MIGRATION.format(app=project.apps[0], before=before, body=body)
        )


def _name(number: int) -> str:
    return f"{number:04}_step"


def _steps(number: int, models: int) -> list[str]:
    if number <= models:
        other = f", ('other', F('bulk.h{number - 1}', models.CASCADE, null=True))"
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
