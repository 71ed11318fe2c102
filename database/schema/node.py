"""Parts of an expression, with the casts that PostgreSQL adds and as it shows them."""

from __future__ import annotations

import datetime
import json
import re
from typing import NamedTuple, NoReturn
from uuid import UUID

from . import normalize

# Words that are no column without quotes, and that quote_ident() quotes, in PostgreSQL 15 to 18.
KEYWORDS = frozenset(
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
SOMETIMES_KEYWORDS = frozenset(
    """
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value merge_action system_user
    """.split()  # noqa: SIM905
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")
INTEGERS = {"smallint": 1, "integer": 2, "bigint": 3}
NUMBERS = {**INTEGERS, "numeric": 4, "double precision": 5}
TEXTS = ("text", "character varying")
# Types of which two columns can be compared as they are.
_COMPARED = frozenset(
    (
        *("date", "timestamp with time zone", "timestamp without time zone", "interval", "uuid"),
        *("time without time zone", "jsonb", "bytea", "boolean", "inet"),
    )
)


class NotKnownError(Exception):
    """The expression is beyond what is known here."""


def need(condition: object) -> None:
    """Give up unless the condition holds."""
    if not condition:
        raise NotKnownError


class Node(NamedTuple):
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
    parts: tuple[Node, ...] = ()
    joined_once_restored: str = ""
    is_function: bool = False

    def wrap(self, type_: str, template: str) -> Node:
        """Return a node that shows this one in the place of ``{}``."""
        before, after = template.split("{}")
        return Node(type_, before + self.fresh + after, before + self.restored + after)


def pair(type_: str, template: str, left: Node, right: Node) -> Node:
    """Return a node that shows two in the places of ``{}``."""
    return Node(
        type_,
        template.format(left.fresh, right.fresh),
        template.format(left.restored, right.restored),
    )


def quoted(name: str) -> str:
    """Return a name as ``quote_ident()`` shows it."""
    need(name not in SOMETIMES_KEYWORDS)
    return name if _PLAIN.match(name) and name not in KEYWORDS else normalize.quote(name)


def text_constant(value: str, type_: str) -> Node:
    """Return a constant that is shown as a string with its type."""
    shown = "'" + value.replace("'", "''") + "'::" + type_
    return Node(type_, shown, shown, value)


def number(digits: str) -> Node:
    """Return the node of a number as written, with its sign."""
    negative = digits.startswith("-")
    need(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", digits))
    if "." in digits:
        type_ = "numeric"
        labelled = negative
    else:
        value = int(digits)
        need(-(2**63) <= value < 2**63 and digits != "-0")
        type_ = "integer" if -(2**31) <= value < 2**31 else "bigint"
        labelled = negative or type_ == "bigint"
    shown = f"'{digits}'::{type_}" if labelled else digits
    return Node(type_, shown, shown, digits)


def cast(node: Node, type_: str) -> Node:
    """Return the node as a cast to the type that PostgreSQL adds, or that is written."""
    if node.type == type_:
        return node
    if node.type == "unknown":
        assert node.constant is not None
        return constant(node.constant, type_)
    number = NUMBERS.get(node.type, 9) < NUMBERS.get(type_, 0)
    need(number or (node.type == "character varying" and type_ == "text"))
    # A cast of one's own and PostgreSQL's are shown alike.
    return node.wrap(type_, "({})::" + type_)


def constant(value: str, type_: str) -> Node:
    """Return a string constant of a type, if the string is how the type itself writes the value."""
    if type_ in TEXTS:
        return text_constant(value, type_)
    if type_ == "date":
        need(re.fullmatch(r"\d{4}-\d\d-\d\d", value))
        try:
            datetime.date.fromisoformat(value)
        except ValueError:
            raise NotKnownError from None
        return text_constant(value, type_)
    if type_ == "uuid":
        need(re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
                           value))  # fmt: skip
        return text_constant(str(UUID(value)), type_)
    if type_ == "jsonb":
        return text_constant(_jsonb(value), type_)
    if type_ == "boolean":
        need(value in ("true", "false"))
        return Node(type_, value, value, value)
    raise NotKnownError


def _jsonb(text: str) -> str:
    """Return the text if ``jsonb`` would write it just so."""
    need(text.isascii() and "\\" not in text)
    try:
        value = json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    except ValueError:
        raise NotKnownError from None
    need(json.dumps(_sorted(value)) == text)
    return text


def _refuse(text: str) -> NoReturn:
    raise NotKnownError


def _sorted(value: object) -> object:
    """Return a JSON value with its keys in the order of ``jsonb``: by length, then by bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key), key))
        return {key: _sorted(value[key]) for key in keys}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def joined(word: str, parts: tuple[Node, ...]) -> Node:
    """Return a list of conditions with AND or OR between them."""
    first, *rest = parts
    # What is a list only once it is parsed again joins the list that it stands at the left of.
    restored = first.restored
    if first.joined_once_restored == word:
        restored = restored[1:-1]
    separator = f" {word} "
    return Node(
        "boolean",
        "(" + separator.join(part.fresh for part in parts) + ")",
        "(" + separator.join((restored, *(part.restored for part in rest))) + ")",
        joined=word,
        parts=parts,
    )


def bounds(word: str, low: Node, high: Node) -> Node:
    """Return what BETWEEN is made into."""
    return pair("boolean", f"({{}} {word} {{}})", low, high)._replace(joined_once_restored=word)


def alike(left: Node, right: Node) -> tuple[Node, Node]:
    """Return both with the casts that a comparison of them gets."""
    if left.type in NUMBERS and right.type in NUMBERS:
        common = max(left.type, right.type, key=NUMBERS.__getitem__)
        if common in INTEGERS:
            # There are operators for all pairs of integers.
            return left, right
        return cast(left, common), cast(right, common)
    if left.type in TEXTS or right.type in TEXTS:
        need({left.type, right.type} <= {*TEXTS, "unknown"})
        return cast(left, "text"), cast(right, "text")
    if left.type == "unknown":
        need(right.type in ("date", "uuid", "jsonb"))
        return cast(left, right.type), right
    if right.type == "unknown":
        need(left.type in ("date", "uuid", "jsonb"))
        return left, cast(right, left.type)
    need(left.type == right.type and left.type in _COMPARED)
    return left, right


def compared(operator: str, left: Node, right: Node) -> Node:
    """Return a comparison."""
    left, right = alike(left, right)
    return pair("boolean", f"({{}} {operator} {{}})", left, right)


def texts(operator: str, left: Node, right: Node) -> Node:
    """Return a match of a text with a pattern."""
    need(left.type in TEXTS and right.type in (*TEXTS, "unknown"))
    template = f"({{}} {operator} {{}})"
    return pair("boolean", template, cast(left, "text"), cast(right, "text"))


def calculated(operator: str, left: Node, right: Node) -> Node:
    """Return a calculation with two numbers."""
    need(left.type in NUMBERS and right.type in NUMBERS)
    common = max(left.type, right.type, key=NUMBERS.__getitem__)
    need(operator != "%" or common != "double precision")
    if operator == "%":
        # The one operator that there is not for all pairs of integers.
        left, right = cast(left, common), cast(right, common)
    else:
        left, right = alike(left, right)
    return pair(common, f"({{}} {operator} {{}})", left, right)


def coalesce(arguments: list[Node]) -> Node:
    """Return a call of COALESCE, which gives its arguments one type."""
    types = {argument.type for argument in arguments} - {"unknown"}
    if types and types <= {*NUMBERS}:
        need(all(argument.type != "unknown" for argument in arguments))
        common = max(types, key=NUMBERS.__getitem__)
    else:
        need(len(types) == 1)
        [common] = types
        need(common in TEXTS)
    members = [cast(argument, common) for argument in arguments]
    return Node(
        common,
        "COALESCE(" + ", ".join(argument.fresh for argument in members) + ")",
        "COALESCE(" + ", ".join(argument.restored for argument in members) + ")",
        is_function=True,
    )
