"""A project state and its rendered models as plain data, which can be compared."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,no-any-return"

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models
from django.utils.functional import Promise

OPTIONS = (
    *("db_table", "db_tablespace", "db_table_comment", "managed", "proxy", "abstract", "swappable"),
    *("ordering", "unique_together", "constraints", "indexes", "order_with_respect_to"),
    *("get_latest_by", "permissions", "default_permissions", "select_on_save"),
    *("default_related_name", "base_manager_name", "default_manager_name", "auto_created"),
    *("required_db_vendor", "required_db_features", "verbose_name", "verbose_name_plural"),
    *("original_attrs", "label", "swapped", "parents", "concrete_model", "is_composite_pk"),
)
ATTRIBUTES = (
    *("attname", "column", "primary_key", "unique", "null", "blank", "db_index", "db_default"),
    *("default", "editable", "serialize", "choices", "related_model", "concrete", "db_constraint"),
    *("many_to_many", "many_to_one", "one_to_many", "one_to_one", "auto_created", "db_comment"),
    *("swappable", "max_length", "has_null_arg", "from_fields", "to_fields", "validators"),
)
RELATION_ATTRIBUTES = (
    *("model", "field_name", "related_name", "related_query_name", "on_delete", "through"),
    *("through_fields", "limit_choices_to", "parent_link", "multiple", "symmetrical", "hidden"),
    *("db_constraint", "related_model"),
)
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def describe(state: Any) -> dict[str, Any]:
    """Return every model of a state: what the state says of it, and what it is once rendered."""
    apps = state.apps
    # One after the other, before all of them: a registry that renders on demand is asked to.
    for label, name in state.models:
        apps.get_model(label, name)
    found = {
        model._meta.label: _rendered(model)
        for model in apps.get_models(include_auto_created=True, include_swapped=True)
    }
    for each in state.models.values():
        found[f"{each.app_label}.{each.name} (state)"] = {
            "fields": {name: _field(field) for name, field in each.fields.items()},
            "order": list(each.fields),
            "options": plain(each.options),
            "bases": plain(each.bases),
            "managers": [[name, _manager(manager)] for name, manager in each.managers],
        }
    return found


def _rendered(model: Any) -> dict[str, Any]:
    options = model._meta
    every = options.get_fields(include_hidden=True)
    return {
        "fields": {
            f"{kind}.{field.name}": _rendered_field(field)
            for kind in ("local_fields", "local_many_to_many", "private_fields")
            for field in getattr(options, kind)
        },
        "order": [field.name for field in every if not _leads_back(field)],
        # Django finds these in the order of a set.
        "related": sorted(_relation(field) for field in every if _leads_back(field)),
        "pointing here": sorted(
            [field.model._meta.label, field.name] for field in options._relation_tree
        ),
        "options": {name: plain(getattr(options, name)) for name in OPTIONS},
        "managers": [[each.name, _manager(each)] for each in options.managers],
        "default manager": _manager(options.default_manager),
        "base manager": _manager(options.base_manager),
        "bases": [plain(base) for base in model.__mro__],
    }


def _leads_back(field: Any) -> bool:
    return bool(field.auto_created and not field.concrete)


def _relation(relation: Any) -> list[Any]:
    return [
        type(relation).__name__,
        relation.related_model._meta.label,
        relation.field.name,
        str(relation.get_accessor_name()),
        relation.hidden,
    ]


def _rendered_field(field: Any) -> dict[str, Any]:
    found = {
        "class": plain(type(field)),
        "attributes": {name: plain(getattr(field, name, None)) for name in ATTRIBUTES},
        "deconstructed": _field(field),
    }
    if hasattr(field, "db_type"):
        found["type"] = field.db_type(connection)
    if relation := getattr(field, "remote_field", None):
        found["relation"] = {
            "class": plain(type(relation)),
            **{name: plain(getattr(relation, name, None)) for name in RELATION_ATTRIBUTES},
        }
        found["pairs"] = [
            [mine.column, other.model._meta.label, other.column]
            for mine, other in getattr(field, "related_fields", ())
        ]
    return found


def _field(field: Any) -> Any:
    name, path, arguments, options = field.deconstruct()
    return [name, path, plain(arguments), {key: plain(options[key]) for key in sorted(options)}]


def _manager(manager: Any) -> Any:
    return [plain(type(manager)), plain(getattr(manager, "_constructor_args", None))]


def plain(value: Any) -> Any:
    """Return a value as strings, numbers, lists and dictionaries, the same in every process."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(plain, value)]
    if isinstance(value, set | frozenset):
        return ["set", *sorted(map(plain, value), key=str)]
    if isinstance(value, Mapping):
        return ["mapping", *([plain(key), plain(each)] for key, each in value.items())]
    if isinstance(value, type):
        label = f" {value._meta.label}" if hasattr(value, "_meta") else ""
        return f"{value.__module__}.{value.__qualname__}{label}"
    if isinstance(value, functools.partial):
        return ["partial", plain(value.func), plain(value.args), plain(value.keywords)]
    if isinstance(value, Apps):
        return "a registry"  # Ours renders on demand, and is of a class of its own.
    if isinstance(value, models.Field):
        return _field(value)
    if isinstance(value, models.Manager):
        return _manager(value)
    if hasattr(value, "deconstruct"):
        return plain(value.deconstruct())
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    return _ADDRESS.sub("", repr(value))
