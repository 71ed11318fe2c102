"""Names and options of columns, enum types and sequences, as Python and Django want them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from database.schema.state import Column, SequenceOptions, TableName

from . import naming
from .types import EnumClass


def members(values: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Name the members of a class of choices."""
    taken: set[str] = set()
    found = []
    for value in values:
        name = naming.member_name(value, taken)
        taken.add(name)
        found.append((name, value))
    return tuple(found)


def enum_classes(
    enums: Mapping[str, tuple[str, ...]], taken: Collection[str]
) -> dict[str, EnumClass]:
    """Name the classes of choices of enum types.

    Args:
        enums: Labels by the type's name as ``format_type()`` writes it.
        taken: Names of models in lower case.
    """
    found: dict[str, EnumClass] = {}
    used = set(taken)
    # What a bare name finds comes first, so that it keeps that name.
    for type_, labels in sorted(enums.items(), key=lambda item: ("." in item[0], item[0])):
        name = naming.choices_name(unquoted(type_), _schema(type_), used)
        used.add(name.lower())
        found[type_] = EnumClass(type_, name, members(labels))
    return found


def _schema(name: str) -> str:
    """Return the schema in a name as format_type() writes it; "" if there is none."""
    match = re.match(r'(?:"((?:[^"]|"")*)"|([^".]+))\.', name)
    return (match[1] or match[2]).replace('""', '"') if match else ""


def fit(column: Column, texts: tuple[str, ...]) -> bool:
    """Tell whether a column is long enough for all of the texts."""
    length = column.type.partition("(")[2].rstrip(")")
    return not length.isdigit() or max(map(len, texts)) <= int(length)


def collation(name: str) -> str:
    """Return the name of a collation, qualified or not, as Django must be told it."""
    parts = re.findall(r'"(?:[^"]|"")*"|[^".]+', name) if "." in name else [name]
    return '"."'.join(part.strip('"') for part in parts)


def identifier(name: str) -> str:
    """Return a name as Django must be told it: quotes inside of it are doubled."""
    return name.replace('"', '""')


def unquoted(name: str) -> str:
    """Return the last identifier of a name as format_type() writes it."""
    if name.endswith('"'):
        return str(re.findall(r'"((?:[^"]|"")*)"', name)[-1]).replace('""', '"')
    return name.rpartition(".")[2]


def generated_name(table: str, column: str, ending: str) -> str:
    """Return the name that PostgreSQL makes of a table, a column if any, and an ending.

    It cuts the longer of the two until all fits into 63 bytes (makeObjectName()).
    """
    room = 63 - len(ending.encode()) - (2 if column else 1)
    first, second = table.encode(), column.encode()
    one, two = len(first), len(second)
    while one + two > room:
        if one > two:
            one -= 1
        else:
            two -= 1
    parts = (first[:one].decode(errors="ignore"), second[:two].decode(errors="ignore"), ending)
    return "_".join(part for part in parts if part)


def serial_sequence(table: TableName, column: str) -> str:
    """Return the name that PostgreSQL gives to the sequence of a serial column."""
    return generated_name(table.name, column, "seq")


def sequence_options(options: SequenceOptions, type_: str) -> str:
    """Return the options of an identity's sequence that are not PostgreSQL's defaults."""
    top = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}[type_]
    up = options.increment > 0
    minimum, maximum = (1, top) if up else (-top - 1, -1)
    parts = []
    if options.start != (options.minimum if up else options.maximum):
        parts.append(f"START WITH {options.start}")
    if options.increment != 1:
        parts.append(f"INCREMENT BY {options.increment}")
    if options.minimum != minimum:
        parts.append(f"MINVALUE {options.minimum}")
    if options.maximum != maximum:
        parts.append(f"MAXVALUE {options.maximum}")
    if options.cache != 1:
        parts.append(f"CACHE {options.cache}")
    if options.cycle:
        parts.append("CYCLE")
    return " ".join(parts)
