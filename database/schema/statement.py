"""What may be shown of an SQL statement, and in how much room."""

from __future__ import annotations

import re

# Their constants are, or may be, values of rows. Those of any other statement are schema.
DATA_STATEMENTS = (
    *("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE"),
    *("COPY", "CALL", "EXECUTE", "PREPARE", "DECLARE", "EXPLAIN", "NOTIFY"),
)

# https://www.postgresql.org/docs/current/sql-syntax-lexical.html
TOKENS = re.compile(
    r"""
      (?P<name> "(?:[^"]|"")*" )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<text> (?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'
              | (?:(?<![\w$])(?:[uU]&|[bBxXnN]))?'(?:[^']|'')*'
              | (?<![\w$])\$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
    | (?P<number> (?<![\w$."])(?:0[xob][\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?)
                  (?![\w$]) )
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
PASSWORD = re.compile(r"(\bPASSWORD\s+)(?:[eE]|[uU]&)?'(?:[^']|'')*'", re.IGNORECASE)
FIRST_WORD = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*([a-z]+)", re.DOTALL | re.IGNORECASE)
# END is no such word: in a function's body it ends a block.
ENDS_TRANSACTION = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:COMMIT|ABORT|ROLLBACK(?!\s+(?:\w+\s+)?TO\b))\b",
    re.DOTALL | re.IGNORECASE,
)


def without_values(sql: str) -> str:
    """Return a statement in which ``…`` stands for what may be a value of a row, or a password.

    Those are the constants of statements that read or write rows. What begins with another word
    (``CREATE``, ``ALTER``, ``DO``, …) keeps its own, which are part of the schema or of a program.
    """
    return ";".join(_without_values(part) for part in _parts(sql))


def ends_transaction(sql: str) -> bool:
    """Tell whether SQL commits or rolls back the transaction that it runs in."""
    return any(ENDS_TRANSACTION.match(part) for part in _parts(sql))


def _parts(sql: str) -> list[str]:
    """Return the statements of a text."""
    if ";" not in sql:
        return [sql]
    masked = TOKENS.sub(lambda token: "x" * len(token[0]), sql)
    parts, start = [], 0
    for end in [place for place, sign in enumerate(masked) if sign == ";"]:
        parts.append(sql[start:end])
        start = end + 1
    return [*parts, sql[start:]]


def _without_values(sql: str) -> str:
    first = FIRST_WORD.match(sql)
    if first and first[1].upper() not in DATA_STATEMENTS:
        return PASSWORD.sub(r"\1'…'", sql)
    return TOKENS.sub(_hidden, sql)


def _hidden(token: re.Match[str]) -> str:
    if token["text"] is not None:
        return "'…'"
    if token["number"] is not None:
        return "…"
    return " " if token["comment"] is not None else token[0]


def in_one_line(sql: str, width: int) -> str:
    """Return a statement without values and line ends, cut at a number of characters."""
    text = " ".join(without_values(sql).split())
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
