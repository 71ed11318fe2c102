"""The text of a value is the one that Django writes, to the letter: digests of it are stored."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,type-arg,attr-defined,arg-type,no-any-return,no-untyped-call"

from __future__ import annotations

import datetime
import enum
import functools
import pathlib
import re
import uuid
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest
from django.conf import SettingsReference
from django.contrib.auth.models import UserManager
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxLengthValidator
from django.db import migrations, models
from django.db.migrations.writer import MigrationWriter
from django.db.models.functions import Lower, Now
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from database.migrating.value_text import written
from tests.database.migrating.test_sameness import FIELDS, METAS, Colour


class Level(enum.IntFlag):
    LOW = 1
    HIGH = 2


class Text(str):
    """A text that anybody may have decided to write otherwise."""


class Odd:
    """Made with names that are none."""

    def deconstruct(self) -> Any:
        return "odd.Odd", (1,), {"a-b": [1], "c": None, "1": ()}


VALUES: list[Any] = [
    *(field() for field in FIELDS),
    *(value for meta in METAS for value in meta.values()),
    *("it's", "\n\r\x85\u2028'\"\\", "ä€😀", "", b"\x00a'", 0, -1, 10**30, True, None),
    *(1.5, float("nan"), float("inf"), -0.0, 1e300, Decimal("1.50"), 2 + 3j, ...),
    *((), (1,), (1, "a"), [], [[]], [(1,), {}], {}, {"b": 1, "a": [None]}),
    *(
        {"a", "b"},
        set(),
        frozenset({2, 1}),
        frozenset(),
        range(3),
        {(1, 2): {"x": ()}},
        {1: 2, "a": 3},
    ),
    *(Text("a"), Level.LOW, Level.LOW | Level.HIGH, Colour.RED, gettext_lazy("Red")),
    *(SettingsReference("auth.user", "AUTH_USER_MODEL"), SimpleLazyObject(lambda: 5)),
    *(datetime.date(2020, 1, 2), datetime.timedelta(1), datetime.time(3)),
    datetime.datetime(2020, 1, 2, 3, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    *(uuid.UUID(int=1), pathlib.Path("a") / "b", re.compile("a", re.IGNORECASE)),
    *(int, models.Model, type(None), Colour, list[int], models.TextField, len, "".join),
    *(models.CASCADE, models.SET(1), models.SET_NULL, models.DB_CASCADE, dict.fromkeys),
    *(functools.partial(int, "1", base=2), lambda: 1, written, Colour.choices.__class__),
    *(models.Q(), ~models.Q(a=1) | models.Q(models.Q(b=models.F("c")), d=[1]), models.F("a")),
    *(models.Value(1), models.Value("a", output_field=models.TextField()), Now(), Lower("a")),
    *(models.F("a") + 1, models.F("a").desc(), models.Case(), object()),
    *(GinIndex(fields=["a"], name="g"), MaxLengthValidator(3), Odd(), [Odd()], UserManager()),
    *(models.Index(Lower("a"), name="l"), models.Manager(), migrations.RunSQL("SELECT 1")),
    migrations.AddField("a", "b", models.TextField(default="x")),
]


def outcome(write: Any, value: Any) -> tuple[str, str]:
    try:
        text = write(value)
    except Exception as error:
        return type(error).__name__, str(error)
    return "text", text


def djangos(value: Any) -> str:
    return MigrationWriter.serialize(value)[0]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_written_as_by_django(value: Any) -> None:
    assert outcome(written, value) == outcome(djangos, value)
    assert outcome(written, [value]) == outcome(djangos, [value])


plain = st.recursive(
    st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary()),
        *(st.decimals(), st.dates(), st.uuids()),
    ),
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.dictionaries(st.text(), inner),
        st.builds(models.Q, inner=inner),
        st.builds(models.Value, inner),
        st.builds(models.TextField, default=inner, db_default=inner),
    ),
)


@given(plain)
def test_whatever_is_within_a_value_is_written_as_by_django(value: Any) -> None:
    assert outcome(written, value) == outcome(djangos, value)
