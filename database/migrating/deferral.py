"""Relations of rendered models whose other side is rendered when it is read."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel

from database.migrating.model_states import Key, contributes_as_django, key_of

if TYPE_CHECKING:
    from database.migrating.lazy_apps import LazyStateApps

Model = type[models.Model]


class DeferredRelation:
    """The relation of a field whose other side is not rendered yet.

    Reading what is known only then renders it, and turns this into the relation it is.
    """

    original: type
    __dict__: dict[str, Any]

    @property
    def unresolved(self) -> Key | None:
        """The model on the other side, if it has been named."""
        target: Key | None = self.__dict__["_deferred_target"]
        return target

    def _keys(self) -> list[Key]:
        names = ("_deferred_target", "_deferred_through")
        return [key for name in names if (key := self.__dict__.get(name)) is not None]

    def _must_wait(self) -> bool:
        apps: LazyStateApps = self.__dict__["_deferred_apps"]
        return any(apps.must_wait_for(key) for key in self._keys())

    def _settle(self) -> None:
        for name in ("_deferred_apps", "_deferred_target", "_deferred_through"):
            self.__dict__.pop(name, None)
        self.__class__ = self.original

    def resolve(self) -> None:
        """Render the model on the other side, and the one between."""
        apps, key = self.__dict__["_deferred_apps"], self.__dict__["_deferred_target"]
        through_key = self.__dict__.get("_deferred_through")
        self._settle()
        found = apps.find(key) if key is not None else None
        through = apps.find(through_key) if through_key is not None else None
        # Where it is a copy of the relation that the field was prepared with.
        if found is not None and isinstance(self.__dict__["model"], str):
            self.__dict__["model"] = found
            if self.__dict__.get("field_name", "") is None:
                self.__dict__["field_name"] = found._meta.pk.name
        if through is not None and isinstance(self.__dict__["through"], str):
            self.__dict__["through"] = through

    @property
    def model(self) -> Any:
        """The model on the other side, rendered; its name while that has to wait."""
        if self._must_wait():
            return self.__dict__["model"]
        self.resolve()
        return self.model

    @model.setter
    def model(self, value: Any) -> None:
        self.__dict__["model"] = value
        if not isinstance(self.__dict__.get("through"), str):
            self._settle()


class _DeferredFieldName(DeferredRelation):
    @property
    def field_name(self) -> Any:
        """The name of the field that a foreign key points to."""
        if self.__dict__["field_name"] is None and not self._must_wait():
            self.resolve()
        return self.__dict__["field_name"]

    @field_name.setter
    def field_name(self, value: Any) -> None:
        self.__dict__["field_name"] = value


class _DeferredThrough(DeferredRelation):
    @property
    def through(self) -> Any:
        """The model between two that are many to many."""
        if self._must_wait():
            return self.__dict__["through"]
        self.resolve()
        return self.through

    @through.setter
    def through(self, value: Any) -> None:
        self.__dict__["through"] = value


FROM_BOTH_SIDES = (
    "m2m_column_name",
    "m2m_reverse_name",
    "m2m_field_name",
    "m2m_reverse_field_name",
    "m2m_target_field_name",
    "m2m_reverse_target_field_name",
)
"""What a many-to-many field gets when the model that it points to is there."""

_deferred_classes: dict[type, type] = {}


def defer(field: Any, model: Model) -> None:
    """Make the relation of a field wait for its other side, if that is not known yet.

    Args:
        field: A field of the model.
        model: A model of a lazy registry.
    """
    relation = getattr(field, "remote_field", None)
    if not isinstance(relation, ForeignObjectRel) or isinstance(relation, DeferredRelation):
        return
    target, through = relation.__dict__.get("model"), relation.__dict__.get("through")
    if not (isinstance(target, str) or isinstance(through, str)):
        return
    apps: Any = model._meta.apps
    if isinstance(relation, models.ManyToManyRel):
        if contributes_as_django(type(field)) and type(relation) is models.ManyToManyRel:
            if not model._meta.managed:
                return  # Whether the table between them is managed depends on both.
            for name in FROM_BOTH_SIDES:
                if name not in vars(field):
                    setattr(field, name, partial(_ask_when_resolved, field, name))
        elif apps.walkable:
            return  # The field may need its other side for anything that is asked of it.
    here = (model._meta.app_label, model._meta.model_name or "")
    relation.__dict__["_deferred_apps"] = apps
    relation.__dict__["_deferred_target"] = key_of(target, here) if target else None
    if isinstance(through, str):
        relation.__dict__["_deferred_through"] = key_of(through, here)
    relation.__class__ = _deferred_class(type(relation))


def _deferred_class(original: type) -> type:
    deferred = _deferred_classes.get(original)
    if deferred is None:
        mixin = DeferredRelation
        if issubclass(original, models.ManyToManyRel):
            mixin = _DeferredThrough
        elif issubclass(original, models.ManyToOneRel):
            mixin = _DeferredFieldName
        body = {"original": original, "__module__": original.__module__}
        deferred = type(original.__name__, (mixin, original), body)
        _deferred_classes[original] = deferred
    return deferred


def _ask_when_resolved(field: Any, name: str) -> Any:
    if isinstance(field.remote_field, DeferredRelation):
        field.remote_field.resolve()
    found = getattr(field, name)
    if isinstance(found, partial) and found.func is _ask_when_resolved:
        raise AttributeError(f"{field} has no {name} before the model it points to is there")
    return found()
