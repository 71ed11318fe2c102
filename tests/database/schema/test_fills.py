"""The values of --fill."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from database.schema.answers import AnswerError, parse_fill
from database.schema.fills import value_of

from .contract.definitions import load

MODELS = """
class Kind(Model):
    code = CharField(max_length=3, unique=True)
class Thing(Model):
    number = IntegerField()
    price = DecimalField(max_digits=5, decimal_places=2)
    name = CharField(max_length=3)
    choice = CharField(max_length=1, choices=[('a', 'A')])
    day = DateField()
    at = DateTimeField()
    flag = BooleanField()
    data = JSONField()
    tags = ArrayField(IntegerField())
    kind = ForeignKey(Kind, CASCADE)
    by_code = ForeignKey(Kind, CASCADE, to_field='code', related_name='+')
    twice = GeneratedField(expression=F('number') * 2, output_field=IntegerField(), db_persist=True)
    others = ManyToManyField(Kind, related_name='+')
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("number=7", 7),
        ("price=1.50", Decimal("1.50")),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("choice=a", "a"),
        ("day=2024-02-29", date(2024, 2, 29)),
        ("flag=false", False),
        ("flag=True", True),
        ('data={"a": [1]}', {"a": [1]}),
        ("tags=[1, 2]", [1, 2]),
        ("kind=3", 3),
        ("by_code=abc", "abc"),
    ],
)
def test_values_fit_their_fields(text: str, value: Any) -> None:
    found = value_of(load(MODELS), parse_fill(f"shop.Thing.{text}"))

    assert found == (("shop", "thing", text.split("=")[0]), value)


def test_now_is_now() -> None:
    before = datetime.now(UTC)

    _, moment = value_of(load(MODELS), parse_fill("shop.Thing.at=now"))
    _, day = value_of(load(MODELS), parse_fill("shop.Thing.day=now"))

    assert before <= moment <= datetime.now(UTC)
    assert isinstance(day, date)


@pytest.mark.parametrize(
    "text",
    [
        "number=seven", "number=", "price=1.234", "price=99999", "name=abcd", "choice=b",
        "day=2024-02-30", "flag=perhaps", "data={",
        "data=null", "tags=1", "tags=[\"x\"]", "kind=x",
        "by_code=abcd", "twice=1", "others=1", "nothing=1",
    ],
)  # fmt: skip
def test_values_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(AnswerError) as caught:
        value_of(load(MODELS), parse_fill(f"shop.Thing.{text}"))

    assert caught.value.id == "prodobit.E622"
    assert "\n" not in str(caught.value)
