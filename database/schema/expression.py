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

import re
from collections.abc import Callable, Mapping

from . import normalize
from .deparse import ColumnType, Kind
from .node import (
    INTEGERS,
    KEYWORDS,
    NUMBERS,
    SOMETIMES_KEYWORDS,
    TEXTS,
    Node,
    NotKnownError,
    bounds,
    calculated,
    cast,
    coalesce,
    compared,
    joined,
    need,
    number,
    pair,
    quoted,
    text_constant,
    texts,
)

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
_COMPARISONS = frozenset(("=", "<>", "!=", "<", "<=", ">", ">="))
_PATTERNS = frozenset(("~", "~*", "!~", "!~*"))
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
            need(node.is_function or node.fresh.startswith("("))
            forms = [
                form if node.is_function else f"({form})" for form in (node.fresh, node.restored)
            ]
            return tuple(dict.fromkeys(forms))
        elif kind in (Kind.CHECK, Kind.PREDICATE):
            need(node.type == "boolean")
        else:
            need(node.type != "unknown")
    except NotKnownError:
        return ()
    return (node.fresh,) if node.fresh == node.restored else (node.fresh, node.restored)


def _default(node: Node, type_: str) -> Node:
    """Return a default, whose cast to the type of the column is not shown."""
    bare = type_.partition("(")[0].rstrip()
    if node.type == "unknown":
        if bare.startswith("character varying") or type_ in ("text", "date", "uuid", "jsonb"):
            return cast(node, bare)
        raise NotKnownError
    if node.type.endswith("[]"):
        need(node.type == type_)
        return node
    numbers = bare in NUMBERS and node.type in NUMBERS
    need(node.type == type_ or (numbers and (bare not in INTEGERS or node.type in INTEGERS)))
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

    def parse(self) -> Node:
        """Return the whole expression."""
        node = self._or()
        need(self.place == len(self.tokens))
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

    def _or(self) -> Node:
        return self._list("OR", self._and)

    def _and(self) -> Node:
        return self._list("AND", self._not)

    def _list(self, word: str, member: Callable[[], Node]) -> Node:
        node = member()
        while self._word(word):
            right = member()
            need(node.type == right.type == "boolean")
            node = joined(word, (*(node.parts if node.joined == word else (node,)), right))
        return node

    def _not(self) -> Node:
        if not self._word("NOT"):
            return self._is()
        node = self._not()
        need(node.type == "boolean")
        return node.wrap("boolean", "(NOT {})")

    def _is(self) -> Node:
        node = self._comparison()
        while self._word("IS"):
            no = "NOT " if self._word("NOT") else ""
            if self._word("NULL"):
                need(node.constant is None)
                node = node.wrap("boolean", f"({{}} IS {no}NULL)")
            else:
                need(node.type == "boolean" and self._peek()[0] == "word")
                word = self._next()[1].upper()
                need(word in ("TRUE", "FALSE"))
                node = node.wrap("boolean", f"({{}} IS {no}{word})")
        return node

    def _comparison(self) -> Node:
        left = self._range()
        kind, operator = self._peek()
        if kind != "operator" or operator not in _COMPARISONS:
            return left
        self.place += 1
        right = self._range()
        # They do not associate: a = b = c is an error.
        need(self._peek()[1] not in _COMPARISONS)
        return compared("<>" if operator == "!=" else operator, left, right)

    def _range(self) -> Node:
        """BETWEEN, IN and LIKE."""
        left = self._pattern()
        no = self._word("NOT")
        if self._word("BETWEEN"):
            low = self._pattern()
            need(self._word("AND"))
            high = self._pattern()
            if no:
                below, above = compared("<", left, low), compared(">", left, high)
                return bounds("OR", below, above)
            return bounds("AND", compared(">=", left, low), compared("<=", left, high))
        if self._word("IN"):
            return self._in(left, no)
        if self._word("LIKE"):
            return texts("!~~" if no else "~~", left, self._pattern())
        need(not no)
        return left

    def _in(self, left: Node, no: bool) -> Node:
        need(self._mark("("))
        members = [self._pattern()]
        while self._mark(","):
            members.append(self._pattern())
        need(self._mark(")"))
        need(all(member.constant is not None for member in members))
        operator, word = ("<>", "ALL") if no else ("=", "ANY")
        if len(members) == 1:
            return compared(operator, left, members[0])
        if left.type in NUMBERS:
            need(all(member.type in NUMBERS for member in members))
            types = [left.type, *(member.type for member in members)]
            common = max(types, key=NUMBERS.__getitem__)
            if NUMBERS[common] <= 2:
                common = "integer"
            if common not in INTEGERS:
                left = cast(left, common)
        else:
            common = left.type
            need(common in (*TEXTS, "date", "uuid"))
            need(all(member.type in ("unknown", common) for member in members))
        elements = [cast(member, common) for member in members]
        fresh = "ARRAY[" + ", ".join(element.fresh for element in elements) + "]"
        restored = fresh
        if common == "character varying":
            left = cast(left, "text")
            texts = (f"({element.restored})::text" for element in elements)
            restored = "ARRAY[" + ", ".join(texts) + "]"
            fresh = f"({fresh})::text[]"
        template = f"({{}} {operator} {word} ({{}}))"
        return pair("boolean", template, left, Node("array", fresh, restored))

    # Operators

    def _pattern(self) -> Node:
        node = self._sum()
        while self._peek()[0] == "operator" and self._peek()[1] in _PATTERNS:
            node = texts(self._next()[1], node, self._sum())
        return node

    def _sum(self) -> Node:
        node = self._product()
        while self._peek()[0] == "operator" and self._peek()[1] in ("+", "-"):
            node = calculated(self._next()[1], node, self._product())
        return node

    def _product(self) -> Node:
        node = self._unary()
        while self._peek()[0] == "operator" and self._peek()[1] in ("*", "/", "%"):
            node = calculated(self._next()[1], node, self._unary())
        return node

    def _unary(self) -> Node:
        if self._mark("-"):
            kind, digits = self._next()
            # A cast binds tighter than the minus.
            need(kind == "number" and self._peek()[1] != "::")
            return number("-" + digits)
        node = self._primary()
        while self._mark("::"):
            node = self._written_cast(node)
        return node

    def _written_cast(self, node: Node) -> Node:
        words = [self._next()]
        need(words[0][0] == "word")
        while self._peek()[0] == "word" and self._peek()[1].lower() in (
            *("precision", "varying", "with", "without", "time", "zone"),
        ):
            words.append(self._next())
        type_ = " ".join(word for _, word in words)
        if self._mark("("):
            while not self._mark(")"):
                kind, text = self._next()
                need(kind in ("number", "punctuation") and text in (",", *text.split(",")))
                type_ += ("" if "(" in type_ else "(") + text
            type_ += ")"
        brackets = False
        while self._mark("["):
            need(self._mark("]"))
            brackets = True
        need(normalize.is_exact(type_))
        type_ = normalize.column_type(type_)
        if brackets:
            # The empty array is shown with the modifiers of its elements.
            need(node.type == "unknown" and node.constant == "{}")
            return text_constant("{}", type_ + "[]")
        need("(" not in type_)
        if node.type == "unknown" or (node.type in TEXTS and type_ == "text"):
            return cast(node, type_)
        raise NotKnownError

    # Primaries

    def _primary(self) -> Node:
        kind, text = self._next()
        if kind == "punctuation" and text == "(":
            node = self._or()
            need(self._mark(")"))
            return node
        if kind == "number":
            return number(text)
        if kind == "string":
            value = text[1:-1].replace("''", "'")
            return Node("unknown", "", "", value)
        if kind == "escape":
            value = re.sub(r"\\([\\'])|''", lambda found: found[1] or "'", text[2:-1])
            need(not re.search(r"(?<!\\)(\\\\)*\\[^\\']", text))
            return Node("unknown", "", "", value)
        if kind == "quoted":
            return self._column(normalize.cut(text[1:-1].replace('""', '"')))
        need(kind == "word")
        word = text.lower()
        if word in ("true", "false"):
            return Node("boolean", word, word, word)
        if self._peek() == ("punctuation", "("):
            return self._function(word)
        need(word not in KEYWORDS and word not in SOMETIMES_KEYWORDS)
        return self._column(word)

    def _column(self, name: str) -> Node:
        # A dot, a call or a string right behind it would make it something else.
        need(self._peek()[0] not in ("string", "escape", "quoted"))
        need(self._peek() != ("punctuation", "("))
        column = self.columns.get(name)
        need(column is not None)
        assert column is not None
        shown = quoted(name)
        type_ = re.sub(r"\([^)]*\)", "", column.type)
        return Node(type_, shown, shown)

    def _function(self, name: str) -> Node:
        self.place += 1
        arguments: list[Node] = []
        if not self._mark(")"):
            arguments.append(self._or())
            while self._mark(","):
                arguments.append(self._or())
            need(self._mark(")"))
        if not arguments:
            need(name in _CURRENT)
            return Node(_CURRENT[name], f"{name}()", f"{name}()", is_function=True)
        if name == "coalesce":
            return coalesce(arguments)
        need(name in ("lower", "upper", "length") and len(arguments) == 1)
        [argument] = arguments
        need(argument.type in TEXTS or (argument.type == "unknown" and name != "length"))
        called = cast(argument, "text").wrap(
            "integer" if name == "length" else "text", name + "({})"
        )
        return called._replace(is_function=True)
