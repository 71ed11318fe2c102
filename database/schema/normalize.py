"""One form for one meaning: names and types, as PostgreSQL itself would write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

IDENTIFIER_BYTES = 63
"""NAMEDATALEN - 1: PostgreSQL cuts longer identifiers off, between characters."""

MAXIMA = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
"""The greatest value of the types that a sequence can have."""

_ALIASES = {
    "bool": "boolean",
    "char": "character",
    "dec": "numeric",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "national char": "character",
    "national char varying": "character varying",
    "national character": "character",
    "national character varying": "character varying",
    "nchar": "character",
    "nchar varying": "character varying",
    "char varying": "character varying",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
    "varchar": "character varying",
    "smallserial": "smallint",
    "serial2": "smallint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
}
_BUILT_IN = frozenset(_ALIASES.values()) | {
    *("bit", "bit varying", "box", "bytea", "cidr", "circle", "date", "inet", "interval", "json"),
    *("jsonb", "jsonpath", "line", "lseg", "macaddr", "macaddr8", "money", "oid", "path"),
    *("pg_lsn", "point", "polygon", "regclass", "text", "tsquery", "tsvector", "uuid", "xml"),
    *("daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange"),
    *("datemultirange", "int4multirange", "int8multirange", "nummultirange", "tsmultirange"),
    "tstzmultirange",
}
_SERIALS = frozenset(("smallserial", "serial2", "serial", "serial4", "bigserial", "serial8"))

_ARRAY = re.compile(r"(?:\s*\[\s*\d*\s*\]|\s+array(?:\s*\[\s*\d*\s*\])?)+$", re.IGNORECASE)
_NULL = re.compile(r'NULL(::[\w ."]+(\(.*\))?(\[\])*)?', re.IGNORECASE)
_MODIFIERS = re.compile(r"\s*\(([^()]*)\)\s*")


def is_null(sql: str) -> bool:
    """Tell whether a default is nothing but NULL, of whatever type."""
    return _NULL.fullmatch(sql) is not None


def cut(name: str) -> str:
    """Cut an identifier at 63 bytes, as PostgreSQL does (never inside a character).

    https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS
    """
    if len(name) * 4 <= IDENTIFIER_BYTES or len(name.encode()) <= IDENTIFIER_BYTES:
        return name
    return name.encode()[:IDENTIFIER_BYTES].decode(errors="ignore")


def identifiers(name: str) -> tuple[str, ...]:
    """Return the identifiers that ``name`` stands for once Django has quoted it.

    Django writes ``"`` + name + ``"`` and leaves a name alone that has its quotes already; so
    ``other"."thing`` and ``"other"."thing"`` are both ``other.thing``, and a quote inside a name is
    doubled by whoever wrote it.
    """
    if '"' not in name:
        return (cut(name),)
    quoted = name if name.startswith('"') and name.endswith('"') and len(name) > 1 else f'"{name}"'
    parts: list[str] = []
    for part in re.findall(r'"((?:[^"]|"")*)"', quoted):
        parts.append(cut(part.replace('""', '"')))
    return tuple(parts)


def identifier(name: str) -> str:
    """Return the last of :func:`identifiers`: the name without a schema."""
    return identifiers(name)[-1]


def is_serial(type_text: str) -> bool:
    """Whether a declared type is one of the pseudo types ``serial``, ``bigserial``, …"""
    return type_text.strip().lower() in _SERIALS


@lru_cache(maxsize=4096)
def column_type(text: str) -> str:
    """Return a declared type as ``format_type()`` would write it.

    Exact for all types of PostgreSQL itself; the name of any other type is only folded to lower
    case where it is not quoted, and its modifiers lose their spaces (:func:`is_exact` tells which
    it was). Dimensions and sizes of arrays are dropped, as PostgreSQL does not keep them.

    https://www.postgresql.org/docs/current/datatype.html
    """
    text = text.strip()
    array = _ARRAY.search(text)
    if array:
        text = text[: array.start()].rstrip()
    base, modifiers = _parse_type(text)
    return _written(base, modifiers) + ("[]" if array else "")


@lru_cache(maxsize=4096)
def is_exact(text: str) -> bool:
    """Whether :func:`column_type` knows the type, so that a different text is a different type."""
    base = text.strip()
    base = _ARRAY.sub("", base).rstrip()
    base, _ = _parse_type(base)
    base = _ALIASES.get(base, base)
    return base in _BUILT_IN or base in ("float", "bpchar", '"char"') or base.startswith("interval")


def _parse_type(text: str) -> tuple[str, str]:
    """Split a type into its name (folded to lower case outside of quotes) and its modifiers."""
    folded = "".join(
        part if part.startswith('"') else re.sub(r"\s+", " ", part.lower())
        for part in re.findall(r'"(?:[^"]|"")*"|[^"]+', _outside_modifiers(text))
    )
    modifiers = _MODIFIERS.search(text)
    found = modifiers.group(1) if modifiers else ""
    if modifiers:
        folded = re.sub(r" ?\x00 ?", " ", folded)
    base = re.sub(r" ?\. ?", ".", folded.strip())
    base = re.sub(r'"([a-z_][a-z0-9_]*)"(?!\Z)|(?<=\.)"([a-z_][a-z0-9_]*)"\Z', r"\1\2", base)
    return base.removeprefix("pg_catalog."), re.sub(r"\s*,\s*", ",", found.strip())


def _outside_modifiers(text: str) -> str:
    return _MODIFIERS.sub("\x00", text, count=1)


def _written(base: str, modifiers: str) -> str:
    if base.startswith(("timestamp", "time")) and (zone := re.fullmatch(
        r"(timestamp|time)(tz)?( with time zone| without time zone)?", base
    )):  # fmt: skip
        word, short, suffix = zone.groups()
        precision = f"({modifiers})" if modifiers else ""
        if short or suffix == " with time zone":
            return f"{word}{precision} with time zone"
        return f"{word}{precision} without time zone"
    if base == "float":
        return "real" if modifiers and int(modifiers) <= 24 else "double precision"
    if base.startswith("interval "):
        return f"{base}({modifiers})" if modifiers else base
    name = _ALIASES.get(base, base)
    if not modifiers:
        return f"{name}(1)" if name in ("character", "bit") else name
    if name == "bpchar":
        name = "character"
    if name == "numeric" and "," not in modifiers:
        modifiers += ",0"
    return f"{name}({modifiers})"


def quote(name: str) -> str:
    """Quote an identifier the way PostgreSQL's own ``quote_ident()`` does for plain names."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return text as an SQL string constant (``standard_conforming_strings`` on, as always)."""
    escape = "E" if "\\" in text else ""
    return escape + "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def storage(parameters: Iterable[str]) -> tuple[str, ...]:
    """Return storage parameters (``fillfactor = 70``) as ``pg_class.reloptions`` keeps them."""
    return tuple(sorted(re.sub(r"\s*=\s*", "=", parameter.strip()) for parameter in parameters))
