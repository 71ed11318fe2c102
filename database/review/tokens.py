"""SQL cut into tokens and statements, as far as that needs no grammar.

https://www.postgresql.org/docs/current/sql-syntax-lexical.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from database.schema import normalize
from database.schema.state import TableName

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$
        |[eE]'(?:[^'\\]|\\.|'')*'
        |(?:[uU]&|[bBxXnN])?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<mark>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One token.

    Attributes:
        kind: ``string``, ``quoted``, ``word``, ``number`` or ``mark``.
        text: A word in lower case, a quoted name without its quotes, anything else as written.
        start: Where it begins in the text.
        end: Where it ends.
    """

    kind: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=4)
def tokenize(sql: str) -> list[Token]:
    """Return the tokens of SQL, without spaces and comments; not to be changed.

    A statement is looked at several times in a row.
    """
    found = []
    for match in _TOKEN.finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if match.group("space") is not None:
            continue
        if match.group("string") is not None:
            kind = "string"
        elif kind == "word":
            text = text.lower()
        elif kind == "quoted":
            text = text[1:-1].replace('""', '"')
        found.append(Token(kind, text, match.start(), match.end()))
    return found


def split(sql: str) -> list[str]:
    """Return the statements of a text, each without its semicolon."""
    statements: list[str] = []
    start = depth = 0
    words: list[str] = []
    for token in tokenize(sql):
        if token.kind == "mark":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == ";" and not depth and not _in_body(words):
                statements.append(sql[start : token.start].strip())
                start, words = token.end, []
        elif token.kind == "word":
            words.append(token.text)
    statements.append(sql[start:].strip())
    return [statement for statement in statements if statement and tokenize(statement)]


def _in_body(words: list[str]) -> bool:
    """Tell whether a function's body in SQL (BEGIN ATOMIC … END) has begun and not ended."""
    if words[:1] != ["create"] or not {"function", "procedure"} & set(words[:4]):
        return False
    return "atomic" in words and words.count("end") <= words.count("case")


class Reader:
    """Reads tokens from left to right.

    Args:
        sql: One statement.
        tokens: Its tokens, or a part of them.
    """

    def __init__(self, sql: str, tokens: list[Token]) -> None:
        self.sql = sql
        self.tokens = tokens
        self.place = 0

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self.place < len(self.tokens)

    def peek(self) -> Token:
        """Return the next token; an empty mark at the end."""
        return self.tokens[self.place] if self else Token("mark", "", 0, 0)

    def next(self) -> Token:
        """Return the next token and go on."""
        token = self.peek()
        self.place += 1
        return token

    def sees(self, *words: str) -> bool:
        """Tell whether these words (or marks) come next."""
        ahead = self.tokens[self.place : self.place + len(words)]
        return [t.text if t.kind in ("word", "mark") else "" for t in ahead] == list(words)

    def take(self, phrase: str) -> bool:
        """Go on if these words come next: ``take("if exists")``."""
        words = phrase.split()
        if not self.sees(*words):
            return False
        self.place += len(words)
        return True

    def name(self) -> str:
        """Return a name without its quotes and go on."""
        return normalize.cut(self.next().text)

    def table(self) -> TableName:
        """Return a table's name, with its schema if it is given, and go on."""
        first = self.name()
        if self.take("."):
            return TableName(first, self.name())
        return TableName("", first)

    def group(self) -> Reader:
        """Return what stands between the parentheses that come next, and go on behind them."""
        start, depth = self.place + 1, 0
        while self:
            text = self.next()
            if text.kind == "mark" and text.text in "()[]":
                depth += 1 if text.text in "([" else -1
                if not depth:
                    break
        return Reader(self.sql, self.tokens[start : self.place - 1])

    def parts(self) -> list[Reader]:
        """Return what is left, cut at its commas that are in no parentheses."""
        found: list[list[Token]] = [[]]
        depth = 0
        for token in self.tokens[self.place :]:
            if token.kind == "mark":
                depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
                if token.text == "," and not depth:
                    found.append([])
                    continue
            found[-1].append(token)
        return [Reader(self.sql, tokens) for tokens in found if tokens]

    def until(self, *words: str) -> Reader:
        """Return what comes before the first of these words outside of parentheses; go on there."""
        start, depth = self.place, 0
        while self:
            token = self.peek()
            if token.kind == "mark":
                depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
            elif token.kind == "word" and not depth and token.text in words:
                break
            self.place += 1
        return Reader(self.sql, self.tokens[start : self.place])

    def rest(self) -> Reader:
        """Return what is left."""
        return Reader(self.sql, self.tokens[self.place :])

    def has(self, *words: str) -> bool:
        """Tell whether these words follow each other anywhere in what is left."""
        texts = [t.text if t.kind in ("word", "mark") else "" for t in self.tokens[self.place :]]
        return any(texts[i : i + len(words)] == list(words) for i in range(len(texts)))

    @property
    def text(self) -> str:
        """The SQL of what is left, as it was written."""
        if not self:
            return ""
        return self.sql[self.tokens[self.place].start : self.tokens[-1].end]

    def names(self) -> tuple[str, ...]:
        """Return the names of a list such as ``"a", "b" DESC``; "" for what is no plain column."""
        found = []
        for part in self.parts():
            plain = part.tokens[part.place].kind in ("word", "quoted")
            after = part.tokens[part.place + 1 : part.place + 2]
            call = any(token.kind == "mark" for token in after)
            found.append("" if not plain or call else part.name())
        return tuple(found)
