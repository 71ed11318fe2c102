"""A value as the text that stands for it in a migration: Django's, found without its detours.

Django asks up to thirty questions of each value to find who writes it, and collects the imports.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,no-any-return,no-untyped-call"

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from django.db import models
from django.db.migrations.serializer import FunctionTypeSerializer
from django.db.migrations.writer import MigrationWriter

type Writer = Callable[[Any], str]


def written(value: Any) -> str:
    """Return what ``MigrationWriter.serialize()`` writes of a value.

    Raises:
        ValueError: It cannot be written. Other errors are those of whoever made the value.
    """
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is not None:
        return write(value)
    if issubclass(kind, models.Field):
        return _made(*value.deconstruct()[1:])
    return MigrationWriter.serialize(value)[0]


def _tuple(value: Sequence[Any]) -> str:
    inner = ", ".join(map(written, value))
    return f"({inner},)" if len(value) == 1 else f"({inner})"


def _list(value: Sequence[Any]) -> str:
    return f"[{', '.join(map(written, value))}]"


def _dict(value: dict[Any, Any]) -> str:
    inner = [f"{written(key)}: {written(item)}" for key, item in sorted(value.items())]
    return f"{{{', '.join(inner)}}}"


def _function(value: Any) -> str:
    if hasattr(value, "deconstruct"):
        return _deconstructed(value)
    return FunctionTypeSerializer(value).serialize()[0]


def _deconstructed(value: Any) -> str:
    return _made(*value.deconstruct())


def _made(path: str, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Return a call that makes a value."""
    module, name = path.rsplit(".", 1)
    parts = [written(each) for each in args]
    others = {}
    for key, value in sorted(kwargs.items()):
        if key.isidentifier():
            parts.append(f"{key}={written(value)}")
        else:
            others[key] = value
    if others:
        parts.append(f"**{written(others)}")
    return f"{f'models.{name}' if module == 'django.db.models' else path}({', '.join(parts)})"


# By exact type: of what is derived from these, anybody may decide how it is written.
_WRITERS: dict[type, Writer] = {
    **dict.fromkeys((str, int, bool, type(None), bytes), repr),
    tuple: _tuple,
    list: _list,
    dict: _dict,
    FunctionType: _function,
    **dict.fromkeys(
        (
            *(models.Index, models.UniqueConstraint, models.CheckConstraint),
            *(models.Q, models.F, models.Value),
        ),
        _deconstructed,
    ),
}
SIMPLE = frozenset(kind for kind, write in _WRITERS.items() if write is repr)
"""Types of values whose text has no line breaks."""
