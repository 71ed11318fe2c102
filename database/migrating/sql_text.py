"""The text of SQL without what PostgreSQL does not see, and without secrets.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+ | --[^\n\r]*)
    | (?P<comment>/\*)
    | (?P<literal>
        [eE]'(?:[^'\\]|\\.|'')*'
        | (?:[uU]&)?"(?:[^"]|"")*"
        | (?:[uU]&|[bBxXnN])?'(?:[^']|'')*'
        | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
      )
    | (?P<word>%(?:\(\w+\))?s\b | [^\W\d][\w$]* | \$?\d[\w.]*)
    | (?P<mark>:[:=]? | [()\[\],;.])
    | (?P<operator>(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_POINT_AND_NUMBER = re.compile(r"\$?\d[\w.]*\.|\.\$?\d[\w.]*")
_COMMENT = re.compile(r"/\*|\*/")
_NO_SPACE_BEFORE = frozenset((")", "]", ",", ";", ".", "::", "(", "["))
_NO_SPACE_AFTER = frozenset(("(", "[", ".", "::"))

_LITERAL = r"(?:[eE]?'(?:[^'\\]|\\.|'')*'|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$)"
_PASSWORD = re.compile(
    rf"(\bpassword(?:\s+|['\"]?\s*[=:]\s*|\s+=\s*)){_LITERAL}", re.IGNORECASE | re.DOTALL
)
_CONNECTION = re.compile(
    r"(\bpassword\s*=\s*)(?:\\'(?:[^'\\]|\\.)*\\'|''.*?''|[^\s'\"]+)", re.IGNORECASE
)
_ADDRESS = re.compile(r"(\b[a-z][a-z0-9+]*://[^\s:/@'\"]*):[^\s/@'\"]+@", re.IGNORECASE)
HIDDEN = "***"


def statements(sql: str) -> list[str]:
    """Return the statements of SQL, each in one form whatever its white space and comments are.

    Texts that PostgreSQL reads alike and that differ in white space or comments only come out the
    same; texts that it reads differently never do. What stands within quotes, dollars too, is kept
    as it is.
    """
    found: list[str] = []
    tokens: list[str] = []
    for token in _tokens(sql):
        if token == ";":
            if tokens:
                found.append(_joined(tokens))
            tokens = []
        else:
            tokens.append(token)
    if tokens:
        found.append(_joined(tokens))
    return found


def without_passwords(text: str) -> str:
    """Return SQL, or text with SQL in it, with passwords in known places replaced by stars."""
    if "://" in text:
        text = _ADDRESS.sub(rf"\1:{HIDDEN}@", text)
    # Folded, as the patterns take some letters beyond ASCII for those of the word.
    if "password" not in text.casefold():
        return text
    text = _CONNECTION.sub(rf"\g<1>{HIDDEN}", text)
    return _PASSWORD.sub(rf"\1'{HIDDEN}'", text)


def _tokens(sql: str) -> Iterator[str]:
    place = 0
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        assert match is not None  # "other" takes any character.
        place = match.end()
        if match.lastgroup == "comment" or match["comment"]:
            place = _end_of_comment(sql, place)
        elif not match["blank"]:
            yield match[0]


def _end_of_comment(sql: str, place: int) -> int:
    depth = 1
    for match in _COMMENT.finditer(sql, place):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return len(sql)


def _joined(tokens: list[str]) -> str:
    parts: list[str] = []
    before = ""
    for token in tokens:
        glued = token in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER
        # A point beside a number would become a part of it.
        if parts and (not glued or (_POINT_AND_NUMBER.fullmatch(before + token))):
            parts.append(" ")
        parts.append(token)
        before = token
    return "".join(parts)
