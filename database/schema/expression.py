"""What PostgreSQL would show for a simple expression, known without asking it.

:func:`predict` follows PostgreSQL's parser and its ``ruleutils.c`` for the expressions that models
mostly use: comparisons of columns with constants and with each other, AND, OR, NOT, IS NULL, IN,
BETWEEN, LIKE and regular expressions, arithmetic, a few functions. It knows the casts that
PostgreSQL adds (``price >= 0`` is shown as ``(price >= (0)::numeric)``), or else it says that it
does not know: it never guesses. It takes operators and functions to be PostgreSQL's own, so a
function ``lower(varchar)`` of one's own on the search path would escape it.

A prediction that matches the live text settles that both mean the same; one that does not match
settles nothing. https://www.postgresql.org/docs/current/typeconv.html
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn
from uuid import UUID

from . import normalize
from .deparse import ColumnType, Kind

_TOKENS = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<escape>[eE]'(?:[^'\\]|''|\\.)*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<number>\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>[^\W\d][\w$]*)
    | (?P<operator>::|[-+*/<>=~!@\#%^&|`?]+)
    | (?P<punctuation>[(),\[\]])
    | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)
# Words that are no column without quotes, and that quote_ident() quotes, in PostgreSQL 15 to 18.
_KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join lateral
    leading least left like limit localtime localtimestamp national natural nchar none normalize not
    notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
    precision primary real references returning right row select session_user setof similar smallint
    some substring symmetric table tablesample then time timestamp to trailing treat trim true union
    unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()  # noqa: SIM905
)
# Those that became keywords after 15, so that the server's version decides about the quotes.
_SOMETIMES_KEYWORDS = frozenset(
    """
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value merge_action system_user
    """.split()  # noqa: SIM905
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
_COMPARISONS = frozenset(("=", "<>", "!=", "<", "<=", ">", ">="))
_PATTERNS = frozenset(("~", "~*", "!~", "!~*"))
_INTEGERS = {"smallint": 1, "integer": 2, "bigint": 3}
_NUMBERS = {**_INTEGERS, "numeric": 4, "double precision": 5}
_TEXTS = ("text", "character varying")
# Types of which two columns can be compared as they are.
_COMPARED = frozenset(
    (
        *("date", "timestamp with time zone", "timestamp without time zone", "interval", "uuid"),
        *("time without time zone", "jsonb", "bytea", "boolean", "inet"),
    )
)
_CURRENT = {
    "now": "timestamp with time zone",
    "statement_timestamp": "timestamp with time zone",
    "transaction_timestamp": "timestamp with time zone",
    "clock_timestamp": "timestamp with time zone",
    "gen_random_uuid": "uuid",
    "pi": "double precision",
    "random": "double precision",
}


def mentioned(text: str) -> set[str]:
    """Return all names that an expression could refer to, folded as PostgreSQL folds them.

    It errs on the side of too many: keywords and the names of functions and types count as well.
    """
    names = set()
    for match in _TOKENS.finditer(text):
        if match.lastgroup == "quoted":
            names.add(normalize.cut(match.group()[1:-1].replace('""', '"')))
        elif match.lastgroup == "word":
            names.add(normalize.cut(match.group().lower()))
    return names


def predict(
    kind: Kind, text: str, columns: Mapping[str, ColumnType], type_: str = ""
) -> tuple[str, ...]:
    """Return what PostgreSQL would show for an expression.

    Args:
        kind: Where the expression stands.
        text: The expression as Django writes it.
        columns: The columns that it can refer to, by name.
        type_: The type of the column whose default it is, else "".

    Returns:
        The text of the catalog where the expression was created as it is, and, if it differs, the
        text after a dump and restore. Empty if that is not known for sure.
    """
    try:
        node = _Parser(text, columns).parse()
        if kind is Kind.DEFAULT:
            node = _default(node, type_)
        elif kind is Kind.KEY:
            # What turns out to be a column is shown as one.
            _need(node.is_function or node.fresh.startswith("("))
            forms = [
                form if node.is_function else f"({form})" for form in (node.fresh, node.restored)
            ]
            return tuple(dict.fromkeys(forms))
        elif kind in (Kind.CHECK, Kind.PREDICATE):
            _need(node.type == "boolean")
        else:
            _need(node.type != "unknown")
    except _NotKnownError:
        return ()
    return (node.fresh,) if node.fresh == node.restored else (node.fresh, node.restored)


class _NotKnownError(Exception):
    """The expression is beyond what is known here."""


def _need(condition: object) -> None:
    if not condition:
        raise _NotKnownError


class _Node(NamedTuple):
    """A part of an expression.

    Attributes:
        type: As ``format_type()`` writes it without modifiers; ``unknown`` for a string constant
            that has not been given a type yet.
        fresh: As PostgreSQL shows it where it was created.
        restored: As it is shown after a dump and restore.
        constant: The value of a constant, as text.
        joined: ``AND`` or ``OR`` for such a list, which the parser flattens on its left.
        parts: The members of the list.
        joined_once_restored: ``AND`` or ``OR`` for what is such a list only when parsed again.
        is_function: Whether an index shows it without parentheses around it.
    """

    type: str
    fresh: str
    restored: str
    constant: str | None = None
    joined: str = ""
    parts: tuple[_Node, ...] = ()
    joined_once_restored: str = ""
    is_function: bool = False

    def wrap(self, type_: str, template: str) -> _Node:
        """Return a node that shows this one in the place of ``{}``."""
        before, after = template.split("{}")
        return _Node(type_, before + self.fresh + after, before + self.restored + after)


def _pair(type_: str, template: str, left: _Node, right: _Node) -> _Node:
    return _Node(
        type_,
        template.format(left.fresh, right.fresh),
        template.format(left.restored, right.restored),
    )


def _quoted(name: str) -> str:
    _need(name not in _SOMETIMES_KEYWORDS)
    return name if _PLAIN.match(name) and name not in _KEYWORDS else normalize.quote(name)


def _text_constant(value: str, type_: str) -> _Node:
    shown = "'" + value.replace("'", "''") + "'::" + type_
    return _Node(type_, shown, shown, value)


def _number(digits: str) -> _Node:
    """Return the node of a number as written, with its sign."""
    negative = digits.startswith("-")
    _need(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", digits))
    if "." in digits:
        type_ = "numeric"
        labelled = negative
    else:
        value = int(digits)
        _need(-(2**63) <= value < 2**63 and digits != "-0")
        type_ = "integer" if -(2**31) <= value < 2**31 else "bigint"
        labelled = negative or type_ == "bigint"
    shown = f"'{digits}'::{type_}" if labelled else digits
    return _Node(type_, shown, shown, digits)


def _cast(node: _Node, type_: str) -> _Node:
    """Return the node as a cast to the type that PostgreSQL adds, or that is written."""
    if node.type == type_:
        return node
    if node.type == "unknown":
        assert node.constant is not None
        return _constant(node.constant, type_)
    number = _NUMBERS.get(node.type, 9) < _NUMBERS.get(type_, 0)
    _need(number or (node.type == "character varying" and type_ == "text"))
    cast = node.wrap(type_, "({})::" + type_)
    # A cast of one's own and PostgreSQL's are shown alike.
    return cast


def _constant(value: str, type_: str) -> _Node:
    """Return a string constant of a type, if the string is how the type itself writes the value."""
    if type_ in _TEXTS:
        return _text_constant(value, type_)
    if type_ == "date":
        _need(re.fullmatch(r"\d{4}-\d\d-\d\d", value))
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            raise _NotKnownError from None
        return _text_constant(value, type_)
    if type_ == "uuid":
        _need(re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
                           value))  # fmt: skip
        return _text_constant(str(UUID(value)), type_)
    if type_ == "jsonb":
        return _text_constant(_jsonb(value), type_)
    if type_ == "boolean":
        _need(value in ("true", "false"))
        return _Node(type_, value, value, value)
    raise _NotKnownError


def _jsonb(text: str) -> str:
    """Return the text if ``jsonb`` would write it just so."""
    _need(text.isascii() and "\\" not in text)
    try:
        value = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    except ValueError:
        raise _NotKnownError from None
    _need(json.dumps(_sorted(value)) == text)
    return text


def _refuse(text: str) -> NoReturn:
    raise _NotKnownError


def _sorted(value: object) -> object:
    """Return a JSON value with its keys in the order of ``jsonb``: by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key), key))
        return {key: _sorted(value[key]) for key in keys}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _default(node: _Node, type_: str) -> _Node:
    """Return a default, whose cast to the type of the column is not shown."""
    bare = type_.partition("(")[0].rstrip()
    if node.type == "unknown":
        if bare.startswith("character varying") or type_ in ("text", "date", "uuid", "jsonb"):
            return _cast(node, bare)
        raise _NotKnownError
    if node.type.endswith("[]"):
        _need(node.type == type_)
        return node
    numbers = bare in _NUMBERS and node.type in _NUMBERS
    _need(node.type == type_ or (numbers and (bare not in _INTEGERS or node.type in _INTEGERS)))
    return node


class _Parser:
    """A recursive descent over PostgreSQL's precedences.

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE
    """

    def __init__(self, text: str, columns: Mapping[str, ColumnType]) -> None:
        self.columns = columns
        self.tokens = [
            (match.lastgroup or "", match.group())
            for match in _TOKENS.finditer(text)
            if match.lastgroup != "space"
        ]
        self.place = 0

    def parse(self) -> _Node:
        """Return the whole expression."""
        node = self._or()
        _need(self.place == len(self.tokens))
        return node

    # Tokens

    def _peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.place += 1
        return token

    def _word(self, *words: str) -> bool:
        """Step over the words, if they are what follows."""
        following = self.tokens[self.place : self.place + len(words)]
        if [(kind, text.upper()) for kind, text in following] != [("word", w) for w in words]:
            return False
        self.place += len(words)
        return True

    def _mark(self, mark: str) -> bool:
        """Step over an operator or a punctuation mark, if it is what follows."""
        if self._peek() in (("operator", mark), ("punctuation", mark)):
            self.place += 1
            return True
        return False

    # Boolean expressions

    def _or(self) -> _Node:
        return self._list("OR", self._and)

    def _and(self) -> _Node:
        return self._list("AND", self._not)

    def _list(self, word: str, member: Callable[[], _Node]) -> _Node:
        node = member()
        while self._word(word):
            right = member()
            _need(node.type == right.type == "boolean")
            node = _joined(word, (*(node.parts if node.joined == word else (node,)), right))
        return node

    def _not(self) -> _Node:
        if not self._word("NOT"):
            return self._is()
        node = self._not()
        _need(node.type == "boolean")
        return node.wrap("boolean", "(NOT {})")

    def _is(self) -> _Node:
        node = self._comparison()
        while self._word("IS"):
            no = "NOT " if self._word("NOT") else ""
            if self._word("NULL"):
                _need(node.constant is None)
                node = node.wrap("boolean", f"({{}} IS {no}NULL)")
            else:
                _need(node.type == "boolean" and self._peek()[0] == "word")
                word = self._next()[1].upper()
                _need(word in ("TRUE", "FALSE"))
                node = node.wrap("boolean", f"({{}} IS {no}{word})")
        return node

    def _comparison(self) -> _Node:
        left = self._range()
        kind, operator = self._peek()
        if kind != "operator" or operator not in _COMPARISONS:
            return left
        self.place += 1
        right = self._range()
        # They do not associate: a = b = c is an error.
        _need(self._peek()[1] not in _COMPARISONS)
        return _compared("<>" if operator == "!=" else operator, left, right)

    def _range(self) -> _Node:
        """BETWEEN, IN and LIKE."""
        left = self._pattern()
        no = self._word("NOT")
        if self._word("BETWEEN"):
            low = self._pattern()
            _need(self._word("AND"))
            high = self._pattern()
            if no:
                below, above = _compared("<", left, low), _compared(">", left, high)
                return _bounds("OR", below, above)
            return _bounds("AND", _compared(">=", left, low), _compared("<=", left, high))
        if self._word("IN"):
            return self._in(left, no)
        if self._word("LIKE"):
            return _texts("!~~" if no else "~~", left, self._pattern())
        _need(not no)
        return left

    def _in(self, left: _Node, no: bool) -> _Node:
        _need(self._mark("("))
        members = [self._pattern()]
        while self._mark(","):
            members.append(self._pattern())
        _need(self._mark(")"))
        _need(all(member.constant is not None for member in members))
        operator, word = ("<>", "ALL") if no else ("=", "ANY")
        if len(members) == 1:
            return _compared(operator, left, members[0])
        if left.type in _NUMBERS:
            _need(all(member.type in _NUMBERS for member in members))
            types = [left.type, *(member.type for member in members)]
            common = max(types, key=_NUMBERS.__getitem__)
            if _NUMBERS[common] <= 2:
                common = "integer"
            if common not in _INTEGERS:
                left = _cast(left, common)
        else:
            common = left.type
            _need(common in (*_TEXTS, "date", "uuid"))
            _need(all(member.type in ("unknown", common) for member in members))
        elements = [_cast(member, common) for member in members]
        fresh = "ARRAY[" + ", ".join(element.fresh for element in elements) + "]"
        restored = fresh
        if common == "character varying":
            left = _cast(left, "text")
            texts = (f"({element.restored})::text" for element in elements)
            restored = "ARRAY[" + ", ".join(texts) + "]"
            fresh = f"({fresh})::text[]"
        template = f"({{}} {operator} {word} ({{}}))"
        return _pair("boolean", template, left, _Node("array", fresh, restored))

    # Operators

    def _pattern(self) -> _Node:
        node = self._sum()
        while self._peek()[0] == "operator" and self._peek()[1] in _PATTERNS:
            node = _texts(self._next()[1], node, self._sum())
        return node

    def _sum(self) -> _Node:
        node = self._product()
        while self._peek()[0] == "operator" and self._peek()[1] in ("+", "-"):
            node = _calculated(self._next()[1], node, self._product())
        return node

    def _product(self) -> _Node:
        node = self._unary()
        while self._peek()[0] == "operator" and self._peek()[1] in ("*", "/", "%"):
            node = _calculated(self._next()[1], node, self._unary())
        return node

    def _unary(self) -> _Node:
        if self._mark("-"):
            kind, digits = self._next()
            # A cast binds tighter than the minus.
            _need(kind == "number" and self._peek()[1] != "::")
            return _number("-" + digits)
        node = self._primary()
        while self._mark("::"):
            node = self._written_cast(node)
        return node

    def _written_cast(self, node: _Node) -> _Node:
        words = [self._next()]
        _need(words[0][0] == "word")
        while self._peek()[0] == "word" and self._peek()[1].lower() in (
            *("precision", "varying", "with", "without", "time", "zone"),
        ):
            words.append(self._next())
        type_ = " ".join(word for _, word in words)
        if self._mark("("):
            while not self._mark(")"):
                kind, text = self._next()
                _need(kind in ("number", "punctuation") and text in (",", *text.split(",")))
                type_ += ("" if "(" in type_ else "(") + text
            type_ += ")"
        brackets = False
        while self._mark("["):
            _need(self._mark("]"))
            brackets = True
        _need(normalize.is_exact(type_))
        type_ = normalize.column_type(type_)
        if brackets:
            # The empty array is shown with the modifiers of its elements.
            _need(node.type == "unknown" and node.constant == "{}")
            return _text_constant("{}", type_ + "[]")
        _need("(" not in type_)
        if node.type == "unknown" or (node.type in _TEXTS and type_ == "text"):
            return _cast(node, type_)
        raise _NotKnownError

    # Primaries

    def _primary(self) -> _Node:
        kind, text = self._next()
        if kind == "punctuation" and text == "(":
            node = self._or()
            _need(self._mark(")"))
            return node
        if kind == "number":
            return _number(text)
        if kind == "string":
            value = text[1:-1].replace("''", "'")
            return _Node("unknown", "", "", value)
        if kind == "escape":
            value = re.sub(r"\\([\\'])|''", lambda found: found[1] or "'", text[2:-1])
            _need(not re.search(r"(?<!\\)(\\\\)*\\[^\\']", text))
            return _Node("unknown", "", "", value)
        if kind == "quoted":
            return self._column(normalize.cut(text[1:-1].replace('""', '"')))
        _need(kind == "word")
        word = text.lower()
        if word in ("true", "false"):
            return _Node("boolean", word, word, word)
        if self._peek() == ("punctuation", "("):
            return self._function(word)
        _need(word not in _KEYWORDS and word not in _SOMETIMES_KEYWORDS)
        return self._column(word)

    def _column(self, name: str) -> _Node:
        # A dot, a call or a string right behind it would make it something else.
        _need(self._peek()[0] not in ("string", "escape", "quoted"))
        _need(self._peek() != ("punctuation", "("))
        column = self.columns.get(name)
        _need(column is not None)
        assert column is not None
        shown = _quoted(name)
        type_ = re.sub(r"\([^)]*\)", "", column.type)
        return _Node(type_, shown, shown)

    def _function(self, name: str) -> _Node:
        self.place += 1
        arguments: list[_Node] = []
        if not self._mark(")"):
            arguments.append(self._or())
            while self._mark(","):
                arguments.append(self._or())
            _need(self._mark(")"))
        if not arguments:
            _need(name in _CURRENT)
            return _Node(_CURRENT[name], f"{name}()", f"{name}()", is_function=True)
        if name == "coalesce":
            return _coalesce(arguments)
        _need(name in ("lower", "upper", "length") and len(arguments) == 1)
        [argument] = arguments
        _need(argument.type in _TEXTS or (argument.type == "unknown" and name != "length"))
        called = _cast(argument, "text").wrap(
            "integer" if name == "length" else "text", name + "({})"
        )
        return called._replace(is_function=True)


def _joined(word: str, parts: tuple[_Node, ...]) -> _Node:
    first, *rest = parts
    # What is a list only once it is parsed again joins the list that it stands at the left of.
    restored = first.restored
    if first.joined_once_restored == word:
        restored = restored[1:-1]
    separator = f" {word} "
    return _Node(
        "boolean",
        "(" + separator.join(part.fresh for part in parts) + ")",
        "(" + separator.join((restored, *(part.restored for part in rest))) + ")",
        joined=word,
        parts=parts,
    )


def _bounds(word: str, low: _Node, high: _Node) -> _Node:
    return _pair("boolean", f"({{}} {word} {{}})", low, high)._replace(joined_once_restored=word)


def _alike(left: _Node, right: _Node) -> tuple[_Node, _Node]:
    """Return both with the casts that a comparison of them gets."""
    if left.type in _NUMBERS and right.type in _NUMBERS:
        common = max(left.type, right.type, key=_NUMBERS.__getitem__)
        if common in _INTEGERS:
            # There are operators for all pairs of integers.
            return left, right
        return _cast(left, common), _cast(right, common)
    if left.type in _TEXTS or right.type in _TEXTS:
        _need({left.type, right.type} <= {*_TEXTS, "unknown"})
        return _cast(left, "text"), _cast(right, "text")
    if left.type == "unknown":
        _need(right.type in ("date", "uuid", "jsonb"))
        return _cast(left, right.type), right
    if right.type == "unknown":
        _need(left.type in ("date", "uuid", "jsonb"))
        return left, _cast(right, left.type)
    _need(left.type == right.type and left.type in _COMPARED)
    return left, right


def _compared(operator: str, left: _Node, right: _Node) -> _Node:
    left, right = _alike(left, right)
    return _pair("boolean", f"({{}} {operator} {{}})", left, right)


def _texts(operator: str, left: _Node, right: _Node) -> _Node:
    _need(left.type in _TEXTS and right.type in (*_TEXTS, "unknown"))
    template = f"({{}} {operator} {{}})"
    return _pair("boolean", template, _cast(left, "text"), _cast(right, "text"))


def _calculated(operator: str, left: _Node, right: _Node) -> _Node:
    _need(left.type in _NUMBERS and right.type in _NUMBERS)
    common = max(left.type, right.type, key=_NUMBERS.__getitem__)
    _need(operator != "%" or common != "double precision")
    left, right = _alike(left, right)
    return _pair(common, f"({{}} {operator} {{}})", left, right)


def _coalesce(arguments: list[_Node]) -> _Node:
    types = {argument.type for argument in arguments} - {"unknown"}
    if types and types <= {*_NUMBERS}:
        _need(all(argument.type != "unknown" for argument in arguments))
        common = max(types, key=_NUMBERS.__getitem__)
    else:
        _need(len(types) == 1)
        [common] = types
        _need(common in _TEXTS)
    cast = [_cast(argument, common) for argument in arguments]
    return _Node(
        common,
        "COALESCE(" + ", ".join(argument.fresh for argument in cast) + ")",
        "COALESCE(" + ", ".join(argument.restored for argument in cast) + ")",
        is_function=True,
    )
