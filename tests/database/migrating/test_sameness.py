"""A model is only called the same where Django's autodetector would find nothing."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,type-arg,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.utils.translation import gettext_lazy, override

from database.migrating import sameness
from database.migrating.sameness import is_same_model


class MoneyField(models.DecimalField):
    """A field of somebody's own, which says less than it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=10, decimal_places=2, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        del options["max_digits"], options["decimal_places"]
        return name, path, args, options


class TallyField(models.IntegerField):
    """A field that is another one after each copy."""

    def __init__(self, copies: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.copies = copies

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options | {"copies": self.copies + 1}


class Colour(models.TextChoices):
    RED = "r", gettext_lazy("Red")


FIELDS: list[Callable[[], Any]] = [
    lambda: models.IntegerField(),
    lambda: models.IntegerField(primary_key=False, null=0),
    lambda: models.IntegerField(null=True),
    lambda: models.IntegerField(default=1),
    lambda: models.IntegerField(default=True),
    lambda: models.IntegerField(default=Decimal(1)),
    lambda: models.IntegerField(default=int),
    lambda: models.IntegerField(default=functools.partial(int, "1")),
    lambda: models.IntegerField(db_default=1),
    lambda: models.IntegerField(db_default=models.Value(1)),
    lambda: models.IntegerField(unique=True, db_index=True),
    lambda: models.IntegerField(db_column="other", db_comment="told"),
    lambda: models.IntegerField(validators=[MinValueValidator(1)]),
    lambda: models.IntegerField(validators=[MinValueValidator(2)]),
    lambda: models.IntegerField(choices=[(1, "one"), (2, "two")]),
    lambda: models.IntegerField(choices=[(1, "one"), (2, "TWO")]),
    lambda: models.IntegerField(choices=[("all", [(1, "one"), (2, "two")])]),
    lambda: models.IntegerField(error_messages={"invalid": "no"}, blank=True, editable=False),
    lambda: models.IntegerField(verbose_name="Red"),
    lambda: models.IntegerField(verbose_name=gettext_lazy("Red"), help_text=""),
    lambda: models.IntegerField(help_text="x", serialize=False),
    lambda: models.BigIntegerField(),
    lambda: models.CharField(max_length=1),
    lambda: models.CharField(max_length=2),
    lambda: models.CharField(max_length=2, db_collation="C"),
    lambda: models.CharField(max_length=1, choices=Colour),
    lambda: models.CharField(max_length=1, choices=[("r", "Red")]),
    lambda: models.CharField(max_length=1, choices={"r": "Red"}),
    lambda: models.CharField(max_length=2, validators=[RegexValidator(re.compile("a"))]),
    lambda: models.CharField(max_length=2, validators=[RegexValidator(re.compile("b"))]),
    lambda: models.EmailField(),
    lambda: models.SlugField(allow_unicode=True),
    lambda: models.SlugField(),
    lambda: models.TextField(),
    lambda: models.TextField(db_collation="C"),
    lambda: models.DateTimeField(auto_now=True),
    lambda: models.DateTimeField(auto_now_add=True),
    lambda: models.IntegerField(unique_for_date="other"),
    lambda: models.DecimalField(max_digits=5, decimal_places=2),
    lambda: models.DecimalField(max_digits=5, decimal_places=3),
    lambda: models.JSONField(default=dict),
    lambda: models.BinaryField(editable=True),
    lambda: models.UUIDField(),
    lambda: models.FileField(upload_to="a"),
    lambda: models.FileField(upload_to="b", max_length=50),
    lambda: models.GeneratedField(
        expression=models.F("id") + 1, output_field=models.IntegerField(), db_persist=True
    ),
    lambda: models.GeneratedField(
        expression=models.F("id") + 2, output_field=models.IntegerField(), db_persist=True
    ),
    lambda: ArrayField(models.IntegerField()),
    lambda: ArrayField(models.IntegerField(null=True), size=2),
    lambda: MoneyField(),
    lambda: MoneyField(null=True),
    lambda: TallyField(),
    lambda: models.ForeignKey("self", models.CASCADE),
    lambda: models.ForeignKey("self", models.SET_NULL, null=True, related_name="%(class)s_back"),
    lambda: models.ForeignKey("self", models.SET(1), db_constraint=False),
    lambda: models.ForeignKey("self", models.DB_CASCADE),
    lambda: models.ForeignKey("self", models.CASCADE, to_field="id"),
    lambda: models.ForeignKey("self", models.CASCADE, to_field="code"),
    lambda: models.ForeignKey("Thing", models.CASCADE, limit_choices_to={"id__gt": 1}),
    lambda: models.ForeignKey("Thing", models.CASCADE, limit_choices_to=models.Q(id__gt=1)),
    lambda: models.OneToOneField("Other", models.CASCADE, related_query_name="q"),
    lambda: models.ManyToManyField("self"),
    lambda: models.ManyToManyField("Other", related_name="+", db_table="between"),
    lambda: models.ManyToManyField("Other", through="Between"),
    lambda: models.ManyToManyField("Other", through="Between", through_fields=("a", "b")),
]

METAS: list[dict[str, Any]] = [
    {},
    {"db_table": "things"},
    {"managed": False},
    {"ordering": ["code"]},
    {"ordering": ("code",)},
    {"ordering": [models.F("code").desc()]},
    {"verbose_name": "Red"},
    {"verbose_name": gettext_lazy("Red")},
    {"permissions": [("a", "A")], "default_permissions": ()},
    {"unique_together": [("id", "code")]},
    {"unique_together": ("id", "code")},
    {"unique_together": {("code", "id")}},
    {"order_with_respect_to": "parent"},
    {"indexes": [models.Index(fields=["code"], name="i")]},
    {"indexes": [models.Index(fields=["-code"], name="i")]},
    {"indexes": [models.Index(fields=["code"])]},
    {"indexes": [models.Index("code", name="i")]},
    {"indexes": [models.Index(fields=["code"], name="i", condition=models.Q(code="a"))]},
    {"indexes": [models.Index(fields=["code"], name="i", condition=~models.Q(code="a"))]},
    {"constraints": [models.UniqueConstraint(fields=["code"], name="u")]},
    {"constraints": [models.UniqueConstraint(fields=["code"], name="u", include=["id"])]},
    {
        "constraints": [
            models.UniqueConstraint(fields=["code"], name="u", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(id__gt=1), name="c"),
        ]
    },
    {"constraints": [models.CheckConstraint(condition=models.Q(id__gt=1), name="u")]},
    {"constraints": [models.CheckConstraint(condition=models.Q(id__gt=True), name="u")]},
    {
        "constraints": [
            models.CheckConstraint(
                condition=models.Q(id__gt=1) | models.Q(models.Q(code="a")),
                name="u",
                violation_error_message="no",
            )
        ]
    },
]


def project(field: Callable[[], Any] = FIELDS[0], meta: dict[str, Any] = METAS[0]) -> StateApps:
    """Return the models of a project, of which one has a field and options."""
    registry = StateApps(set(), {})

    def define(name: str, options: dict[str, Any], **fields: Any) -> None:
        inner = type("Meta", (), {"app_label": "stock", "apps": registry, **options})
        body = {"__module__": "stock.models", "Meta": inner, **fields}
        type(name, (models.Model,), body)

    define("Other", {}, id=models.AutoField(primary_key=True))
    define(
        *("Between", {}),
        id=models.AutoField(primary_key=True),
        a=models.ForeignKey("Thing", models.CASCADE, related_name="+"),
        b=models.ForeignKey("Other", models.CASCADE, related_name="+"),
    )
    define(
        *("Thing", meta),
        id=models.AutoField(primary_key=True),
        code=models.CharField(max_length=5, unique=True),
        parent=models.ForeignKey("self", models.CASCADE, related_name="+"),
        drawn=field(),
    )
    return registry


def pairs(projects: list[StateApps]) -> list[tuple[bool, bool]]:
    """Return, for the model of each project beside each other, what we say and what Django does."""
    found = []
    states = [ProjectState.from_apps(each) for each in projects]
    for before in states:
        for number, after in enumerate(projects):
            with override(None):
                ours = is_same_model(
                    before.models["stock", "thing"],
                    after.get_model("stock", "Thing"),
                    MigrationAutodetector(before, before).deep_deconstruct,
                )
                changes = MigrationAutodetector(before, states[number])._detect_changes()
            found.append((ours, not changes))
    return found


def test_no_field_is_the_same_where_django_finds_a_change() -> None:
    found = pairs([project(field) for field in FIELDS])

    assert (True, False) not in found
    assert found.count((True, True)) >= len(FIELDS) - 2


def test_no_options_are_the_same_where_django_finds_a_change() -> None:
    found = pairs([project(meta=meta) for meta in METAS])

    assert (True, False) not in found
    # What has expressions in it, or what is found only when the model is made, is left to Django.
    assert found.count((True, True)) >= len(METAS) - 3


@pytest.mark.parametrize("kind", sameness.PLAIN, ids=lambda kind: kind.__name__)
def test_all_that_deconstructing_a_field_reads_is_compared(kind: Any) -> None:
    read: set[str] = set()

    class Watched(kind):
        def __getattribute__(self, name: str) -> Any:
            read.add(name)
            return super().__getattribute__(name)

    options = {models.DecimalField: {"max_digits": 5, "decimal_places": 2}}
    field = Watched(primary_key=True, **options.get(kind, {}))
    read.clear()
    field.deconstruct()

    class Names(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            compared.add(name)
            return None

    compared: set[str] = set()
    sameness.PLAIN[kind](Names())
    assert {name for name in vars(field) if name in read} - compared <= {"_validators", "name"}


def test_a_model_with_managers_or_parents_that_migrations_keep_is_left_to_django() -> None:
    registry = project()

    class Kept(models.Manager):
        use_in_migrations = True

    class Meta:
        app_label = "stock"
        apps = registry

    child = type(
        "Child", (registry.get_model("stock", "Other"),), {"__module__": "x", "Meta": Meta}
    )
    managed = type("Managed", (models.Model,), {"__module__": "x", "Meta": Meta, "objects": Kept()})

    told = [
        is_same_model(ModelState.from_model(model), model, lambda field: field)
        for model in (child, managed)
    ]

    assert told == [False, False]


def test_abstract_parents_and_managers_that_migrations_forget_make_no_difference() -> None:
    registry = project()

    class Dated(models.Model):
        made = models.DateTimeField(auto_now_add=True)

        class Meta:
            abstract = True
            app_label = "stock"

    class Meta:
        app_label = "stock"
        apps = registry

    manager = type("Own", (models.Manager,), {})
    model: Any = type(
        "Order",
        (Dated,),
        {"__module__": "x", "Meta": Meta, "objects": manager(), "all_of_them": manager()},
    )

    assert is_same_model(ModelState.from_model(model), model, lambda field: field)
