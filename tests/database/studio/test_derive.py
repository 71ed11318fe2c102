from types import ModuleType
from typing import Any

import pytest
from django.db import models

from database import models as project
from database.studio import derive

COLUMNS = [
    (project.Product, ("id", "name", "price", "created_at")),
    (project.Category, ("id", "parent", "name", "slug")),
    (project.ProductCategory, ("id", "product", "category")),
    (project.Customer, ("id", "name", "email", "phone", "created_at")),
    (project.StockMovement, ("id", "product", "location", "quantity", "reason", "moved_at")),
    (
        project.SalesOrderLine,
        ("id", "order", "position", "product", "quantity", "unit_price", "line_total"),
    ),
]
ORDERINGS = [
    (project.Product, ("name", "id")),
    (project.StockLevel, ("product_id", "location_id")),
    (project.StockMovement, ("-moved_at", "-id")),
    (project.SalesOrderLine, ("order_id", "position")),
]
SEARCHES = [
    (project.Product, ("name",)),
    (project.Category, ("name", "slug")),
    (project.SalesOrder, ("number", "customer__name")),
    (project.SalesOrderLine, ("order__number", "product__name")),
]
HIERARCHIES = [
    (project.Product, "created_at"),
    (project.StockMovement, "moved_at"),
    (project.Location, None),
]


@pytest.mark.parametrize(("model", "columns"), COLUMNS)
def test_columns_follow_the_model(model: type[models.Model], columns: tuple[str, ...]) -> None:
    assert derive.list_options(model).list_display == columns


@pytest.mark.parametrize(("model", "ordering"), ORDERINGS)
def test_order_is_one_an_index_can_give(
    model: type[models.Model], ordering: tuple[Any, ...]
) -> None:
    assert derive.list_options(model).ordering == ordering


@pytest.mark.parametrize(("model", "fields"), SEARCHES)
def test_search_reads_own_and_related_texts(
    model: type[models.Model], fields: tuple[str, ...]
) -> None:
    assert derive.search_fields(model) == fields


@pytest.mark.parametrize(("model", "field"), HIERARCHIES)
def test_dates_make_a_hierarchy(model: type[models.Model], field: str | None) -> None:
    assert derive.list_options(model).date_hierarchy == field


def test_filters_are_offered_for_what_has_few_values() -> None:
    filters = derive.list_options(project.StockMovement).list_filter

    names = [entry if isinstance(entry, str) else entry[0] for entry in filters]
    assert names == ["product", "location", "reason", "moved_at"]


def test_what_the_database_fills_in_is_read_only() -> None:
    assert derive.readonly_fields(project.SalesOrderLine) == ("line_total",)
    assert derive.readonly_fields(project.Customer) == ("created_at",)
    assert derive.readonly_fields(project.StockLevel) == ("updated_at",)


def test_a_slug_is_written_from_the_name() -> None:
    assert derive.prepopulated_fields(project.Category) == {"slug": ("name",)}
    assert derive.prepopulated_fields(project.Product) == {}


def test_what_goes_with_a_row_is_edited_on_its_page() -> None:
    parts = {relation.related_model for relation in derive.parts(project.Product)}

    assert parts == {project.ProductCategory, project.StockLevel}
    assert [p.related_model for p in derive.parts(project.SalesOrder)] == [project.SalesOrderLine]


def test_a_model_of_bulky_columns_is_listed_by_name(later: ModuleType) -> None:
    assert derive.list_options(later.Note).list_display == ("id", "__str__")
    assert "tags" not in derive.list_options(later.Alarm).list_display


def test_rows_without_text_bring_the_rows_they_are_called_by() -> None:
    assert derive.list_options(project.SalesOrderLine).joins == ("order", "product")


def test_a_model_without_meta_gets_a_stable_order(later: ModuleType) -> None:
    assert derive.list_options(later.Reading).ordering == ("-pk",)
