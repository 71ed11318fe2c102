"""SQL expressions as PostgreSQL writes them → Django's expressions, as trees of code.

What Django says in the very same SQL is translated (``Q(price__gte=0)``); everything else becomes
an :class:`~database.functions.SQL` that keeps the text and names the fields in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from database.schema.normalize import is_null

from . import layout
from .layout import Call, Chain, Items, Name, Node, Text

TOKENS = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<string>E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<operator>::|[-+*/<>=~!@\#%^&|`?]+)
    | (?P<punctuation>[(),.\[\]:;{}])
    """,
    re.VERBOSE | re.DOTALL,
)
TYPE_WORDS = frozenset(
    (
        "varying",
        "precision",
        "with",
        "without",
        "time",
        "zone",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "to",
    )
)
"""Words that may continue the name of a type behind ``::``."""
FIRST_TYPE_WORDS = frozenset(
    ("character", "bit", "double", "timestamp", "time", "interval", "national")
)
TEXT_TYPES = ("text", "character varying")
INTEGER_TYPES = ("smallint", "integer", "bigint")
LOOKUPS = {"=": "", ">": "__gt", ">=": "__gte", "<": "__lt", "<=": "__lte"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field that an expression may refer to.

    Attributes:
        name: Name of the field.
        type: Type of its column, as ``format_type()`` writes it.
        enum: Whether it is a field of an enum type.
    """

    name: str
    type: str
    enum: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an expression: its kind (a group of ``TOKENS``) and its text."""

    kind: str
    text: str


def tokens(sql: str) -> list[Token]:
    """Split an expression; nothing of the text is lost."""
    return [Token(str(match.lastgroup), match[0]) for match in TOKENS.finditer(sql)]


def unquoted(token: Token) -> str:
    """Return the identifier that a token stands for, or ""."""
    if token.kind == "quoted":
        return token.text[1:-1].replace('""', '"')
    return token.text if token.kind == "word" else ""


def stripped(sql: str) -> str:
    """Return an expression without the parentheses that enclose all of it."""
    while sql.startswith("(") and sql.endswith(")"):
        depth = 0
        for place, token in enumerate(parts := tokens(sql)):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and place < len(parts) - 1:
                return sql
        sql = sql[1:-1]
    return sql


def template(sql: str, fields: Mapping[str, Field]) -> str:
    """Return the SQL with ``{field}`` for every column, other braces doubled."""
    parts = tokens(sql)
    text = ""
    solid = [token for token in parts if token.kind != "space"]
    place = -1
    type_words = 0
    for token in parts:
        if token.kind == "space":
            text += token.text
            continue
        place += 1
        before = solid[place - 1].text if place else ""
        after = solid[place + 1].text if place + 1 < len(solid) else ""
        name = unquoted(token)
        if before == "::":
            type_words = 2 if token.text in FIRST_TYPE_WORDS else 1
        elif type_words and not (
            type_words == 2
            and (token.text in TYPE_WORDS or token.text in "()," or token.kind == "number")
        ):
            type_words = 0
        if (
            name in fields
            and not type_words
            and after not in ("(", ".", "'")
            and before not in (".", "COLLATE")
        ):
            text += "{" + fields[name].name + "}"
        else:
            text += token.text.replace("{", "{{").replace("}", "}}")
    return text


def sql_call(sql: str, fields: Mapping[str, Field], function: str = "SQL") -> Call:
    """Return ``SQL("…")`` or ``Condition("…")``."""
    return Call(function, (Text(template(stripped(sql), fields)),))


def condition(sql: str, fields: Mapping[str, Field], *, exact: bool = False) -> Node:
    """Translate the condition of a CHECK constraint or the predicate of an index.

    Args:
        sql: As PostgreSQL deparses it.
        fields: Fields by the name of their column.
        exact: Keep the text, whatever it is.

    Returns:
        A tree of ``Q`` objects, or a ``Condition``.
    """
    if not exact:
        try:
            return _Parser(sql, fields).parse()
        except _UntranslatableError:
            pass
    return sql_call(sql, fields, "Condition")


def choices(sql: str, fields: Mapping[str, Field]) -> tuple[str, tuple[str, ...]] | None:
    """Return the column and the texts of a condition that only lists what a text column may be."""
    try:
        node = _Parser(sql, fields).parse()
    except _UntranslatableError:
        return None
    if not isinstance(node, Call) or node.arguments or len(node.keywords) != 1:
        return None
    [(lookup, value)] = node.keywords
    if not lookup.endswith("__in") or not isinstance(value, Items):
        return None
    texts = tuple(item.value for item in value.items if isinstance(item, Text))
    name = lookup.removesuffix("__in")
    column = next(column for column, field in fields.items() if field.name == name)
    return (column, texts) if len(texts) == len(value.items) == len(set(texts)) else None


class _UntranslatableError(Exception):
    """The expression has something that no lookup of Django says in the same SQL."""


@dataclass(frozen=True, slots=True)
class _Column:
    field: Field
    cast: str = ""


@dataclass(frozen=True, slots=True)
class _Literal:
    value: str | int
    cast: str = ""


class _Parser:
    """Reads the few forms that Django's lookups take when PostgreSQL deparses them."""

    def __init__(self, sql: str, fields: Mapping[str, Field]) -> None:
        self.fields = fields
        self.tokens = [token for token in tokens(sql) if token.kind != "space"]
        self.place = 0

    def parse(self) -> Node:
        """Return the tree; raise _UntranslatableError if there is none."""
        node = self._disjunction()
        if self.place != len(self.tokens):
            raise _UntranslatableError
        return node

    def _peek(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place].text if place < len(self.tokens) else ""

    def _take(self, text: str | None = None) -> Token:
        if self.place >= len(self.tokens) or (text is not None and self._peek() != text):
            raise _UntranslatableError
        self.place += 1
        return self.tokens[self.place - 1]

    def _disjunction(self) -> Node:
        operands = [self._conjunction()]
        while self._peek() == "OR":
            self._take()
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else Chain("|", tuple(operands))

    def _conjunction(self) -> Node:
        operands = [self._factor()]
        while self._peek() == "AND":
            self._take()
            operands.append(self._factor())
        if len(operands) == 1:
            return operands[0]
        # Q(a=1, b=2) says the same as Q(a=1) & Q(b=2); keywords are sorted, operands are not.
        keywords = [operand.keywords for operand in operands if isinstance(operand, Call)]
        flattened = [pair for pairs in keywords for pair in pairs]
        names = [name for name, _ in flattened]
        if len(keywords) == len(operands) and names == sorted(set(names)):
            return Call("Q", (), tuple(flattened))
        return Chain("&", tuple(operands))

    def _factor(self) -> Node:
        if self._peek() == "NOT":
            self._take()
            operand = self._operand()
            if isinstance(operand, _Column) and operand.field.type == "boolean":
                return _q(operand, "", Name("False"))
            raise _UntranslatableError
        if self._peek() == "(":
            start = self.place
            try:
                return self._comparison()
            except _UntranslatableError:
                self.place = start
            self._take("(")
            node = self._disjunction()
            self._take(")")
            return node
        return self._comparison()

    def _comparison(self) -> Node:
        left = self._operand()
        if not isinstance(left, _Column):
            raise _UntranslatableError
        if self._peek() == "IS":
            self._take()
            negated = self._peek() == "NOT"
            if negated:
                self._take()
            self._take("NULL")
            if left.cast:
                raise _UntranslatableError
            return _q(left, "__isnull", Name(str(not negated)))
        operator = self._peek()
        if operator in LOOKUPS:
            self._take()
            if operator == "=" and self._peek() == "ANY":
                return self._any(left)
            return self._compared(left, operator, self._operand())
        if left.field.type == "boolean" and not left.cast:
            return _q(left, "", Name("True"))
        raise _UntranslatableError

    def _compared(self, left: _Column, operator: str, right: _Column | _Literal) -> Node:
        lookup = LOOKUPS[operator]
        if isinstance(right, _Column):
            if left.cast or right.cast or left.field.type != right.field.type:
                raise _UntranslatableError
            return _q(left, lookup, Call("F", (Text(right.field.name),)))
        if left.field.enum:
            if operator == "=" and isinstance(right.value, str) and not left.cast:
                return _q(left, lookup, Text(right.value))
        elif left.field.type in INTEGER_TYPES and not left.cast:
            if isinstance(right.value, int):
                return _q(left, lookup, Name(str(right.value)))
        elif left.field.type.startswith("numeric") and not left.cast:
            if isinstance(right.value, int) and right.cast == "numeric":
                return _q(left, lookup, Name(str(right.value)))
        elif self._is_text(left) and isinstance(right.value, str) and right.cast == "text":
            return _q(left, lookup, Text(right.value))
        raise _UntranslatableError

    def _is_text(self, column: _Column) -> bool:
        if column.field.type == "text":
            return not column.cast
        return column.field.type.startswith("character varying") and column.cast == "text"

    def _any(self, left: _Column) -> Node:
        self._take("ANY")
        self._take("(")
        values, cast = self._array()
        self._take(")")
        if not values:
            raise _UntranslatableError
        if all(isinstance(value.value, int) and not value.cast for value in values):
            if left.field.type in INTEGER_TYPES and not left.cast and not cast:
                return _q(left, "__in", Items(tuple(Name(str(v.value)) for v in values)))
            raise _UntranslatableError
        if left.field.enum:
            good = not left.cast and not cast
        elif left.field.type == "text":
            good = not left.cast and not cast and all(v.cast == "text" for v in values)
        else:
            good = (
                self._is_text(left)
                and cast == "text[]"
                and all(v.cast == "character varying" for v in values)
            )
        if not good:
            raise _UntranslatableError
        return _q(left, "__in", Items(tuple(Text(str(value.value)) for value in values)))

    def _array(self) -> tuple[list[_Literal], str]:
        parentheses = 0
        while self._peek() == "(":
            self._take()
            parentheses += 1
        self._take("ARRAY")
        self._take("[")
        values = []
        while self._peek() != "]":
            value = self._operand()
            if not isinstance(value, _Literal):
                raise _UntranslatableError
            values.append(value)
            if self._peek() == ",":
                self._take()
        self._take("]")
        cast = ""
        while parentheses or self._peek() == "::":
            if self._peek() == "::":
                cast = self._type()
            else:
                self._take(")")
                parentheses -= 1
        return values, cast

    def _operand(self) -> _Column | _Literal:
        parentheses = 0
        while self._peek() == "(":
            self._take()
            parentheses += 1
        sign = 1
        if self._peek() == "-" and parentheses:
            self._take()
            sign = -1
        token = self._take()
        operand: _Column | _Literal
        if token.kind == "number" and token.text.isdigit():
            operand = _Literal(sign * int(token.text))
        elif sign < 0:
            raise _UntranslatableError
        elif token.kind == "string" and not token.text.startswith("E"):
            operand = _Literal(token.text[1:-1].replace("''", "'"))
        elif unquoted(token) in self.fields and self._peek() not in ("(", "."):
            operand = _Column(self.fields[unquoted(token)])
        else:
            raise _UntranslatableError
        while parentheses or self._peek() == "::":
            if self._peek() == "::":
                if operand.cast:
                    raise _UntranslatableError
                cast = self._type()
                operand = type(operand)(*_parts(operand), cast)  # type: ignore[arg-type]
            else:
                self._take(")")
                parentheses -= 1
        if isinstance(operand, _Literal) and operand.cast in INTEGER_TYPES:
            text = str(operand.value)
            if re.fullmatch(r"-?\d+", text):
                return _Literal(int(text), "" if operand.cast == "integer" else operand.cast)
        return operand

    def _type(self) -> str:
        self._take("::")
        words: list[str] = []
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            if not words or (words[0] in FIRST_TYPE_WORDS and token.text in TYPE_WORDS):
                words.append(self._take().text)
            elif token.text == ".":
                self._take()
                words[-1] += "." + self._take().text
            else:
                break
        name = " ".join(words)
        if self._peek() == "(":
            raise _UntranslatableError
        if self._peek() == "[":
            self._take("[")
            self._take("]")
            name += "[]"
        return name


def _parts(operand: _Column | _Literal) -> tuple[object]:
    return (operand.field,) if isinstance(operand, _Column) else (operand.value,)


def _q(column: _Column, lookup: str, value: Node) -> Call:
    return Call("Q", (), ((column.field.name + lookup, value),))


def default(sql: str, type_: str, *, exact: bool = False, enum: str = "",
            members: Mapping[str, str] | None = None) -> Node:  # fmt: skip
    """Translate the default of a column.

    Args:
        sql: As PostgreSQL deparses it.
        type_: Type of the column.
        exact: Keep the text, whatever it is.
        enum: Name of the class of choices that an enum type has.
        members: Names of its members by their values.
    """
    plain = None if exact else _plain_default(sql, type_, enum, members or {})
    if plain is not None:
        return plain
    return Call("SQL", (Text(sql.replace("{", "{{").replace("}", "}}")),))


def _plain_default(sql: str, type_: str, enum: str, members: Mapping[str, str]) -> Node | None:
    if is_null(sql):
        return Name("None")
    if sql == "now()":
        return Call("TransactionStart")
    base = re.sub(r"\(.*?\)", "", type_)
    if base == "boolean" and sql in ("true", "false"):
        return Name(sql.capitalize())
    number = re.fullmatch(r"\(?(-?\d+)\)?(?:::(\w+))?|'(-?\d+)'::(integer|smallint|bigint)", sql)
    if number and base in INTEGER_TYPES:
        return Name(str(int(number[1] or number[3])))
    # '0'::numeric is a number too, but not one that Django could write so.
    number = re.fullmatch(r"\(?(\d+(?:\.\d+)?)\)?(?:::numeric)?", sql)
    if number and base == "numeric":
        if "." not in number[1]:
            return Name(number[1])
        return Call("Decimal", (Text(number[1]),))
    text = re.fullmatch(r"'((?:[^'\\]|'')*)'::(.+)", sql, re.DOTALL)
    if text is None:
        return None
    value, cast = text[1].replace("''", "'"), text[2]
    if base in (*TEXT_TYPES, "citext") and cast in (*TEXT_TYPES, "citext"):
        return Text(value)
    if value in members:
        return Name(f"{enum}.{members[value]}")
    if base == "jsonb" and cast == "jsonb" and value in ("{}", "[]"):
        return Name(value)
    if type_.endswith("[]") and cast == type_ and value == "{}":
        return Name("[]")
    return None


def literal(node: Node) -> str:
    """Return a tree on one line, for comparing two of them."""
    return layout.flat(node)
