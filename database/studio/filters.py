"""Filters in the sidebar of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin, RelatedFieldListFilter

if TYPE_CHECKING:
    from django.http import HttpRequest

CHOICES = 50


class SmallRelationFilter(RelatedFieldListFilter):
    """The rows that a foreign key can point to, where they are few.

    Where there are more than CHOICES the filter is not offered, but still holds for an address
    that names a row.
    """

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: ModelAdmin[Any]
    ) -> list[tuple[Any, Any]]:
        """At most CHOICES (key, text) pairs, in one query; none where there are more rows."""
        from .derive import relations

        target = field.related_model
        joins = [relation.name for relation in relations(target)]
        key = field.target_field.attname
        ordering = self.field_admin_ordering(field, request, model_admin) or ()
        rows = target._default_manager.complex_filter(field.get_limit_choices_to())
        rows = rows.select_related(*joins) if joins else rows
        few = list(rows.order_by(*ordering)[: CHOICES + 1])
        return [(getattr(row, key), str(row)) for row in few] if len(few) <= CHOICES else []

    def has_output(self) -> bool:
        """Whether there is something to choose, or something is chosen."""
        return super().has_output() or bool(self.used_parameters)
