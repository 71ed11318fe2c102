"""Models → the text of Python modules."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from database import fields

from . import layout, naming
from .layout import Items, Name, Node, Text
from .model import Choices, Model
from .types import NULL_STRINGS, EnumClass

IMPORTS = {
    **dict.fromkeys(
        (
            "ArrayField",
            "BigIntegerRangeField",
            "DateRangeField",
            "DateTimeRangeField",
            "DecimalRangeField",
            "HStoreField",
            "IntegerRangeField",
            "RangeOperators",
        ),
        "django.contrib.postgres.fields",
    ),
    **dict.fromkeys(
        ("BrinIndex", "GinIndex", "GistIndex", "HashIndex", "OpClass", "SpGistIndex"),
        "django.contrib.postgres.indexes",
    ),
    **dict.fromkeys(("SearchQueryField", "SearchVectorField"), "django.contrib.postgres.search"),
    **dict.fromkeys(("Collate", "Lower", "Upper"), "django.db.models.functions"),
    **dict.fromkeys(("F", "OrderBy", "Q"), "django.db.models"),
    **dict.fromkeys(("Condition", "SQL", "TransactionStart"), "database.functions"),
    **dict.fromkeys(fields.__all__, "database.fields"),
    "Decimal": "decimal",
    "ExclusionConstraint": "django.contrib.postgres.constraints",
    "Index": "database.indexes",
    "migrations": "django.db",
    "models": "django.db",
    "DatabaseObject": "database.operations",
    "RemoveObject": "database.operations",
}
ORDER_BY_MODULE = {"OrderBy": "django.db.models.expressions"}
SECTIONS = ("decimal",), ("django",), ("database",), (".",)


def imports(used: Iterable[str], own: Iterable[tuple[str, str]] = ()) -> str:
    """Return the import statements for the names that a module uses.

    Args:
        used: All names that occur in it; those that need no import are passed over.
        own: Pairs of a module of the app, ``.choices``, and a name.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for name in used:
        module = ORDER_BY_MODULE.get(name) or IMPORTS.get(name)
        if module:
            found[module].add(name)
    for module, name in own:
        found[module].add(name)
    sections = []
    for roots in SECTIONS:
        lines = [
            _import(module, found[module])
            for module in sorted(found)
            if module.split(".")[0] in roots or (module.startswith(".") and roots == (".",))
        ]
        if lines:
            sections.append("\n".join(lines))
    return "\n\n".join(sections)


def _import(module: str, found: Collection[str]) -> str:
    ordered = sorted(found, key=_import_order)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= layout.WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in ordered) + ")"


type Natural = tuple[str | int, ...]


def _import_order(name: str) -> tuple[int, Natural, Natural]:
    """Return what Ruff sorts the names of an import by."""
    return _category(name), _natural(name.lower()), _natural(name)


def _export_order(name: str) -> tuple[int, Natural]:
    """Return what Ruff sorts ``__all__`` by."""
    return _category(name), _natural(name)


def _category(name: str) -> int:
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[:1].isupper() else 2


def _natural(name: str) -> Natural:
    """Part a name so that its numbers are compared as numbers."""
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", name))


def module(
    docstring: str,
    models: Sequence[Model],
    enums: Sequence[EnumClass] = (),
    own_imports: Iterable[tuple[str, str]] = (),
) -> str:
    """Return the text of a module of models, with the enum classes that it defines."""
    used = {"models"} | used_names(models)
    parts = [enum_class(enum.name, enum.members, f"Values of the type {enum.type}.")
             for enum in enums]  # fmt: skip
    parts += [model_class(model) for model in models]
    return _text(docstring, imports(used, own_imports), parts, null_strings=_null_strings(models))


def used_names(models: Iterable[Model]) -> set[str]:
    """Return all names that the models use, those that need no import too."""
    used: set[str] = set()
    for model in models:
        nodes: list[Node] = [call for _, call in model.fields]
        nodes += [*model.indexes, *model.constraints, *(value for _, value in model.options)]
        for node in nodes:
            used |= layout.names(node)
    return used


def package(docstring: str, names: Sequence[tuple[str, str]]) -> str:
    """Return the text of ``models/__init__.py``: it imports all that the modules define."""
    exported = sorted((name for _, name in names), key=_export_order)
    lines = "\n".join(f'    "{name}",' for name in exported)
    return f'"""{docstring}"""\n\n{imports((), names)}\n\n__all__ = [\n{lines}\n]\n'


def choices_module(enums: Sequence[EnumClass]) -> str:
    """Return the text of a module of nothing but enum classes."""
    parts = [enum_class(enum.name, enum.members, f"Values of the type {enum.type}.")
             for enum in enums]  # fmt: skip
    return _text("Values of the enum types.", "from django.db import models", parts)


def _text(
    docstring: str, imported: str, parts: Iterable[str], *, null_strings: bool = False
) -> str:
    body = "\n\n\n".join(parts)
    reasons = []
    if null_strings:
        reasons.append("DJ001")
    head = ""
    if not body.isascii():
        reasons += ["RUF001", "RUF002", "RUF003", "RUF100"]
    if reasons:
        head = f"# ruff: noqa: {', '.join(reasons)}\n"
        if null_strings:
            head = f"# The database has NULL in texts.\n{head}"
    return f'{head}"""{docstring}"""\n\n{imported}\n\n\n{body}\n'


def _null_strings(models: Iterable[Model]) -> bool:
    return any(
        call.function in NULL_STRINGS and ("null", Name("True")) in call.keywords
        for model in models
        for _, call in model.fields
    )


def enum_class(name: str, members: Iterable[tuple[str, str]], docstring: str) -> str:
    """Return the text of a ``TextChoices``."""
    lines = [f"class {name}(models.TextChoices):", f'    """{_plain(docstring)}"""', ""]
    lines += [layout.render(Text(value), 4, f"{member} = ") for member, value in members]
    return "\n".join(lines)


def model_class(model: Model) -> str:
    """Return the text of one model."""
    table = model.plan.table
    lines = [f"class {model.plan.name}(models.Model):", f'    """{_docstring(model)}"""', ""]
    for choices in model.choices:
        lines += [_nested(choices), ""]
    lines += [layout.render(call, 4, f"{name} = ") for name, call in model.fields]
    lines += ["", "    class Meta:"]
    lines += [layout.render(value, 8, f"{name} = ") for name, value in model.options]
    if model.indexes:
        lines.append(_list("indexes", model.indexes))
    if model.constraints:
        lines.append(_list("constraints", model.constraints))
    lines += ["", "    def __str__(self) -> str:"]
    if model.title:
        lines.append(f"        return self.{model.title}")
    else:
        word = naming.singular_snake(table.name.name).replace("_", " ") or "row"
        lines.append(f'        return f"{word} {{self.pk}}"')
    return "\n".join(lines)


def _list(name: str, items: Sequence[Node]) -> str:
    """Write one element to a line even where one line would do: it will grow."""
    line = layout.render(Items(tuple(items)), 8, f"{name} = ")
    if len(items) > 1 and "\n" not in line:
        body = [layout.render(item, 12, "", ",") for item in items]
        return "\n".join([f"        {name} = [", *body, "        ]"])
    return line


def _nested(choices: Choices) -> str:
    lines = [f"    class {choices.name}(models.TextChoices):"]
    lines += [layout.render(Text(value), 8, f"{member} = ") for member, value in choices.members]
    return "\n".join(lines)


def _docstring(model: Model) -> str:
    table = model.plan.table
    comment = (table.comment or "").strip().split("\n")[0].strip()
    if comment and len(comment) <= 85 and _plain(comment) == comment:
        return comment if comment.endswith((".", "!", "?")) else f"{comment}."
    return f"One row of {_plain(str(table.name))}."


def _plain(text: str) -> str:
    return re.sub(r'[\\"]|[^\S ]', "", "".join(c for c in text if c.isprintable()))
