"""The options of push, parsed."""

from __future__ import annotations

import pytest

from database.schema.answers import (
    AnswerError,
    FieldRename,
    Fill,
    ModelRename,
    closest,
    parse_fill,
    parse_rename,
)


@pytest.mark.parametrize(
    ("text", "rename"),
    [
        ("shop.Product.name=title", FieldRename("shop", "Product", "name", "title")),
        ("shop.Product.name=", FieldRename("shop", "Product", "name", "")),
        ("shop.Product=Article", ModelRename("shop", "Product", "Article")),
        ("shop.Größe.länge=breite", FieldRename("shop", "Größe", "länge", "breite")),
    ],
)
def test_renames_are_read_and_written_alike(text: str, rename: object) -> None:
    assert parse_rename(text) == rename
    assert str(parse_rename(text)) == text


@pytest.mark.parametrize(
    "text", ["", "=", "a", "a=b", "a.b", "a.b.c", "a.b.c.d=e", "a..b=c", "a.b c.d=e", "a.b.c=d e"]
)
def test_what_is_no_rename_is_refused(text: str) -> None:
    with pytest.raises(AnswerError) as caught:
        parse_rename(text)

    assert caught.value.id == "prodobit.E621"


def test_a_value_may_have_anything_in_it() -> None:
    assert parse_fill("shop.Product.name=a=b.c ") == Fill("shop", "Product", "name", "a=b.c ")
    assert parse_fill("shop.Product.name=").value == ""
    assert parse_fill("shop.Product.name=x").target == ("shop", "product", "name")


@pytest.mark.parametrize("text", ["", "name=x", "shop.name=x", "a.b.c", "a.b.c.d=x", "a.b-c.d=x"])
def test_what_is_no_fill_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(AnswerError) as caught:
        parse_fill(text)

    assert caught.value.id == "prodobit.E622"


def test_the_closest_names_are_offered() -> None:
    assert closest("titel", ["title", "price"]) == " Did you mean title?"
    assert closest("zzz", ["title", "price"]) == " There is title, price."
    assert closest("zzz", []) == ""
    assert closest("zzz", [f"name{n}" for n in range(20)]) == ""
