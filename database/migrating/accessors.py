"""The attributes through which a historical model leads to the models that point to it."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import models
from django.db.migrations.state import ModelState
from django.db.models.fields.related import RelatedField
from django.db.models.fields.reverse_related import ManyToManyRel, ManyToOneRel, OneToOneRel

from database.migrating.model_states import (
    Key,
    contributes_as_django,
    frozen_references,
    targets_of,
)


class Accessor(NamedTuple):
    """What a model gets from a model that points to it.

    Attributes:
        target: The model that is pointed to.
        referrer: The model that points to it.
        name: The name of the attribute that the target gets; None if the referrer must be rendered
            to know, or does more to the target than that.
        on_concrete: Whether the attribute of a proxy is set on the model behind it.
    """

    target: Key
    referrer: Key
    name: str | None
    on_concrete: bool = False


def frozen_accessors(state: ModelState) -> tuple[Accessor, ...]:
    """Return what models get from one whose state never changes any more."""
    found = state.__dict__.get("_prodobit_accessors")
    if found is None:
        found = state.__dict__["_prodobit_accessors"] = tuple(_accessors(state))
    return found


def _accessors(state: ModelState) -> Iterator[Accessor]:
    here = (state.app_label, state.name_lower)
    related = frozen_references(state)
    if not is_plain(state) or related.open:
        for target in sorted(related.keys - {here}):
            yield Accessor(target, here, None)
        return
    for field in state.fields.values():
        target = next(targets_of(field, here), here)
        if target == here:
            continue
        if not _relates_as_django(field):
            yield Accessor(target, here, None)
            continue
        name = _accessor_name(state, field)
        if name is not None:
            yield Accessor(target, here, name, not isinstance(field, models.ManyToManyField))


def is_plain(state: ModelState) -> bool:
    """Return whether a model gives others nothing but what its fields do."""
    return not (
        any(isinstance(base, str) or hasattr(base, "_meta") for base in state.bases)
        or state.options.get("order_with_respect_to")
        or state.options.get("swappable")
    )


def _relates_as_django(field: Any) -> bool:
    return (
        isinstance(field, RelatedField)
        and type(field.remote_field) in (ManyToOneRel, OneToOneRel, ManyToManyRel)
        and contributes_as_django(type(field))
    )


def _accessor_name(state: ModelState, field: Any) -> str | None:
    """Return what ``get_accessor_name()`` will return; None for an attribute that is not set."""
    name = field.remote_field.related_name or state.options.get("default_related_name")
    if not name:
        return state.name_lower + ("_set" if field.remote_field.multiple else "")
    name %= {
        "class": state.name_lower,
        "model_name": state.name_lower,
        "app_label": state.app_label.lower(),
    }
    return None if name.endswith("+") else str(name)


class Placeholder:
    """Stands for an attribute until the model that brings it is rendered.

    Args:
        holder: The model that has the attribute.
        name: Its name.
        render: What renders the other model, and so puts the attribute in place of this.
    """

    def __init__(self, holder: type[models.Model], name: str, render: Callable[[], None]) -> None:
        self.holder = holder
        self.name = name
        self._render = render

    def remove(self) -> None:
        """Take this away, if it is still there."""
        if vars(self.holder).get(self.name) is self:
            delattr(self.holder, self.name)

    def _resolve(self) -> None:
        self._render()
        self.remove()

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Read the attribute."""
        self._resolve()
        return getattr(owner if instance is None else instance, self.name)

    def __set__(self, instance: Any, value: Any) -> None:
        """Write the attribute."""
        self._resolve()
        setattr(instance, self.name, value)
