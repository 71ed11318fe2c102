"""What a migration does, as text that only a change of behaviour changes.

The operations are written from what they are once the file is loaded, so that nothing of its
layout is left. Functions that they call are written from the file's syntax tree, with all that they
use of the same file; SQL is written without comments and white space that mean nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import FunctionType
from typing import Any

from django.db import migrations
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.utils.inspect import get_func_args

from . import source_text, sql_text, value_text
from .source_file import SourceFile, digest, source_of

VERSION = "1"
"""Stands before each digest; a later way to write operations must not seem to be an edit."""
INDENT = "    "
MADE_BY_DEF = (FunctionType, classmethod, staticmethod, property)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is kept of a migration's operations.

    Attributes:
        digest: Equal for two files that do the same; empty where there is no file.
        operations: What they do, for people: what a difference is shown of. Without passwords.
        source: Equal for two files that are the same, byte by byte, with the SQL that they read
            from elsewhere; empty where there is no file.
    """

    digest: str
    operations: str
    source: str


def of(migration: Migration) -> Fingerprint:
    """Return the fingerprint of a loaded migration; an empty one if its file cannot be read."""
    file = SourceFile.of(migration)
    if file is None:
        return Fingerprint("", "", "")
    lines, exact = _written(migration, _Module(file))
    text = sql_text.without_passwords("\n".join(lines))
    # The same where all could be written.
    hidden = text if exact is lines else sql_text.without_passwords("\n".join(exact))
    return Fingerprint(f"{VERSION}:{digest(hidden.encode())}", text, source_of(migration, file))


class _Module:
    """The file of a migration, as a syntax tree where it is asked for."""

    def __init__(self, file: SourceFile) -> None:
        self.name = file.module
        self.content = file.content

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.content)

    @property
    def migration(self) -> ast.ClassDef | None:
        found = [
            node
            for node in self.tree.body
            if isinstance(node, ast.ClassDef) and node.name == "Migration"
        ]
        return found[-1] if found else None


def _written(migration: Migration, module: _Module) -> tuple[list[str], list[str]]:
    """Return the text for people and the one that is digested."""
    lines: list[str] = []
    roots: list[str] = []
    nodes: list[ast.AST] = []
    if not migration.atomic:
        lines.append("atomic = False")
    try:
        for operation in migration.operations:
            lines += written(operation)
        lines, roots = _relative(lines, module.name)
    except Exception:
        # It has values that cannot be written, a lambda for one, or is anybody's code, which may
        # raise anything: what counts then is how it stands in the file.
        lines = lines[:0] if migration.atomic else lines[:1]
        nodes = _assigned(module.migration, "operations")
        roots = [name for node in nodes for name in source_text.names_in(node)]
    methods = _methods(migration, module)
    roots += [name for node in methods for name in source_text.names_in(node)]
    nodes += methods
    if type(migration).__bases__ != (Migration,) and module.migration:
        roots += [name for base in module.migration.bases for name in source_text.names_in(base)]
    if roots:
        nodes += source_text.reached(module.tree, roots)
    if not nodes:
        return lines, lines
    exact = lines + [source_text.exact(node) for node in nodes]
    importing = False
    for node in nodes:
        blank = [] if importing and isinstance(node, IMPORTS) else [""]
        importing = isinstance(node, IMPORTS)
        lines = [*lines, *blank, *source_text.readable(node).splitlines()]
    return lines, exact


def _relative(lines: Iterable[str], module: str) -> tuple[list[str], list[str]]:
    """Name what the file defines without the file's own name, and return those names."""
    lines, roots = list(lines), list[str]()
    if not any(module in line for line in lines):
        return lines, roots
    pattern = re.compile(rf"(?<![\w.]){re.escape(module)}\.([^\W\d]\w*)")

    def shorten(match: re.Match[str]) -> str:
        roots.append(match[1])
        return match[1]

    return [pattern.sub(shorten, line) for line in lines], roots


def _assigned(migration: ast.ClassDef | None, name: str) -> list[ast.AST]:
    return [
        statement
        for statement in (migration.body if migration else ())
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
    ]


def _methods(migration: Migration, module: _Module) -> list[ast.AST]:
    # Hardly any has one, and then its file need not be parsed.
    if not any(isinstance(value, MADE_BY_DEF) for value in vars(type(migration)).values()):
        return []
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    body = module.migration.body if module.migration else ()
    return [statement for statement in body if isinstance(statement, kinds)]


def _arguments(operation: Operation) -> dict[str, Any]:
    _, args, kwargs = operation.deconstruct()
    names = _parameters(type(operation).__init__)
    given: dict[str, Any] = dict(zip(names, args, strict=False))
    if len(args) > len(names):
        given["args"] = tuple(args[len(names) :])
    given |= kwargs
    # Whether squashing may drop it does nothing to a database.
    given.pop("elidable", None)
    return given


@cache
def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(get_func_args(function))


def written(operation: Operation) -> list[str]:
    """Return an operation as lines of Python, whatever its layout in the file is.

    Raises:
        ValueError: It has values that cannot be written.
    """
    kind = type(operation)
    known = getattr(migrations, kind.__name__, None) is kind
    name = kind.__name__ if known else f"{kind.__module__}.{kind.__qualname__}"
    arguments = _arguments(operation)
    first = ("app_label", "model_name", "name")
    lines: list[str] = []
    for key in sorted(arguments, key=lambda key: (key not in first, key)):
        value = arguments[key]
        if isinstance(operation, migrations.RunSQL) and key in ("sql", "reverse_sql"):
            value = _Sql(value)
        inner = _value(value)
        inner[0] = f"{key}={inner[0]}"
        inner[-1] += ","
        lines += inner
    return [f"{name}(", *_indented(lines), ")"]


@dataclass(frozen=True)
class _Sql:
    """The argument of RunSQL: text, or a list of texts and of texts with their parameters."""

    value: Any

    def lines(self) -> Iterator[str]:
        value = self.value
        for item in value if isinstance(value, list | tuple) else [value]:
            sql, params = item if isinstance(item, list | tuple) else (item, None)
            found = sql_text.statements(str(sql))
            yield from found
            if params is not None:
                secret = "password" in str(sql).lower()
                written = sql_text.HIDDEN if secret else value_text.written(params)
                yield f"-- with {written}"


def _value(value: Any) -> list[str]:
    """Return a value as lines of Python, what it holds on lines of their own."""
    if type(value) in value_text.SIMPLE:
        return [value_text.written(value)]
    if isinstance(value, _Sql):
        return ["SQL[", *_indented(line + ";" for line in value.lines()), "]"]
    if isinstance(value, Operation):
        return written(value)
    if isinstance(value, Mapping) and value:
        lines = []
        for key in sorted(value, key=repr):
            inner = _value(value[key])
            lines += [f"{key!r}: {inner[0]}", *inner[1:]]
            lines[-1] += ","
        return ["{", *_indented(lines), "}"]
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            lines += _value(item)
            lines[-1] += ","
        return ["[", *_indented(lines), "]"]
    text = value_text.written(value)
    return text.splitlines() or [text]


def _indented(lines: Iterable[str]) -> list[str]:
    return [INDENT + line for line in lines]
