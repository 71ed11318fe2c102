"""A project of its own with one app, ``shop``, whose models a test writes."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import ROOT, Result, Server, environment, manage, manage_tty
from tests.database.schema.contract.dump import pg_dump

SETTINGS = """\
from pathlib import Path

from prodobit.settings import *

BASE_DIR = Path(__file__).resolve().parent
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "database", "shop"]
ROOT_URLCONF = None
"""

MANAGE = """\
import os
import sys

sys.path[:0] = [{folder!r}, {root!r}]
sys.dont_write_bytecode = True
os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"

from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""

HEAD = "from django.db import models\nfrom django.db.models import *\n\n"


@dataclass(frozen=True)
class Shop:
    """The project and its database.

    Attributes:
        folder: Where its files are.
        server: Where its database is.
        database: The database's name.
    """

    folder: Path
    server: Server
    database: str

    @classmethod
    def make(cls, folder: Path, server: Server, database: str) -> Shop:
        """Write the files of a project without models."""
        (folder / "shop" / "migrations").mkdir(parents=True)
        for name in ("shop/__init__.py", "shop/migrations/__init__.py"):
            (folder / name).write_text("")
        (folder / "shop_settings.py").write_text(SETTINGS)
        (folder / "manage.py").write_text(MANAGE.format(folder=str(folder), root=str(ROOT)))
        shop = cls(folder, server, database)
        shop.models("")
        return shop

    def models(self, text: str) -> None:
        """Replace the app's models."""
        (self.folder / "shop" / "models.py").write_text(HEAD + textwrap.dedent(text))

    def migration(self, name: str, text: str) -> None:
        """Write a migration of the app."""
        (self.folder / "shop" / "migrations" / f"{name}.py").write_text(textwrap.dedent(text))

    @property
    def migrations(self) -> dict[str, str]:
        """The migrations of the app, by name."""
        files = sorted((self.folder / "shop" / "migrations").glob("0*.py"))
        return {file.stem: file.read_text() for file in files}

    def env(self, user: str = "", **more: str) -> dict[str, str]:
        """Return the variables that lead to the database."""
        url = self.server.url(self.database)
        if user:
            url = url.replace("postgresql://postgres", f"postgresql://{user}", 1)
        return {"DATABASE_URL": url, "DEBUG": "true", **more}

    def run(self, *arguments: str, user: str = "", **env: str) -> Result:
        """Run a command without a terminal."""
        return manage(*arguments, env=self.env(user, **env), project=self.folder)

    def run_tty(self, *arguments: str, answers: Sequence[str] = (), **env: str) -> Result:
        """Run a command on a terminal and type the answers."""
        return manage_tty(*arguments, answers=answers, env=self.env(**env), project=self.folder)

    def begin(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start a command and return without waiting for its end."""
        return subprocess.Popen(
            [sys.executable, str(self.folder / "manage.py"), *arguments],
            env=environment(self.env(**env)),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def push(self, *arguments: str, **env: str) -> Result:
        """Push without a terminal."""
        return self.run("push", *arguments, **env)

    def pushed(self, text: str, *statements: str) -> None:
        """Push these models, then run SQL on their tables."""
        self.models(text)
        result = self.push()
        assert result.code == 0, result.stdout + result.stderr
        for statement in statements:
            self.sql(statement)

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run SQL as a superuser and return its rows."""
        with self.server.connect(self.database) as connection:
            cursor = connection.execute(query.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def columns(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns by name."""
        return dict(
            self.sql(
                "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
                table,
            )
        )

    def dump(self) -> str:
        """Return the whole schema as text, to be compared with what it was."""
        parts = self.server.parameters()
        settings = {name.upper(): parts.get(name, "") for name in ("host", "port", "user")}
        settings |= {"PASSWORD": parts.get("password", ""), "NAME": self.database}
        return re.sub(r"^\\(un)?restrict .*$", "", pg_dump(settings), flags=re.MULTILINE)


def new_name(prefix: str) -> str:
    """Return a name for a database that nobody else has."""
    return f"{prefix}_{secrets.token_hex(6)}"
