"""Everything about historical models that two ways to render them must agree on."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.fields.related_descriptors import (
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)


def of_field(field: Any) -> tuple[Any, ...]:
    """Return what there is to know of a field of a rendered model."""
    _, path, args, kwargs = field.deconstruct()
    relation = field.remote_field
    return (
        field.name,
        path,
        repr(args),
        repr(sorted(kwargs.items(), key=lambda item: item[0])),
        getattr(field, "column", None),
        field.model._meta.label,
        field.primary_key,
        *(_of_relation(field, relation) if relation else ()),
    )


def _of_relation(field: Any, relation: Any) -> tuple[Any, ...]:
    through = getattr(relation, "through", None)
    return (
        type(relation).__module__,
        type(relation).__name__,
        relation.model._meta.label,
        field.related_model._meta.label,
        relation.related_name,
        relation.get_accessor_name(),
        relation.hidden,
        getattr(relation, "field_name", None),
        through and (through._meta.label, through._meta.db_table, through._meta.managed),
        [target.name for _, target in getattr(field, "related_fields", [])],
        field.m2m_reverse_field_name() if through else None,
    )


def of_relations(model: type[models.Model]) -> list[tuple[Any, ...]]:
    """Return the relations that lead to a model, in their order."""
    return [
        (relation.related_model._meta.label, relation.field.name, relation.get_accessor_name())
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
    ]


def of_accessors(model: type[models.Model]) -> dict[str, tuple[str, str]]:
    """Return the attributes that lead to rows which point to a model's, by their names."""
    found = {}
    for name in sorted(vars(model)):
        value = None if name.startswith("_") else getattr(model, name, None)
        if isinstance(value, ReverseManyToOneDescriptor | ReverseOneToOneDescriptor):
            relation = getattr(value, "related", None) or value.rel
            found[name] = (type(value).__name__, relation.related_model._meta.label)
    return found


def of_model(model: type[models.Model]) -> dict[str, Any]:
    """Return what there is to know of a rendered model, but for what leads to it."""
    options = model._meta
    return {
        "label": options.label,
        "bases": [getattr(getattr(b, "_meta", None), "label", b.__name__) for b in model.__bases__],
        "parents": [parent._meta.label for parent in options.parents],
        "fields": [of_field(f) for f in options.local_fields],
        "all_fields": [f.name for f in options.fields],
        "many_to_many": [of_field(f) for f in options.local_many_to_many],
        "private": [f.name for f in options.private_fields],
        "options": {
            # The order of a set that was copied is not that of the set.
            name: repr(sorted(options.unique_together) if name == "unique_together"
                       else getattr(options, name))
            for name in (
                "db_table", "ordering", "unique_together", "indexes", "constraints", "managed",
                "proxy", "swappable", "swapped", "permissions", "verbose_name", "db_table_comment",
                "verbose_name_plural", "get_latest_by", "default_related_name", "auto_created",
            )
        },
        "order_with_respect_to": getattr(options.order_with_respect_to, "name", None),
        "managers": [(manager.name, type(manager).__name__) for manager in options.managers],
    }  # fmt: skip


def of_registry(apps: Any) -> dict[str, Any]:
    """Return what there is to know of all models of a registry."""
    found = {}
    for model in apps.get_models(include_auto_created=True, include_swapped=True):
        # Django renders related models in the order of a set, so that what leads to a model comes
        # in any order. It also leaves the accessors of deleted models on the class.
        relations = sorted(of_relations(model), key=repr)
        found[model._meta.label] = {
            **of_model(model),
            "relations": relations,
            "accessors": [hasattr(model, accessor or "") for _, _, accessor in relations],
        }
    return found


def of_state(state: Any) -> dict[Any, Any]:
    """Return what there is to know of the model states of a project state."""
    return {
        key: (
            each.name,
            {name: repr(field.deconstruct()[1:]) for name, field in each.fields.items()},
            repr(sorted(each.options.items(), key=lambda item: item[0])),
            each.bases,
            [name for name, _ in each.managers],
        )
        for key, each in state.models.items()
    }
