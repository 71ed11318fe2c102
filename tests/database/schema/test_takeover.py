"""A database of another tool is pulled, proved equal, adopted, and built again from the project."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cluster import ROOT, Result, Server, environment, lacking, manage
from tests.database.schema.contract.dump import _program as program
from tests.database.schema.source import takeover as follow
from tests.database.schema.source.dumps import statements
from tests.project import Project

SCHEMAS = Path(__file__).with_name("schemas")
EXTENSIONS = {
    "types": ("citext", "hstore", "ltree", "pg_trgm", "btree_gist"),
    "indexes": ("pg_trgm", "btree_gist", "bloom"),
    "domains": ("citext", "hstore", "uuid-ossp"),
    "methods": ("pg_trgm", "btree_gin", "btree_gist", "bloom", "ltree", "intarray"),
    "partitions": ("btree_gist",),
    "applications": (
        *("btree_gist", "cube", "earthdistance", "seg", "isn", "lo", "tablefunc", "ltree"),
        *("citext", "pgcrypto", "intarray", "dict_int", "fuzzystrmatch", "pg_stat_statements"),
    ),
    "server": ("pgcrypto", "pg_trgm", "unaccent", "postgres_fdw", "file_fdw"),
}
NOT_CARRIED = {"names": ("CREATE SCHEMA drizzle",)}
"""What no migration makes; the command's report names it."""
REAL = next(
    (
        parent / "shared" / "data"
        for parent in ROOT.parents
        if (parent / "shared" / "data").is_dir()
    ),
    None,
)
LABEL = "legacy"
FOLLOW = Path(follow.__file__)


@dataclass
class Takeover:
    """A copy of the project beside databases made by another tool."""

    project: Project
    cluster: Server
    databases: list[str]

    def create(self, *, template: str = "template0") -> str:
        name = f"takeover_{secrets.token_hex(5)}"
        with self.cluster.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.databases.append(name)
        return name

    def execute(self, name: str, sql: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(sql)

    def url(self, name: str) -> str:
        return self.cluster.url(name)

    def run(
        self, name: str, *arguments: str, installed: bool = True, stdin: str | None = None
    ) -> Result:
        env = {"DATABASE_URL": self.url(name), "DEBUG": "true"}
        if installed:
            env["EXTRA_APPS"] = LABEL
        return manage(*arguments, env=env, project=self.project.folder, stdin=stdin)

    def succeed(self, name: str, *arguments: str, installed: bool = True) -> str:
        result = self.run(name, *arguments, installed=installed)
        assert result.code == 0, result.stderr or result.stdout
        return result.stdout

    def value(self, name: str, query: str) -> object:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]

    def follow(self, name: str, empty: str) -> dict[str, Any]:
        """Run what follows a pull, and build another database."""
        variables = {"DATABASE_URL": self.url(name), "DEBUG": "true", "EXTRA_APPS": LABEL}
        done = subprocess.run(
            [sys.executable, str(FOLLOW), LABEL, empty, program()],
            env=environment(variables),
            cwd=self.project.folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    def dump(self, name: str) -> str:
        """Return what pg_dump says of a database."""
        command = [program(), "--schema-only", "--no-owner", f"--dbname={self.url(name)}"]
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout

    @property
    def folder(self) -> Path:
        return self.project.folder / LABEL


@pytest.fixture
def takeover(project: Project, cluster: Server) -> Iterator[Takeover]:
    made = Takeover(project, cluster, [])
    yield made
    for name in made.databases:
        cluster.drop(name)


def ruff(takeover: Takeover, *arguments: str) -> str:
    """Return what Ruff has to say about the app."""
    program = str(Path(sys.executable).with_name("ruff"))
    options = ["--no-cache", "--config", f'src=["{takeover.project.folder}"]']
    done = subprocess.run(
        [program, *arguments, *options, str(takeover.folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.stdout if done.returncode else ""


def sources() -> list[Path]:
    found = sorted(SCHEMAS.glob("*.sql"))
    return found + (sorted(REAL.glob("*.sql")) if REAL else [])


def load(takeover: Takeover, source: Path) -> str:
    name = takeover.create()
    with takeover.cluster.connect() as connection:
        rows = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
        available = {row[0] for row in rows}
    missing = set(EXTENSIONS.get(source.stem, ())) - available
    if missing:
        lacking(f"the server lacks the extensions {', '.join(sorted(missing))}")
    try:
        takeover.execute(name, source.read_text(encoding="utf-8"))
    except psycopg.errors.FeatureNotSupported as error:
        if "ICU" not in str(error):
            raise
        lacking("the server was built without ICU")
    return name


OWN = """
relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
AND relname !~ '^(django|auth|prodobit)_'
"""
FILES = f"SELECT sum(hashtext(relname || relfilenode)) FROM pg_class WHERE relkind = 'r' AND {OWN}"


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(), ids=lambda path: path.stem)
def test_a_database_is_taken_over_and_built_again(takeover: Takeover, source: Path) -> None:
    name = load(takeover, source)
    before = takeover.value(name, FILES)

    report = json.loads(takeover.succeed(name, "pull", "--app", LABEL, "--json", installed=False))
    assert report["differences"] == []
    assert not report["files"]["changed"]
    assert ruff(takeover, "check") == ""
    assert ruff(takeover, "format", "--diff") == ""

    built = takeover.create()
    found = takeover.follow(name, built)

    assert found["check"]["code"] == 0
    assert "WARNING" not in found["check"]["text"]
    assert "No changes detected" in found["makemigrations"]["text"]
    assert found["push"]["code"] == 0
    assert "--prune" not in found["push"]["text"]
    assert "Recorded, as the database has them already" in found["adopted"]["text"]
    assert f"Applying {LABEL}." not in found["adopted"]["text"]
    assert takeover.value(name, FILES) == before

    assert found["built"]["code"] == 0, found["built"]["text"]
    excused = NOT_CARRIED.get(source.stem, ())
    different = {
        statement
        for statement in statements(found["wanted"]) ^ statements(found["made"])
        if not any(word in statement for word in excused)
    }
    assert different == set()
    assert found["equal"]["code"] == 0
    assert found["unusable"] == []

    assert found["unmade"]["code"] == 0, found["unmade"]["text"]
    left = {s for s in statements(found["left"]) if not s.startswith("CREATE EXTENSION")}
    assert left == set()


@pytest.mark.slow
def test_rows_survive_a_takeover_and_what_comes_after(takeover: Takeover) -> None:
    name = takeover.create()
    takeover.execute(
        name,
        "CREATE TYPE size AS ENUM ('s', 'm'); CREATE TABLE shirts (id serial PRIMARY KEY, "
        "size size NOT NULL DEFAULT 's', colour text); "
        "INSERT INTO shirts (size, colour) VALUES ('s', 'red'), ('m', NULL); "
        "CREATE VIEW red_shirts AS SELECT id, size FROM shirts WHERE colour = 'red'",
    )
    takeover.succeed(name, "pull", "--app", LABEL, installed=False)
    takeover.succeed(name, "migrate")
    insert = f"from {LABEL}.models import *; Shirt.objects.create(size=Size.M, colour='red')"
    takeover.succeed(name, "shell", "-v", "0", "-c", insert)
    place = takeover.folder / "models.py"
    text = place.read_text()
    text = text.replace('    M = "m"\n', '    M = "medium"\n    XL = "xl"\n')
    text = text.replace("    colour = ", "    price = models.IntegerField(null=True)\n    tint = ")
    place.write_text(text)

    written = takeover.run(name, "makemigrations", LABEL, stdin="y\n")
    takeover.succeed(name, "migrate")

    assert written.code == 0, written.stderr
    rows = "SELECT string_agg(concat_ws(':', id, size, tint), ',' ORDER BY id) FROM shirts"
    assert takeover.value(name, rows) == "1:s:red,2:medium,3:medium:red"
    assert takeover.value(name, "SELECT enum_range(NULL::size)::text") == "{s,medium,xl}"
    assert takeover.value(name, "SELECT count(price) FROM shirts") == 0
    assert takeover.value(name, "SELECT count(*) FROM red_shirts") == 2
    assert "No differences." in takeover.succeed(name, "push", "--check")
    built = takeover.create()
    takeover.succeed(built, "migrate")
    assert statements(takeover.dump(built)) == statements(takeover.dump(name))
