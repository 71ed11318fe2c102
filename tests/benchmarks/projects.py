"""Django projects of any size, written to a directory, for measuring and comparing migrations."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_SETTINGS = """\
import os
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

_RELATION = "    other = models.ForeignKey('M{target:04}', models.CASCADE, related_name='+', null=True)\n"


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

    def environment(self, *, ours: bool) -> dict[str, str]:
        """Return what to run its commands with: Django's own, or ours."""
        return {
            **os.environ,
            "APPS": " ".join(self.apps),
            "OURS": "1" if ours else "",
            "DB_NAME": self.database,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": os.pathsep.join([str(self.directory), str(REPOSITORY)]),
        }

    def run(
        self, *arguments: str, ours: bool = True, python: str = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of it in a process of its own, and return what it did."""
        return subprocess.run(
            [python, "-m", "django", *arguments],
            cwd=self.directory,
            env=self.environment(ours=ours),
            text=True,
            capture_output=True,
            check=True,
        )


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
