"""What deleting rows would take with it, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import batched
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Q
from django.db.models.deletion import (
    CASCADE,
    DB_CASCADE,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    get_candidate_relations_to_delete,
)

from .counting import count_rows

if TYPE_CHECKING:
    from django.db.models import ForeignKey, Model, QuerySet

TAKES_ALONG = (CASCADE, DB_CASCADE)
BLOCKS = (DO_NOTHING, PROTECT, RESTRICT)
KEYS_PER_QUERY = 10_000


@dataclass(frozen=True)
class Reference:
    """Rows that refer to what is to be deleted, by one foreign key."""

    field: ForeignKey[Any, Any]
    rows: int

    @property
    def model(self) -> type[Model]:
        """The model whose rows these are."""
        return self.field.model


@dataclass(frozen=True)
class Deletion:
    """The consequences of deleting some rows of one model.

    Attributes:
        taken: Rows that are deleted, per model, the chosen ones among them.
        emptied: References that are set to NULL or to their default.
        blocking: References for which the database refuses the deletion.
    """

    taken: dict[type[Model], int]
    emptied: tuple[Reference, ...]
    blocking: tuple[Reference, ...]


def foresee(chosen: QuerySet[Any]) -> Deletion:
    """Work out what deleting ``chosen`` would do, by counting and not by loading rows.

    Side effects:
        One counting query per foreign key that leads to a row that would go. Where models
        cascade in a circle (a tree), the keys of the rows are followed level by level.
    """
    root = _concrete(chosen.model)
    edges = _cascades(root)
    try:
        order = list(TopologicalSorter(edges).static_order())
        doomed = _doomed_by_subquery(chosen, edges, order)
    except CycleError:
        doomed = _doomed_by_level(chosen, edges)
    emptied: list[Reference] = []
    blocking: list[Reference] = []
    for model in doomed:
        for field in _referring(model):
            on_delete = field.remote_field.on_delete
            if on_delete in TAKES_ALONG or not getattr(field, "db_constraint", True):
                continue
            rows = field.model._base_manager.filter(_refers_to(field, doomed[model]))
            if on_delete in BLOCKS and field.model in doomed:
                rows = rows.exclude(pk__in=_keys(field.model, doomed[field.model], "pk"))
            count = count_rows(rows)
            if count:
                (blocking if on_delete in BLOCKS else emptied).append(Reference(field, count))
    taken = {model: count_rows(_rows(model, doomed[model])) for model in doomed}
    return Deletion(
        {model: count for model, count in taken.items() if count or model is root},
        tuple(emptied),
        tuple(blocking),
    )


def is_foreseeable(model: type[Model]) -> bool:
    """Whether ``foresee`` knows every way in which rows of ``model`` take others with them.

    It does not where a model inherits another's table or has generic relations.
    """
    return not any(
        reached._meta.parents
        or any(hasattr(field, "bulk_related_objects") for field in reached._meta.private_fields)
        for reached in _cascades(_concrete(model))
    )


def _target(field: ForeignKey[Any, Any]) -> type[Model]:
    return _concrete(field.related_model)


def _concrete(model: Any) -> type[Model]:
    return cast("type[Model]", model._meta.concrete_model)


def _referring(model: type[Model]) -> list[ForeignKey[Any, Any]]:
    relations: Any = get_candidate_relations_to_delete(model._meta)
    return [
        relation.field
        for relation in relations
        if getattr(relation.field, "concrete", False) and not relation.related_model._meta.proxy
    ]


def _cascades(start: type[Model]) -> dict[type[Model], list[type[Model]]]:
    """The models whose rows go with those of ``start``, each with the models it goes with."""
    reached: dict[type[Model], list[type[Model]]] = {start: []}
    waiting = [start]
    while waiting:
        model = waiting.pop()
        for field in _referring(model):
            if field.remote_field.on_delete not in TAKES_ALONG:
                continue
            if field.model not in reached:
                reached[field.model] = []
                waiting.append(field.model)
            reached[field.model].append(model)
    return reached


def _doomed_by_subquery(
    chosen: QuerySet[Any],
    edges: dict[type[Model], list[type[Model]]],
    order: list[type[Model]],
) -> dict[type[Model], Q]:
    root = _concrete(chosen.model)
    doomed: dict[type[Model], Q] = {root: Q(pk__in=_plain(chosen).values("pk"))}
    for model in order:
        condition = doomed.get(model, Q())
        for field in _cascading_fields(model, edges):
            condition |= _refers_to(field, doomed[_target(field)])
        doomed[model] = condition
    return doomed


def _doomed_by_level(
    chosen: QuerySet[Any], edges: dict[type[Model], list[type[Model]]]
) -> dict[type[Model], Q]:
    keys: dict[type[Model], set[Any]] = {model: set() for model in edges}
    root = _concrete(chosen.model)
    keys[root] = set(_plain(chosen).values_list("pk", flat=True))
    frontier = {root: keys[root]}
    while frontier:
        found: dict[type[Model], set[Any]] = {}
        for model in edges:
            for field in _cascading_fields(model, edges):
                for some in batched(frontier.get(_target(field), ()), KEYS_PER_QUERY):
                    rows = model._base_manager.filter(_refers_to(field, Q(pk__in=some)))
                    found.setdefault(model, set()).update(rows.values_list("pk", flat=True))
        frontier = {model: new - keys[model] for model, new in found.items() if new - keys[model]}
        for model, new in frontier.items():
            keys[model] |= new
    return {model: Q(pk__in=found) for model, found in keys.items()}


def _cascading_fields(
    model: type[Model], edges: dict[type[Model], list[type[Model]]]
) -> list[ForeignKey[Any, Any]]:
    return [
        field
        for parent in dict.fromkeys(edges[model])
        for field in _referring(parent)
        if field.model is model and field.remote_field.on_delete in TAKES_ALONG
    ]


def _refers_to(field: ForeignKey[Any, Any], condition: Q) -> Q:
    keys = _keys(_target(field), condition, field.target_field.attname)
    return Q(**{f"{field.name}__in": keys})


def _keys(model: type[Model], condition: Q, name: str) -> QuerySet[Any]:
    return _rows(model, condition).values(name)


def _rows(model: type[Model], condition: Q) -> QuerySet[Any]:
    return model._base_manager.filter(condition)


def _plain(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().select_related(None)
