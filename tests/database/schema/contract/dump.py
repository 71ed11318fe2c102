"""What pg_dump says of a schema, in a form that two builds of the same models share.

Two things are evened out and nothing else: the order of columns within a table, and names that
Django or PostgreSQL made up (those that no definition states).
"""

from __future__ import annotations

import difflib
import re
import subprocess
from dataclasses import dataclass
from typing import Any

IGNORED_TABLES = ("prodobit_push", "django_migrations")

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
    command = ["pg_dump", "--schema-only", "--no-owner", "--no-privileges"]
    command += [f"--host={settings['HOST']}", f"--port={settings['PORT']}"]
    command += [f"--username={settings['USER']}", f"--dbname={settings['NAME']}"]
    command += [f'--schema="{schema}"' for schema in schemas]
    done = subprocess.run(
        command,
        env={"PGPASSWORD": settings["PASSWORD"], "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


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
        if kind == "SCHEMA" or name.startswith(IGNORED_TABLES):
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


def normalize(text: str, schema: str, declared: frozenset[str]) -> Dump:
    """Bring one schema of a dump into the form that can be compared.

    Args:
        text: What ``pg_dump`` returned.
        schema: Which of its schemas.
        declared: Names of indexes and constraints that the models state; all others are made up.
    """
    statements = []
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
