"""What ALTER COLUMN … TYPE means for the rows, by the types alone.

PostgreSQL rewrites the table unless the cast is none: the two types are stored alike, and the new
modifier allows everything that the old one did.
https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from database.schema import normalize
from database.schema.facts import base_type, keeps_every_value, modifiers

_TEXTS = ("text", "character varying", "citext")
# Stored alike, by casts WITHOUT FUNCTION in pg_cast.
_SAME = {("cidr", "inet"), ("xml", "text"), ("xml", "character varying")}
_ZONES = ("timestamp without time zone", "timestamp with time zone")
_LENGTHS = ("character varying", "bit varying")


@dataclass(frozen=True, slots=True)
class TypeChange:
    """What a change of type does.

    Attributes:
        rewrites: Whether the table is rewritten, with all its indexes.
        reindexes: Whether the column's indexes are built anew though the table is not rewritten.
        loses: What becomes of values that do not fit: one sentence, or "" if all fit.
        silently: Whether such values are changed without an error.
    """

    rewrites: bool
    reindexes: bool = False
    loses: str = ""
    silently: bool = False


def judge(old: str, new: str, using: str = "", *, utc: bool = True) -> TypeChange:
    """Tell what changing a column's type does.

    Args:
        old: The type as ``format_type()`` writes it.
        new: The new one, likewise.
        using: SQL behind USING, or "".
        utc: Whether the session's time zone is UTC, in which a timestamp is stored alike with and
            without time zone.
    """
    if using and not _only_casts(using, new):
        return TypeChange(True, loses="The values become what USING says.", silently=True)
    if old == new:
        return TypeChange(False)
    rewrites = not _stored_alike(old, new, utc)
    loses, silently = _loss(old, new, using)
    before, after = base_type(old), base_type(new)
    pattern = "citext" in (before, after) or {before, after} == set(_ZONES)
    reindexes = not rewrites and before != after and (pattern or (before, after) in _SAME)
    return TypeChange(rewrites, reindexes, loses, silently)


def _only_casts(using: str, new: str) -> bool:
    """Tell whether USING is what PostgreSQL would do by itself: ``"name"::text``."""
    name, cast, type_ = using.strip().rpartition("::")
    plain = re.fullmatch(r'"(?:[^"]|"")+"|\w+', name.strip())
    return bool(cast and plain) and normalize.column_type(type_) == new


def _stored_alike(old: str, new: str, utc: bool) -> bool:
    if old.endswith("[]") or new.endswith("[]"):
        return False
    before, after = base_type(old), base_type(new)
    had, has = modifiers(old), modifiers(new)
    if before in _TEXTS and after in _TEXTS:
        if not has:
            return True
        return before == after and bool(had) and has >= had
    if (before, after) in _SAME:
        return not has
    if {before, after} == set(_ZONES):
        return utc and _wider(had, has)
    if before != after:
        return False
    if before == "numeric":
        if not has:
            return True
        return bool(had) and had[1:] == has[1:] and has[0] >= had[0]
    if before in _LENGTHS:
        return not has or (bool(had) and has >= had)
    if before.startswith(("timestamp", "time", "interval")):
        return _wider(had, has)
    return False


def _wider(had: tuple[int, ...], has: tuple[int, ...]) -> bool:
    """Tell whether a precision allows what another does; none is the greatest, 6."""
    return (has or (6,)) >= (had or (6,))


def _loss(old: str, new: str, using: str) -> tuple[str, bool]:
    if keeps_every_value(old, new):
        return "", False
    before, after = base_type(old), base_type(new)
    limit = modifiers(new)
    if before in (*_TEXTS, "character") and after in ("character varying", "character"):
        if not limit:
            return "", False
        if using:
            return f"Values are cut off behind {limit[0]} characters, without an error.", True
        return f"It fails if a value is longer than {limit[0]} characters.", False
    if before == after == "numeric":
        if _scale(limit) < _scale(modifiers(old)) or not modifiers(old):
            return "Digits behind the point are rounded off, without an error.", True
        return "It fails if a number has too many digits.", False
    if {before, after} == set(_ZONES):
        return "", False
    if before == after:
        return "Values may be rounded or cut, without an error.", True
    if before in ("smallint", "integer", "bigint") and after in ("smallint", "integer"):
        return f"It fails if a number does not fit into {after}.", False
    if before in ("text", "character varying", "citext", "character"):
        return f"It fails if a value cannot be read as {after}.", False
    return f"Values may change or fail when they are cast to {after}.", True


def _scale(numbers: tuple[int, ...]) -> int:
    return numbers[1] if len(numbers) > 1 else 0
