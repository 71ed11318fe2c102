"""Names of PostgreSQL become names of Python."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from database.schema.source import naming


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("people", "Person"),
        ("addresses", "Address"),
        ("statuses", "Status"),
        ("status", "Status"),
        ("categories", "Category"),
        ("boxes", "Box"),
        ("houses", "House"),
        ("warehouses", "Warehouse"),
        ("movies", "Movie"),
        ("order_lines", "OrderLine"),
        ("OrderLines", "OrderLine"),
        ("bom_version_history", "BomVersionHistory"),
        ("databases", "Database"),
        ("news", "News"),
        ("analyses", "Analysis"),
        ("staff", "Staff"),
        ("heroes", "Hero"),
        ("purchases", "Purchase"),
        ("currencies", "Currency"),
        ("sms_messages", "SmsMessage"),
        ("series", "Series"),
        ("buses", "Bus"),
        ("class", "Class"),
        ("none", "PublicNone"),
        ("Index", "PublicIndex"),
        ("2020_data", "N2020Data"),
        ("two words", "TwoWord"),
        ("größen", "Größen"),
    ],
)
def test_a_class_is_called_like_one_row(table: str, name: str) -> None:
    assert naming.class_name(table, "public", ()) == name


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("createdAt", "created_at"),
        ("HTTPStatus", "http_status"),
        ("class", "class_field"),
        ("save", "save_field"),
        ("pk", "pk_field"),
        ("objects", "objects_field"),
        ("id_", "id"),
        ("a__b", "a_b"),
        ("_private", "private"),
        ("2fa", "n2fa"),
        ("two words", "two_words"),
        ('quo"te', "quo_te"),
        ("l", "l_field"),
        ("___", "column"),
        ("address2", "address2"),
    ],
)
def test_a_field_is_called_as_python_and_django_allow(column: str, name: str) -> None:
    assert naming.field_name(column, ()) == name


def test_a_name_that_is_taken_gets_another_ending() -> None:
    assert naming.field_name("two words", {"two_words"}) == "two_words_field"
    assert naming.class_name("users", "crm", {"user"}) == "Users"
    assert naming.class_name("users", "crm", {"user", "users"}) == "CrmUser"


@given(st.text(min_size=1, max_size=63).filter(lambda text: "\x00" not in text))
def test_every_name_makes_a_field_and_a_class(name: str) -> None:
    field = naming.field_name(name, {"column"})
    made = naming.class_name(name, "public", {"table"})

    assert naming.is_field_name(field)
    assert field != "column"
    assert made.isidentifier()
    assert not keyword.iskeyword(made)
    assert made.lower() != "table"


@given(st.lists(st.text(max_size=63), unique=True, max_size=20))
def test_members_of_choices_are_all_different(values: list[str]) -> None:
    taken: set[str] = set()
    for value in values:
        name = naming.member_name(value, taken)
        assert name.isidentifier()
        assert name not in taken
        taken.add(name)
