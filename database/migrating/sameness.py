"""Whether a model is as the migrations say, told without making a model state of it first."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from operator import itemgetter
from types import FunctionType
from typing import Any

from django.conf import SettingsReference
from django.db import models
from django.db.migrations.state import ModelState
from django.db.models.options import normalize_together
from django.utils.functional import Promise

LEAVES = frozenset(
    (str, int, float, bool, type(None), bytes, Decimal, FunctionType, type, SettingsReference)
)
"""Types of values that are the same if and only if they are equal."""

KNOWN = frozenset((models.Index, models.UniqueConstraint, models.CheckConstraint))

_EVERY = (
    *("_verbose_name", "primary_key", "max_length", "_unique", "blank", "null", "db_index"),
    *("default", "db_default", "editable", "serialize", "_choices", "help_text", "auto_created"),
    *("unique_for_date", "unique_for_month", "unique_for_year", "db_column", "db_comment"),
    *("_db_tablespace", "_error_messages"),
)
_MORE: dict[tuple[str, ...], tuple[type[models.Field[Any, Any]], ...]] = {
    (): (
        *(models.AutoField, models.BigAutoField, models.SmallAutoField, models.BooleanField),
        *(models.IntegerField, models.BigIntegerField, models.SmallIntegerField),
        *(models.PositiveIntegerField, models.PositiveBigIntegerField),
        *(models.PositiveSmallIntegerField, models.FloatField, models.DurationField),
        *(models.UUIDField, models.BinaryField),
    ),
    ("db_collation",): (models.CharField, models.TextField, models.EmailField, models.URLField),
    ("auto_now", "auto_now_add"): (models.DateField, models.DateTimeField, models.TimeField),
    ("max_digits", "decimal_places"): (models.DecimalField,),
}
PLAIN = {kind: itemgetter(*_EVERY, *more) for more, kinds in _MORE.items() for kind in kinds}
"""What deconstructing a field of a class reads of it, but for its validators."""

IGNORED = frozenset(("apps", "app_label"))
APART = frozenset(("indexes", "constraints"))
"""A model state has these, whether the model was given any or not."""

type Deconstruct = Callable[[Any], Any]


def is_same_model(state: ModelState, model: type[models.Model], deconstruct: Deconstruct) -> bool:
    """Return whether ``ModelState.from_model()`` would make the same of a model.

    Where this says so, Django's autodetector finds nothing to be done between the two. It may say
    no of what is the same.

    Args:
        state: As the migrations have it.
        model: As it is in the project.
        deconstruct: The autodetector's, by which fields are compared that are not plain.
    """
    options = model._meta
    return (
        state.name == options.object_name
        and state.bases == (models.Model,)
        and _has_no_other_base(model)
        and not state.managers
        and _has_no_managers(model)
        and _are_same_options(state.options, options)
        and _are_same_fields(state.fields, options, deconstruct)
    )


def is_same(old: Any, new: Any) -> bool:
    """Return whether two values are the same in all that they are made of.

    It says no of what anybody's code would have to be asked about.
    """
    kind = type(old)
    if kind is not type(new):
        # What is translated is a text in the migration, and nothing is translated meanwhile.
        return (kind is str and isinstance(new, Promise)) and bool(old == new)
    if kind in LEAVES:
        return bool(old == new)
    if kind is list or kind is tuple:
        return len(old) == len(new) and all(map(is_same, old, new))
    if kind is dict:
        return _is_same_mapping(old, new)
    if kind is models.Q:
        return (
            old.connector == new.connector
            and old.negated == new.negated
            and is_same(old.children, new.children)
        )
    return isinstance(old, Promise) and (old is new or bool(old == new))


def _is_same_mapping(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if len(old) != len(new):
        return False
    for name, value in old.items():
        if type(name) is not str or name not in new or not is_same(value, new[name]):
            return False
    return True


def _has_no_other_base(model: type[models.Model]) -> bool:
    """Return whether the bases of a model are abstract, so that its state has only Model."""
    return all(
        base._meta.abstract if hasattr(base, "_meta") else base in models.Model.__mro__
        for base in model.__mro__[1:]
    )


def _has_no_managers(model: type[models.Model]) -> bool:
    """Return whether a model has no managers that its state would have."""
    return all(
        not manager.use_in_migrations
        and (
            manager.name == "objects"
            or (manager is not model._default_manager and manager is not model._base_manager)
        )
        for manager in model._meta.managers
    )


def _are_same_options(old: dict[str, Any], options: Any) -> bool:
    given: dict[str, Any] = options.original_attrs
    names = given.keys() - IGNORED - APART
    return (
        old.keys() - APART == names
        and "order_with_respect_to" not in names
        and _are_same_items(old["indexes"], options.indexes if "indexes" in given else ())
        and _are_same_items(
            old["constraints"], options.constraints if "constraints" in given else ()
        )
        and all(
            old[name] == set(normalize_together(given[name]))
            if name == "unique_together"
            else is_same(old[name], given[name])
            for name in names
        )
    )


def _are_same_items(old: Any, new: Any) -> bool:
    """Return whether indexes or constraints are the same, of classes that keep what they get."""
    return len(old) == len(new) and all(map(_is_same_item, old, new))


def _is_same_item(old: Any, new: Any) -> bool:
    kind = type(old)
    return kind in KNOWN and kind is type(new) and _is_same_mapping(vars(old), vars(new))


def _are_same_fields(old: dict[str, Any], options: Any, deconstruct: Deconstruct) -> bool:
    fields = [*options.local_fields, *options.local_many_to_many]
    if len(fields) != len(old):
        return False
    for field in fields:
        name = field.name
        if name not in old or not _is_same_field(old[name], field, deconstruct):
            return False
    return True


def _is_same_field(old: Any, field: Any, deconstruct: Deconstruct) -> bool:
    kind = type(field)
    if type(old) is kind:
        if kind in PLAIN and _is_plainly_same(old, field, PLAIN[kind]):
            return True
        # What a field of Django's is deconstructed to is what a copy of it would be.
        if _is_djangos(kind) and is_same(old.deconstruct()[2:], field.deconstruct()[2:]):
            return True
    try:
        copied = field.clone()
    except TypeError:
        return False  # Django says which field of which model it is.
    return bool(deconstruct(old) == deconstruct(copied))


def _is_plainly_same(old: Any, field: Any, read: itemgetter[Any]) -> bool:
    """Return whether all is the same that deconstructing the fields would read of them."""
    values, others = read(vars(old)), read(vars(field))
    if values != others or old._validators or field._validators:
        return False
    kinds = [*map(type, values)]
    return kinds == [*map(type, others)] and LEAVES.issuperset(kinds)


@cache
def _is_djangos(kind: type) -> bool:
    return kind.__module__.startswith(("django.db.models.", "django.contrib.postgres."))
