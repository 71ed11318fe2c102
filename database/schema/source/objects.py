"""Indexes and constraints → what ``Meta`` says of them, as trees of code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from database.schema.state import Check, Exclusion, Index, IndexKey, Unique

from . import expressions
from .expressions import Field
from .layout import Call, Items, Name, Node, Text
from .layout import Mapping as Dict

POSTGRES = {
    "brin": "BrinIndex",
    "gin": "GinIndex",
    "gist": "GistIndex",
    "hash": "HashIndex",
    "spgist": "SpGistIndex",
}
OPERATORS = {
    "=": "EQUAL",
    "<>": "NOT_EQUAL",
    "@>": "CONTAINS",
    "<@": "CONTAINED_BY",
    "&&": "OVERLAPS",
    "<<": "FULLY_LT",
    ">>": "FULLY_GT",
    "&<": "NOT_GT",
    "&>": "NOT_LT",
    "-|-": "ADJACENT_TO",
}
CASES = re.compile(r"(lower|upper)\((?:\((\w+)\)::text|(\w+))\)")


class Objects:
    """Writes the indexes and constraints of one table.

    Args:
        fields: The fields of the model by column.
        referenced: Columns that foreign keys of other tables refer to.
        exact: Names of the objects whose expressions keep their text.
    """

    def __init__(
        self,
        fields: Mapping[str, Field],
        referenced: Iterable[str] = (),
        exact: Iterable[str] = (),
    ) -> None:
        self.fields = fields
        self.referenced = frozenset(referenced)
        self.exact = frozenset(exact)

    def index(self, index: Index) -> Call:
        """Return an index that is not unique, or one that no UniqueConstraint can say."""
        keywords: list[tuple[str, Node]] = []
        arguments = self._keys(index, keywords)
        keywords.append(("name", Text(index.name)))
        self._options(index, keywords)
        suffix = POSTGRES.get(index.method, "")
        longest = 30 if not suffix else 27 + len(index.method)
        short = len(index.name) <= longest and index.name[0] != "_" and not index.name[0].isdigit()
        if short and not index.storage and not index.unique and (suffix or index.method == "btree"):
            return Call(suffix or "models.Index", arguments, tuple(keywords))
        if index.method != "btree":
            keywords.append(("method", Text(index.method)))
        if index.storage:
            pairs = (parameter.split("=", 1) for parameter in index.storage)
            keywords.append(
                ("storage", Dict(tuple((Text(name), _value(value)) for name, value in pairs)))
            )
        if index.unique:
            keywords.append(("unique", Name("True")))
        return Call("Index", arguments, tuple(keywords))

    def obstacle(self, thing: Index | Exclusion) -> str:
        """Say why Django cannot say an index; "" if it can."""
        named = (key.collation.replace('"', "") for key in thing.keys if key.collation)
        if any(not re.fullmatch(r"[\w-]+", name) for name in named):
            return "Django does not take the name of its collation"
        return ""

    def unique_index(self, index: Index) -> Call:
        """Return a unique index as the UniqueConstraint that makes it."""
        keywords: list[tuple[str, Node]] = []
        arguments: tuple[Node, ...] = ()
        columns = [key.column for key in index.keys]
        plain = all(_is_plain(key, index.method) for key in index.keys)
        if plain and (index.predicate is not None or index.include):
            keywords.append(("fields", self._names(columns)))
        elif plain and len(columns) == 1 and columns[0] in self.referenced:
            # A field that foreign keys refer to must be unique in Django's eyes, which do not see
            # expressions; an operator class makes an index of the constraint just as well.
            keywords.append(("fields", self._names(columns)))
            keywords.append(("opclasses", Items((Text(index.keys[0].opclass or ""),))))
        else:
            arguments = tuple(self._expression(key, index) for key in index.keys)
        keywords.append(("name", Text(index.name)))
        self._options(index, keywords)
        if index.nulls_not_distinct:
            keywords.append(("nulls_distinct", Name("False")))
        return Call("models.UniqueConstraint", arguments, tuple(keywords))

    def unique(self, unique: Unique) -> Call:
        """Return a unique constraint."""
        keywords: list[tuple[str, Node]] = [
            ("fields", self._names(unique.columns)),
            ("name", Text(unique.name)),
        ]
        if unique.include:
            keywords.append(("include", self._names(unique.include)))
        keywords += _deferrable(unique)
        if unique.nulls_not_distinct:
            keywords.append(("nulls_distinct", Name("False")))
        return Call("models.UniqueConstraint", (), tuple(keywords))

    def check(self, check: Check) -> Call:
        """Return a check constraint."""
        return Call(
            "models.CheckConstraint",
            (),
            (
                ("condition", self._condition(check.expression, check.name)),
                ("name", Text(check.name)),
            ),
        )

    def exclusion(self, exclusion: Exclusion) -> Call:
        """Return an exclusion constraint."""
        pairs = []
        for key in exclusion.keys:
            operator: Node = Text(key.operator)
            if key.operator in OPERATORS:
                operator = Name(f"RangeOperators.{OPERATORS[key.operator]}")
            pairs.append(Items((self._expression(key, exclusion), operator), "()"))
        keywords: list[tuple[str, Node]] = [
            ("name", Text(exclusion.name)),
            ("expressions", Items(tuple(pairs))),
        ]
        if exclusion.method != "gist":
            keywords.append(("index_type", Text(exclusion.method)))
        if exclusion.predicate is not None:
            keywords.append(("condition", self._predicate(exclusion.predicate, exclusion.name)))
        if exclusion.include:
            keywords.append(("include", self._names(exclusion.include)))
        keywords += _deferrable(exclusion)
        return Call("ExclusionConstraint", (), tuple(keywords))

    def _names(self, columns: Iterable[str | None]) -> Items:
        return Items(tuple(Text(self.fields[column or ""].name) for column in columns))

    def _condition(self, sql: str, name: str) -> Node:
        return expressions.condition(sql, self.fields, exact=name in self.exact)

    def _predicate(self, sql: str, name: str) -> Node:
        node = self._condition(sql, name)
        # An index takes nothing but Q objects.
        return Call("Q", (node,)) if isinstance(node, Call) and node.function != "Q" else node

    def _options(self, index: Index, keywords: list[tuple[str, Node]]) -> None:
        if index.predicate is not None:
            keywords.append(("condition", self._predicate(index.predicate, index.name)))
        if index.include:
            keywords.append(("include", self._names(index.include)))
        if index.tablespace and not index.unique:
            keywords.append(("db_tablespace", Text(index.tablespace)))

    def _keys(self, index: Index, keywords: list[tuple[str, Node]]) -> tuple[Node, ...]:
        """Add the keys as ``fields`` and ``opclasses``, or return them as expressions."""
        if any(
            key.column is None or key.collation or key.nulls_first != key.descending
            for key in index.keys
        ):
            return tuple(self._expression(key, index) for key in index.keys)
        names = [
            Text(("-" if key.descending else "") + self.fields[key.column or ""].name)
            for key in index.keys
        ]
        keywords.append(("fields", Items(tuple(names))))
        if not all(key.opclass_is_default and not key.opclass_parameters for key in index.keys):
            keywords.append(("opclasses", Items(tuple(Text(_opclass(key)) for key in index.keys))))
        return ()

    def _expression(self, key: IndexKey, thing: Index | Exclusion) -> Node:
        """Return one key as an expression, a bare name where that is all."""
        opclass = not key.opclass_is_default or bool(key.opclass_parameters)
        if key.column is not None:
            node: Node = Text(self.fields[key.column].name)
        else:
            node = self._key_expression(key.expression or "", thing.name)
        if key.collation:
            node = Call("Collate", (_as_expression(node), Text(key.collation.replace('"', ""))))
        if opclass:
            node = Call("OpClass", (_as_expression(node),), (("name", Text(_opclass(key))),))
        if key.descending or key.nulls_first != key.descending:
            options: list[tuple[str, Node]] = []
            if key.descending:
                options.append(("descending", Name("True")))
            if key.descending and not key.nulls_first:
                options.append(("nulls_last", Name("True")))
            if not key.descending and key.nulls_first:
                options.append(("nulls_first", Name("True")))
            node = Call("OrderBy", (_as_expression(node),), tuple(options))
        return node

    def _key_expression(self, sql: str, name: str) -> Node:
        plain = expressions.stripped(sql)
        if (match := CASES.fullmatch(plain)) and name not in self.exact:
            column = match[2] or match[3]
            field = self.fields.get(column)
            if field is not None and field.type.startswith(("text", "character varying")):
                return Call(match[1].capitalize(), (Text(field.name),))
        return expressions.sql_call(sql, self.fields)


def _as_expression(node: Node) -> Node:
    return Call("F", (node,)) if isinstance(node, Text) else node


def _opclass(key: IndexKey) -> str:
    parameters = ", ".join(key.opclass_parameters)
    return (key.opclass or "") + (f"({parameters})" if parameters else "")


def _is_plain(key: IndexKey, method: str) -> bool:
    return (
        key.column is not None
        and key.opclass_is_default
        and not (key.opclass_parameters or key.collation or key.descending or key.nulls_first)
    )


def _value(text: str) -> Node:
    return Name(text) if re.fullmatch(r"\d+(\.\d+)?", text) else Text(text)


def _deferrable(thing: Unique | Exclusion) -> list[tuple[str, Node]]:
    if not thing.deferrable:
        return []
    when = "DEFERRED" if thing.initially_deferred else "IMMEDIATE"
    return [("deferrable", Name(f"models.Deferrable.{when}"))]
