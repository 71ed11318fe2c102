"""Database functions that Django has no expression for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, override

from django.db import models


class TransactionStart(models.Func):
    """PostgreSQL's ``now()``: the time at which the current transaction began.

    Django's own ``Now`` is ``STATEMENT_TIMESTAMP()`` on PostgreSQL, which differs between the
    statements of one transaction; a row's time of creation should not.

    https://www.postgresql.org/docs/current/functions-datetime.html
    """

    function = "now"
    arity = 0
    output_field = models.DateTimeField()


class SQL(models.Expression):
    """An expression as PostgreSQL writes it, for what Django has no words for.

    Fields stand in braces: ``SQL("char_length({code}) = 3")``; a brace of the SQL itself is
    doubled. So Django knows which fields are read, and puts in their columns.

    Args:
        sql: Trusted SQL; it is never escaped.
        output_field: The field whose type the expression has, where Django needs to know.
    """

    allowed_default = True

    def __init__(self, sql: str, output_field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field)
        self.sql = sql
        self.parts = [_part(part) for part in BRACES.split(sql)]
        self.fields: list[Any] = [models.F(part[1:-1]) for part in self.parts if is_field(part)]

    @override
    def get_source_expressions(self) -> list[Any]:
        return list(self.fields)

    @override
    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.fields = list(exprs)

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL with the columns in place, and no parameters but those of literals."""
        text, literals = _without_percent(
            "".join("\1" if is_field(part) else part for part in self.parts)
        )
        fields, values = iter(self.fields), iter(literals)
        sql, params = "", []
        for piece in MARKS.split(text):
            if piece == "\1":
                column, own = compiler.compile(next(fields))
                sql += column
                params.extend(own)
            elif piece == "\2":
                sql += "%s"
                params.append(next(values))
            else:
                sql += piece
        if "%%" in sql and not params:
            # Only with parameters is a doubled percent sign sure to become one again.
            return f"{sql} /*%s*/", (0,)
        return sql, tuple(params)


class Condition(SQL):
    """An SQL expression that is true or false, for a constraint or for what an index covers."""

    def __init__(self, sql: str) -> None:
        super().__init__(sql, output_field=models.BooleanField())


BRACES = re.compile(r"(\{\{|\}\}|\{[^\W\d]\w*\})")
MARKS = re.compile("([\1\2])")
LITERAL = re.compile(r"(?<![\w])'(?:[^']|'')*'")


def _part(part: str) -> str:
    return {"{{": "{", "}}": "}"}.get(part, part)


def is_field(part: str) -> bool:
    """Tell whether a part of a template names a field."""
    return (
        len(part) > 2 and part[0] == "{" and part[-1] == "}" and BRACES.fullmatch(part) is not None
    )


def _without_percent(sql: str) -> tuple[str, list[str]]:
    """Replace literals that have a percent sign by marks, and double those signs that remain."""
    values: list[str] = []

    def mark(match: re.Match[str]) -> str:
        if "%" not in match[0] or "\1" in match[0]:
            return match[0]
        values.append(match[0][1:-1].replace("''", "'"))
        return "\2"

    return LITERAL.sub(mark, sql).replace("%", "%%"), values
