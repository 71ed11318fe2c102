"""What PostgreSQL would write for a simple expression, known without asking it.

Stub of names: the real prediction follows.
"""

from __future__ import annotations

import re

from .deparse import ColumnType, Kind

_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<string>[eE]?'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<operator>::|[-+*/<>=~!@\#%^&|`?]+)
    | (?P<punctuation>[(),.\[\]:;])
    """,
    re.VERBOSE,
)


def mentioned(text: str) -> set[str]:
    """Return all names that an expression could refer to, folded as PostgreSQL folds them.

    It errs on the side of too many: words inside of strings do not count, keywords and function
    names do.
    """
    names = set()
    for match in _TOKENS.finditer(text):
        if match.lastgroup == "quoted":
            names.add(match.group()[1:-1].replace('""', '"'))
        elif match.lastgroup == "word":
            names.add(match.group().lower())
    return names


def predict(kind: Kind, text: str, columns: dict[str, ColumnType], type_: str) -> tuple[str, ...]:
    """Return the texts that PostgreSQL would show; empty if that is not known for sure."""
    return ()
