"""What pg_dump says of a schema, in a form that two builds of the same models share.

Two things are evened out and nothing else: the order of columns within a table, and names that
Django or PostgreSQL made up (those that no definition states).
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from database.schema import bookkeeping
from prodobit.embedded.cluster import Cluster
from tests.cluster import provide

IGNORED_TABLES = tuple(sorted(bookkeeping.TABLES))

_HEADER = re.compile(r"^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: .*$", re.MULTILINE)
_SETTING = re.compile(r"^SET [a-z_]+ = .*;$", re.MULTILINE)
_NAME = r'(?:"(?:[^"]|"")*"|[^\s"(),;.]+)'
_MADE_UP = (
    re.compile(
        rf"(?P<before>^    (?:ADD )?CONSTRAINT )(?P<name>{_NAME})"
        r"(?= (?:CHECK|PRIMARY|UNIQUE|EXCLUDE|FOREIGN|NOT NULL)\b)",
        re.MULTILINE,
    ),
    re.compile(rf"(?P<before>\ACREATE (?:UNIQUE )?INDEX )(?P<name>{_NAME})(?= ON )"),
    re.compile(rf"(?P<before>^    SEQUENCE NAME )(?P<name>{_NAME})(?=$)", re.MULTILINE),
)


@dataclass(frozen=True)
class Dump:
    """The statements of one schema.

    Attributes:
        statements: Each one whole, in an order of their own, made-up names as ``<made up>``.
    """

    statements: tuple[str, ...]

    def difference(self, other: Dump) -> str:
        """Return a unified diff from ``other`` to this one; empty where they are equal."""
        return "\n".join(
            difflib.unified_diff(
                "\n".join(other.statements).splitlines(),
                "\n".join(self.statements).splitlines(),
                "expected",
                "found",
                lineterm="",
                n=2,
            )
        )


def pg_dump(settings: dict[str, Any], *schemas: str) -> str:
    """Run ``pg_dump --schema-only`` on some schemas of a database.

    Args:
        settings: One of Django's DATABASES.
        schemas: Names of schemas.
    """
    command = [_program(), "--schema-only", "--no-owner"]
    command += [f"--host={settings['HOST']}", f"--port={settings['PORT']}"]
    command += [f"--username={settings['USER']}", f"--dbname={settings['NAME']}"]
    command += [f'--schema="{schema}"' for schema in schemas]
    done = subprocess.run(
        command,
        env=os.environ | {"PGPASSWORD": settings["PASSWORD"], "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


@cache
def _program() -> str:
    # The server's own: pg_dump refuses a server that is newer than itself.
    folder = provide().folder
    program = Cluster(folder).program("pg_dump") if folder else None
    program = program or shutil.which("pg_dump")
    if program is None:
        raise RuntimeError("there is no pg_dump on this machine")
    return program


def read_unsaid(connection: BaseDatabaseWrapper, schema: str) -> list[str]:
    """Return what ``pg_dump`` keeps to itself.

    That is the type of an identity column's sequence (and with it its last number), and that an
    index is invalid.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT format('sequence of %%I.%%I is %%s up to %%s', t.relname, a.attname,
                          format_type(s.seqtypid, NULL), s.seqmax)
            FROM pg_sequence s
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid
             AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            JOIN pg_class t ON t.oid = a.attrelid
            WHERE t.relnamespace = %(schema)s::regnamespace
              AND t.relname <> ALL (%(ignored)s)
            UNION ALL
            SELECT format('index %%I is invalid', c.relname)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = %(schema)s::regnamespace AND NOT i.indisvalid
            """,
            {"schema": schema, "ignored": list(IGNORED_TABLES)},
        )
        return [row[0] for row in cursor.fetchall()]


def split(text: str) -> dict[str, list[tuple[str, str]]]:
    """Split pg_dump's text into entries.

    Returns:
        For each schema, the kind and the statement of what pg_dump printed, in its order,
        without what belongs to the tables of ``IGNORED_TABLES``.
    """
    entries: dict[str, list[tuple[str, str]]] = {}
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name, kind, schema = header.groups()
        if kind == "SCHEMA" or name.removeprefix("TABLE ").startswith(IGNORED_TABLES):
            continue
        body = text[header.end() : end]
        body = body.partition("\n--\n-- PostgreSQL database dump complete")[0]
        entries.setdefault(schema, []).append((kind, _statement(body)))
    return entries


def _statement(body: str) -> str:
    lines = body.strip("\n").splitlines()
    while lines and lines[0] == "--":
        lines.pop(0)
    while lines and lines[-1] in ("--", ""):
        lines.pop()
    return _SETTING.sub("", "\n".join(lines)).strip("\n")


def normalize(text: str, schema: str, declared: frozenset[str], unsaid: Iterable[str] = ()) -> Dump:
    """Bring one schema of a dump into the form that can be compared.

    Args:
        text: What ``pg_dump`` returned.
        schema: Which of its schemas.
        declared: Names of indexes and constraints that the models state; all others are made up.
        unsaid: Lines to add, from ``read_unsaid``.
    """
    statements = list(unsaid)
    for kind, statement in split(text).get(schema, []):
        plain = statement.replace(f"{schema}.", "")
        plain = _hide_names(plain, declared)
        statements.append(_sort_columns(plain) if kind == "TABLE" else plain)
    return Dump(tuple(sorted(statements)))


def _hide_names(statement: str, declared: frozenset[str]) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match["name"]
        bare = name[1:-1].replace('""', '"') if name.startswith('"') else name
        return match["before"] + (name if bare in declared else "<made up>")

    for pattern in _MADE_UP:
        statement = pattern.sub(replace, statement)
    return statement


def _sort_columns(statement: str) -> str:
    opening = statement.find("(\n")
    if opening < 0:
        return statement
    closing = statement.rindex("\n)")
    parts = split_list(statement[opening + 1 : closing])
    return (
        statement[: opening + 1]
        + "\n    "
        + ",\n    ".join(sorted(part.strip() for part in parts))
        + statement[closing:]
    )


def split_list(text: str) -> list[str]:
    """Split SQL at the commas that stand outside of quotes and parentheses."""
    parts, start, depth, quote = [], 0, 0, ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]
