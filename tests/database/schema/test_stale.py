"""What a state of a history names by old names is compared with what PostgreSQL made of it."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,arg-type,no-any-return"

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState as DjangoProjectState
from django.db.models import F, Func, Q
from django.db.models.functions import Lower

from database.migrating import operations
from database.migrating.state import ProjectState
from database.schema import catalog, declared, diff, stale
from database.schema.known import subset
from tests.database.migrating.runs import schema_of_its_own

INDEX = models.Index(fields=["size", "-price"], name="made_index")
PARTIAL = models.Index(fields=["size"], name="made_partial", condition=Q(price__gt=F("size")))
COVERING = models.Index(fields=["size"], name="made_covering", include=["price"])
EXPRESSION = models.Index(Lower("text").desc(), F("price") * 2, name="made_expression")
RELATION = models.Index(fields=["other"], name="made_relation")
COLUMN = models.Index(fields=["other_id"], name="made_column")
UNIQUE = models.UniqueConstraint(fields=["price", "size"], name="made_unique")
UNIQUE_EXPRESSION = models.UniqueConstraint(Lower("text"), "price", name="made_unique_lower")
CHECK = models.CheckConstraint(condition=Q(price__gte=0) & ~Q(price=F("size")), name="made_check")
EXCLUSION = ExclusionConstraint(
    expressions=[("price", "=")],
    index_type="hash",
    name="made_exclusion",
    condition=Q(price__gt=F("size")),
)
OVERLAP = ExclusionConstraint(
    expressions=[(Func("price", F("size"), function="int4range"), "&&")], name="made_overlap"
)

RENAME = migrations.RenameField("Thing", "price", "cost")


def index(item: Any) -> Any:
    """Return the operation that adds an index."""
    return migrations.AddIndex("Thing", item)


def constraint(item: Any) -> Any:
    """Return the operation that adds a constraint."""
    return migrations.AddConstraint("Thing", item)


CASES: dict[str, list[Any]] = {
    "an index": [index(INDEX), RENAME],
    "a partial index": [index(PARTIAL), RENAME],
    "a covering index": [index(COVERING), RENAME],
    "an index on expressions": [index(EXPRESSION), RENAME],
    "a relation": [index(RELATION), migrations.RenameField("Thing", "other", "another")],
    "the column of a relation": [index(COLUMN), migrations.RenameField("Thing", "other", "rest")],
    "a unique constraint": [constraint(UNIQUE), RENAME],
    "a unique constraint on expressions": [constraint(UNIQUE_EXPRESSION), RENAME],
    "a check": [constraint(CHECK), RENAME],
    "an exclusion constraint": [constraint(EXCLUSION), RENAME],
    "an exclusion of overlaps": [constraint(OVERLAP), RENAME],
    "renamed twice": [
        index(PARTIAL),
        RENAME,
        migrations.RenameField("Thing", "size", "extent"),
        migrations.RenameField("Thing", "cost", "costs"),
    ],
    "the names swapped": [
        constraint(CHECK),
        migrations.RenameField("Thing", "price", "was"),
        migrations.RenameField("Thing", "size", "price"),
        migrations.RenameField("Thing", "was", "size"),
    ],
    "another field gets the name": [
        index(INDEX),
        RENAME,
        migrations.AddField("Thing", "price", models.TextField(null=True)),
        index(models.Index(fields=["price"], name="made_later")),
    ],
    "the model and the index are renamed too": [
        index(INDEX),
        RENAME,
        migrations.RenameModel("Thing", "Article"),
        migrations.RenameIndex("Article", "made_renamed", old_name="made_index"),
    ],
    "the field is removed": [
        index(PARTIAL),
        index(COVERING),
        constraint(UNIQUE),
        constraint(CHECK),
        migrations.RemoveField("Thing", "price"),
    ],
    "the field is renamed and removed": [
        index(INDEX),
        constraint(UNIQUE_EXPRESSION),
        RENAME,
        migrations.RemoveField("Thing", "cost"),
    ],
    "the field of a unique_together is removed": [
        migrations.AlterUniqueTogether("Thing", {("price", "size"), ("text", "size")}),
        migrations.RemoveField("Thing", "price"),
    ],
    "and replaced": [
        index(INDEX),
        RENAME,
        migrations.RemoveIndex("Thing", "made_index"),
        index(models.Index(fields=["cost"], name="made_index")),
    ],
}

CREATE = migrations.CreateModel(
    "Thing",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("price", models.IntegerField(default=0)),
        ("size", models.IntegerField(default=0)),
        ("text", models.TextField(default="")),
        ("other", models.ForeignKey("self", models.CASCADE, null=True, db_index=False)),
    ],
)


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
@pytest.mark.parametrize("sparing", [True, False])
def test_a_state_with_old_names_equals_the_table(
    steps: list[Any], sparing: bool, transactional_db: None
) -> None:
    migration = migrations.Migration("0001", "stock")
    migration.operations = [CREATE, *steps]
    with schema_of_its_own():
        state = ProjectState()
        with connection.schema_editor() as editor:
            if sparing:
                operations.apply(migration, state, editor)
            else:
                migration.apply(state, editor)
        live = catalog.read(connection)
        wanted = declared.read(subset(state, list(state.models)).apps, connection)
        compared = diff.compare(live, wanted, connection=connection)

    assert [table.name.name for table in live.tables] == [
        table.name.name for table in wanted.tables
    ]
    assert [each.describe() for each in compared.differences] == []
    assert not compared.unsettled


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_the_state_remains_the_one_django_makes(steps: list[Any]) -> None:
    states: list[Any] = [DjangoProjectState(), stale.TrackingState(), ProjectState()]
    for state in states:
        for operation in [CREATE, *steps]:
            operation.state_forwards("stock", state)
    found = [
        {
            key: [
                item.deconstruct()
                for option in ("indexes", "constraints")
                for item in model.options[option]
            ]
            for key, model in state.models.items()
        }
        for state in states
    ]

    assert found[1] == found[2] == found[0]
