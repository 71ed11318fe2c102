"""Types of PostgreSQL → fields: which class, with which arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .layout import Call, Items, Name, Node, Text

PLAIN = {
    "bigint": "models.BigIntegerField",
    "boolean": "models.BooleanField",
    "bytea": "models.BinaryField",
    "character varying": "models.CharField",
    "citext": "CITextField",
    "date": "models.DateField",
    "daterange": "DateRangeField",
    "double precision": "models.FloatField",
    "hstore": "HStoreField",
    "inet": "models.GenericIPAddressField",
    "int4range": "IntegerRangeField",
    "int8range": "BigIntegerRangeField",
    "integer": "models.IntegerField",
    "interval": "models.DurationField",
    "json": "JSONTextField",
    "jsonb": "models.JSONField",
    "numeric": "models.DecimalField",
    "numrange": "DecimalRangeField",
    "real": "RealField",
    "smallint": "models.SmallIntegerField",
    "text": "models.TextField",
    "time without time zone": "models.TimeField",
    "timestamp with time zone": "models.DateTimeField",
    "timestamp without time zone": "LocalDateTimeField",
    "tsquery": "SearchQueryField",
    "tstzrange": "DateTimeRangeField",
    "tsvector": "SearchVectorField",
    "uuid": "models.UUIDField",
}
PRECISE = {
    "time without time zone": "PreciseTimeField",
    "timestamp with time zone": "PreciseDateTimeField",
    "timestamp without time zone": "LocalDateTimeField",
}
NULL_STRINGS = frozenset(("models.CharField", "models.TextField"))
"""Fields of which Ruff's DJ001 says that they should not be null."""
WRITTEN = re.compile(
    r"(?P<base>[a-z][a-z ]*?)(?:\((?P<modifiers>-?[\d,-]+)\))?(?P<zone> with(?:out)? time zone)?"
)


@dataclass(frozen=True, slots=True)
class EnumClass:
    """The class of choices of an enum type.

    Attributes:
        type: Name of the type as ``format_type()`` writes it.
        name: Name of the class.
        members: Names of the members and their values, in order.
    """

    type: str
    name: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Types:
    """What is known of the types that are not PostgreSQL's own, by what format_type() writes."""

    enums: Mapping[str, EnumClass] = field(default_factory=dict)
    domains: Mapping[str, str] = field(default_factory=dict)

    def base(self, type_: str) -> str:
        """Return the type that a domain is based on in the end; any other type as it is."""
        while type_ in self.domains:
            type_ = self.domains[type_]
        return type_


def call(type_: str, types: Types, *, migration: bool = False) -> tuple[str, dict[str, Node]]:
    """Return the class of a field for a type, and the arguments that the type asks for.

    Args:
        type_: As ``format_type()`` writes it.
        types: What is known of the database's own types.
        migration: Whether the code is for a migration, where choices are written out.
    """
    if type_.endswith("[]"):
        function, arguments = call(type_[:-2], types, migration=migration)
        return "ArrayField", {"base_field": as_call(function, arguments)}
    if type_ in types.enums:
        enum = types.enums[type_]
        return "EnumField", {"enum": enum_node(enum, migration=migration), "type": Text(type_)}
    if type_ in types.domains:
        function, arguments = call(types.domains[type_], types, migration=migration)
        return "DomainField", {"base_field": as_call(function, arguments), "domain": Text(type_)}
    bare = type_.rpartition(".")[2]
    if bare in ("citext", "hstore") and bare != type_:
        # The extension lies outside of the search path; Django's own field would not find it.
        return "TypeField", {"type": Text(type_)}
    return _built_in(type_)


def _built_in(type_: str) -> tuple[str, dict[str, Node]]:
    other: tuple[str, dict[str, Node]] = ("TypeField", {"type": Text(type_)})
    match = WRITTEN.fullmatch(type_)
    if match is None:
        return other
    base = match["base"] + (match["zone"] or "")
    modifiers = [int(number) for number in (match["modifiers"] or "").split(",") if number]
    if base.startswith("interval") and (modifiers or base != "interval"):
        arguments: dict[str, Node] = {}
        if fields := base.removeprefix("interval").strip():
            arguments["fields"] = Text(fields)
        if modifiers:
            arguments["precision"] = Name(str(modifiers[0]))
        return "IntervalField", arguments
    if base == "character" and len(modifiers) == 1:
        return "CharacterField", {"max_length": Name(str(modifiers[0]))}
    if base not in PLAIN:
        return other
    if not modifiers:
        return PLAIN[base], {}
    if base in PRECISE:
        return PRECISE[base], {"precision": Name(str(modifiers[0]))}
    if base == "character varying":
        return PLAIN[base], {"max_length": Name(str(modifiers[0]))}
    if base == "numeric" and 0 <= modifiers[1] <= modifiers[0]:
        return PLAIN[base], {
            "max_digits": Name(str(modifiers[0])),
            "decimal_places": Name(str(modifiers[1])),
        }
    return other


def as_call(function: str, arguments: Mapping[str, Node]) -> Call:
    """Return the call, with an array's or a domain's base as its first argument."""
    keywords = dict(arguments)
    positional: list[Node] = []
    for name in ("base_field", "enum"):
        if name in keywords:
            positional.append(keywords.pop(name))
    return Call(function, tuple(positional), tuple(keywords.items()))


def enum_node(enum: EnumClass, *, migration: bool) -> Node:
    """Return the first argument of an EnumField: its class, or what a migration keeps of it."""
    if not migration:
        return Name(enum.name)
    pairs = tuple(Items((Text(name), Text(value)), "()") for name, value in enum.members)
    return Items(pairs)
