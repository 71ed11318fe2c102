"""Indexes and constraints of a migration history that name fields by what they were called once.

A state of the history keeps an index as it was added. When its field is renamed later, PostgreSQL's
index follows and the state's does not; when the field is removed, PostgreSQL's index goes with the
column and the state's stays. Django never looks, as the next operation that makemigrations writes
corrects the state.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,no-any-return"

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Q
from django.db.models.constants import LOOKUP_SEP

OPTIONS = ("indexes", "constraints")
NAMES = "_prodobit_names"
"""Where an index or constraint keeps today's names of its fields, or None if it is gone."""

type Renaming = Callable[[str], str]


class TrackingState(ProjectState):
    """A project state whose indexes and constraints remember what became of their fields.

    To everything else they are what they were: equal to, and deconstructed as, those of Django's.
    """

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str) -> None:
        """Rename a field."""
        super().rename_field(app_label, model_name, old_name, new_name)
        _follow(self.models[app_label, model_name], old_name, new_name)

    def remove_field(self, app_label: str, model_name: str, name: str) -> None:
        """Remove a field."""
        super().remove_field(app_label, model_name, name)
        _follow(self.models[app_label, model_name], name, None)

    def rename_index(
        self, app_label: str, model_name: str, old_index_name: str, new_index_name: str
    ) -> None:
        """Rename an index."""
        before = self.models[app_label, model_name].options["indexes"]
        super().rename_index(app_label, model_name, old_index_name, new_index_name)
        now = self.models[app_label, model_name].options["indexes"]
        for old, new in zip(before, now, strict=True):
            if old is not new and NAMES in vars(old):
                vars(new)[NAMES] = vars(old)[NAMES]


def _follow(state: ModelState, old_name: str, new_name: str | None) -> None:
    """Note in the indexes and constraints of a model that a field was renamed or removed."""
    for option in OPTIONS:
        followed = []
        for item in state.options.get(option, ()):
            names: dict[str, str] | None = vars(item).get(NAMES, {})
            if names is not None:
                today = {name: names.get(name, name) for name in _names_of(item)}
                change = {old_name: new_name, f"{old_name}_id": new_name and f"{new_name}_id"}
                if not change.keys().isdisjoint(today.values()):
                    item = copy.copy(item)
                    moved = {name: change.get(last, last) for name, last in today.items()}
                    vars(item)[NAMES] = None if None in moved.values() else moved
            followed.append(item)
        if followed:
            state.options[option] = followed


def settle(state: ModelState) -> None:
    """Make the indexes and constraints of a model state those that its table has.

    Args:
        state: A model state that nobody else uses; its options are changed.
    """
    for option in OPTIONS:
        if option in state.options:
            state.options[option] = [
                _renamed(item, vars(item)[NAMES]) if NAMES in vars(item) else item
                for item in state.options[option]
                if vars(item).get(NAMES, {}) is not None
            ]
    together = state.options.get("unique_together")
    if together:
        known = set(state.fields) | {f"{name}_id" for name in state.fields}
        state.options["unique_together"] = {each for each in together if known.issuperset(each)}


def _names_of(item: Any) -> set[str]:
    """Return the names of the fields in an index or constraint."""
    found: set[str] = set()

    def note(name: str) -> str:
        found.add(name)
        return name

    _arguments(item, note)
    return found


def _renamed(item: Any, names: dict[str, str]) -> Any:
    """Return an index or constraint with other names of fields in it."""
    args, kwargs = _arguments(item, lambda name: names.get(name, name))
    return type(item)(*args, **kwargs)


def _arguments(item: Any, rename: Renaming) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments that make an index or constraint, with its fields renamed."""
    _, args, kwargs = item.deconstruct()
    for key, value in kwargs.items():
        if key in ("fields", "include"):
            kwargs[key] = [_ordered(name, rename) for name in value]
        elif key == "expressions":
            # What an exclusion constraint excludes by: expressions and operators.
            kwargs[key] = [
                (rename(each) if isinstance(each, str) else _expression(each, rename), operator)
                for each, operator in value
            ]
        elif key == "condition":
            kwargs[key] = _expression(value, rename)
    return [_expression(each, rename) for each in args], kwargs


def _ordered(name: str, rename: Renaming) -> str:
    return f"-{rename(name[1:])}" if name.startswith("-") else rename(name)


def _path(path: str, rename: Renaming) -> str:
    name, separator, lookups = path.partition(LOOKUP_SEP)
    return rename(name) + separator + lookups


def _expression(value: Any, rename: Renaming) -> Any:
    """Return a copy of an expression or of a value in one, with the fields in it renamed."""
    copied: Any
    if isinstance(value, F):
        copied = copy.copy(value)
        copied.name = _path(value.name, rename)
    elif isinstance(value, Q):
        copied = copy.copy(value)
        copied.children = [
            (_path(each[0], rename), _expression(each[1], rename))
            if isinstance(each, tuple)
            else _expression(each, rename)
            for each in value.children
        ]
    elif hasattr(value, "get_source_expressions"):
        copied = value.copy()
        copied.set_source_expressions(
            [_expression(each, rename) for each in value.get_source_expressions()]
        )
    else:
        return value
    return copied
