"""Making a model of a model state, with copies of its fields that cost less than Django's."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import copy
from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, StateApps

LISTS = ("validators", "_validators")
"""What a field has of its own that may be changed in place."""

_attributes: dict[type, frozenset[str]] = {}


def render(state: ModelState, apps: StateApps) -> type[models.Model]:
    """Do what ``ModelState.render()`` does.

    Django deconstructs every field and makes it anew, which is a third of the work. Fields that are
    nothing but what they were made of are copied.
    """
    if type(state) is not ModelState:
        return state.render(apps)
    view = copy.copy(state)
    view.fields = {name: _Copied(field) for name, field in state.fields.items()}
    return view.render(apps)


class _Copied:
    """Stands for a field while a model is rendered, which only asks it for a copy."""

    __slots__ = ("field",)

    def __init__(self, field: models.Field[Any, Any]) -> None:
        self.field = field

    def clone(self) -> models.Field[Any, Any]:
        return copied(self.field)


def copied(field: models.Field[Any, Any]) -> models.Field[Any, Any]:
    """Return what ``field.clone()`` returns."""
    kind = type(field)
    if kind.__module__ != models.Field.__module__:
        # Relations know their field, files their storage, others anything.
        return field.clone()
    if kind not in _attributes:
        _attributes[kind] = frozenset(vars(field.clone())) | {"validators"}
    if not vars(field).keys() <= _attributes[kind]:
        return field.clone()  # It remembers more than what it was made of.
    found = copy.copy(field)
    attributes = vars(found)
    attributes["name"] = None
    for name in LISTS:
        if name in attributes:
            attributes[name] = attributes[name][:]
    if found.auto_created:
        found.creation_counter = models.Field.auto_creation_counter
        models.Field.auto_creation_counter -= 1
    else:
        found.creation_counter = models.Field.creation_counter
        models.Field.creation_counter += 1
    return found
