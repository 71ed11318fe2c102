"""What Studio shows of a model, derived from the model's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.deletion import CASCADE, DB_CASCADE

from .filters import SmallRelationFilter

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 8
FILTERS = 6
INLINES = 4
JOINS = 8
BULKY_TYPES = frozenset(
    ("TextField", "JSONField", "BinaryField", "ArrayField", "HStoreField", "SearchVectorField")
)


@dataclass(frozen=True)
class ListOptions:
    """The options of a list of rows, in the words of Django's ModelAdmin.

    https://docs.djangoproject.com/en/6.1/ref/contrib/admin/#modeladmin-options
    """

    list_display: tuple[str, ...]
    list_display_links: tuple[str, ...]
    list_filter: tuple[Any, ...]
    search_fields: tuple[str, ...]
    date_hierarchy: str | None
    ordering: tuple[Any, ...]
    joins: tuple[str, ...]


def list_options(model: type[models.Model]) -> ListOptions:
    """Derive the list of ``model``.

    Returns:
        Columns in the order of the model's fields, without what would not fit a cell; filters
        for what has few values; a search over its texts and those of the rows it refers to.
    """
    columns = [field for field in stored_fields(model) if _fits_a_cell(field)][:COLUMNS]
    label = next((f for f in columns if is_text(f) and not f.primary_key), None)
    names = [field.name for field in columns]
    if all(field.primary_key for field in columns):
        names.append("__str__")
    links = dict.fromkeys([names[0], label.name if label else names[0]])
    return ListOptions(
        list_display=tuple(names),
        list_display_links=tuple(links),
        list_filter=tuple(_filters(model))[:FILTERS],
        search_fields=search_fields(model),
        date_hierarchy=_date_hierarchy(model),
        ordering=_ordering(model),
        joins=_joins(model),
    )


def stored_fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns of ``model`` in the order they are declared; a parent's come first."""
    return list(model._meta.concrete_fields)


def is_text(field: models.Field[Any, Any]) -> bool:
    """Whether the column holds free text that people search for.

    A column with a collation of its own is left out: PostgreSQL before 18 refuses LIKE where it
    is not deterministic, and the model does not say whether it is.
    """
    return (
        isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.db_collation
    )


def search_fields(model: type[models.Model]) -> tuple[str, ...]:
    """The model's own text columns, then the first one of each row it refers to."""
    own = [field.name for field in stored_fields(model) if is_text(field)]
    related = []
    for field in relations(model):
        text = next(filter(is_text, stored_fields(field.related_model)), None)
        if text is not None and field.related_model is not model:
            related.append(f"{field.name}__{text.name}")
    return tuple(own + related)


def readonly_fields(model: type[models.Model]) -> tuple[str, ...]:
    """Columns that the database or the model fills in: generated, created_at and their like."""
    return tuple(
        field.name
        for field in stored_fields(model)
        if not field.editable and not (field.primary_key and field is model._meta.auto_field)
    )


def prepopulated_fields(model: type[models.Model]) -> dict[str, tuple[str, ...]]:
    """A slug is written from the first text column until somebody types one."""
    texts = [f for f in stored_fields(model) if is_text(f) and f.editable]
    sources = [f.name for f in texts if not isinstance(f, models.SlugField)]
    slugs = [f.name for f in texts if isinstance(f, models.SlugField)]
    return {slugs[0]: (sources[0],)} if slugs and sources else {}


def relations(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    """Foreign keys and one-to-ones that ``model`` holds, but for a parent's link."""
    return [
        field
        for field in stored_fields(model)
        if isinstance(field, models.ForeignKey) and not field.remote_field.parent_link
    ]


def parts(model: type[models.Model]) -> list[models.ManyToOneRel]:
    """Relations to the rows that go with a row of ``model``: the lines of an order."""
    return [
        relation
        for relation in model._meta.related_objects
        if isinstance(relation, models.ManyToOneRel)
        and relation.on_delete in (CASCADE, DB_CASCADE)
        and relation.related_model is not model
        and not relation.parent_link
        and not relation.related_model._meta.auto_created
        and not relation.related_model._meta.is_composite_pk
    ][:INLINES]


def _fits_a_cell(field: Any) -> bool:
    kind: Any = field.output_field if isinstance(field, models.GeneratedField) else field
    return kind.get_internal_type() not in BULKY_TYPES


def _filters(model: type[models.Model]) -> Iterator[Any]:
    for field in stored_fields(model):
        if field.primary_key:
            continue
        if field.choices or isinstance(field, models.BooleanField | models.DateField):
            yield field.name
        elif isinstance(field, models.ForeignKey) and not field.remote_field.parent_link:
            yield field.name, SmallRelationFilter


def _date_hierarchy(model: type[models.Model]) -> str | None:
    dates = [f.name for f in stored_fields(model) if isinstance(f, models.DateField)]
    leading = _leading_columns(model)
    return next((name for name in dates if name in leading), next(iter(dates), None))


def _leading_columns(model: type[models.Model]) -> set[str]:
    """Names of the fields that some index of the whole table starts with."""
    names = {f.name for f in model._meta.concrete_fields if getattr(f, "db_index", False)}
    names |= {f.name for f in model._meta.concrete_fields if f.unique}
    for index in model._meta.indexes:
        if index.fields and index.condition is None:
            names.add(index.fields_orders[0][0])
    for constraint in model._meta.constraints:
        if (
            isinstance(constraint, models.UniqueConstraint)
            and constraint.fields
            and constraint.condition is None
        ):
            names.add(constraint.fields[0])
    return names


def _ordering(model: type[models.Model]) -> tuple[Any, ...]:
    """The model's own order, by the keys of other rows instead of those rows' own order.

    Meta.ordering by a foreign key means the related model's ordering, for which PostgreSQL has
    to join and sort the whole table; an index on the key gives the first page at once.
    """
    ordering = []
    for part in model._meta.ordering or ():
        if isinstance(part, str):
            name = part.removeprefix("-")
            field = next((f for f in relations(model) if f.name == name), None)
            part = part.replace(name, field.attname) if field else part
        ordering.append(part)
    return tuple(ordering) or ("-pk",)


def _joins(model: type[models.Model]) -> tuple[str, ...]:
    """What to select with each row, so that showing it asks for nothing more.

    A row without a text of its own is most likely called by the rows it refers to.
    """
    names = []
    for field in relations(model):
        names.append(field.name)
        target = field.related_model
        if not any(map(is_text, stored_fields(target))):
            names += [f"{field.name}__{deeper.name}" for deeper in relations(target)]
    return tuple(names[:JOINS])
