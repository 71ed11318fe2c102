"""Several latest migrations of one app."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.migrations.loader import MigrationLoader

from database.migrating import conflicts
from database.migrating.conflicts import Conflict, Nearness
from tests.database.migrating.files import Files

BEGIN = """
    migrations.CreateModel('Thing', [('id', models.BigAutoField(primary_key=True)),
        ('name', models.CharField(max_length=3)), ('code', models.CharField(max_length=3))]),
    migrations.CreateModel('Place', [('id', models.BigAutoField(primary_key=True))]),
"""


def add(model: str, field: str) -> str:
    return f"migrations.AddField('{model}', '{field}', models.IntegerField(null=True)),"


INDEX = "migrations.AddIndex('thing', models.Index(fields=['-name'], name='{}')),"
UNIQUE = (
    "migrations.AddConstraint('thing', models.UniqueConstraint(fields=['id'], "
    "condition=models.Q(name__gt='a'), name='u')),"
)
LINK = "migrations.AddField('place', 'thing', models.ForeignKey('shop.Thing', models.CASCADE)),"
CREATE = "migrations.CreateModel('Other', [('id', models.BigAutoField(primary_key=True))]),"
SQL = "migrations.RunSQL('SELECT 1', migrations.RunSQL.noop),"
SEPARATE = f"migrations.SeparateDatabaseAndState(state_operations=[{add('thing', 'size')}]),"

CASES = {
    "different models": (add("thing", "size"), add("place", "size"), []),
    "different fields of a model": (
        add("thing", "size"),
        add("thing", "weight"),
        [(Nearness.MODEL, "both change shop.thing, in different places (size; weight).")],
    ),
    "the same field": (
        "migrations.AlterField('thing', 'name', models.CharField(max_length=4)),",
        "migrations.AlterField('Thing', 'Name', models.CharField(max_length=5)),",
        [(Nearness.SAME, "both change shop.thing.name.")],
    ),
    "the same new field": (
        add("thing", "size"),
        SEPARATE,
        [(Nearness.SAME, "both change shop.thing.size.")],
    ),
    "a field under two names": (
        "migrations.RenameField('thing', 'name', 'title'),",
        "migrations.RemoveField('thing', 'name'),",
        [(Nearness.SAME, "both change shop.thing.name.")],
    ),
    "an option": (
        "migrations.AlterModelOptions('thing', {'ordering': ['id']}),",
        "migrations.AlterModelOptions('thing', {'verbose_name': 'x'}),",
        [(Nearness.SAME, "both change shop.thing.options.")],
    ),
    "two tables": (
        "migrations.AlterModelTable('thing', 'a'),",
        "migrations.AlterModelTable('thing', 'b'),",
        [(Nearness.SAME, "both change shop.thing.db_table.")],
    ),
    "a model made twice": (CREATE, CREATE, [(Nearness.SAME, "remove shop.other.")]),
    "a model that is gone": (
        "migrations.DeleteModel('Thing'),",
        add("thing", "size"),
        [(Nearness.NEEDS, "changes shop.thing.size, and 0002_a removes or renames shop.thing.")],
    ),
    "a renamed model that is referred to": (
        "migrations.RenameModel('Thing', 'Item'),",
        LINK,
        [(Nearness.NEEDS, "makes shop.place.thing refer to shop.thing, which 0002_a removes")],
    ),
    "an index on a field that is gone": (
        "migrations.RemoveField('thing', 'name'),",
        INDEX.format("i"),
        [
            (Nearness.NEEDS, "makes shop.thing.index i refer to shop.thing.name, which 0002_a"),
            (Nearness.MODEL, "both change shop.thing"),
        ],
    ),
    "a constraint with a condition on it": (
        "migrations.RenameField('thing', 'name', 'title'),",
        UNIQUE,
        [
            (Nearness.NEEDS, "makes shop.thing.constraint u refer to shop.thing.name"),
            (Nearness.MODEL, "both change shop.thing"),
        ],
    ),
    "an index on another field": (
        "migrations.RemoveField('thing', 'code'),",
        INDEX.format("i"),
        [(Nearness.MODEL, "both change shop.thing, in different places (code; index i).")],
    ),
    "an index of the same name": (
        INDEX.format("i"),
        "migrations.RenameIndex('thing', new_name='i', old_name='j'),",
        [(Nearness.SAME, "both change shop.thing.index i.")],
    ),
    "SQL": (add("thing", "size"), SQL, [(Nearness.UNKNOWN, "0002_b has a RunSQL: what that has")]),
}


@pytest.fixture
def shop(files: Files) -> Iterator[Files]:
    """An app with one migration."""
    files.write("0001_begin", BEGIN)
    with files.loading():
        yield files


def found() -> list[Conflict]:
    return conflicts.find(MigrationLoader(None), {("shop", "0001_begin"), ("shop", "0002_a")})


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_said_how_near_two_branches_come(
    shop: Files, case: tuple[str, str, list[tuple[Nearness, str]]]
) -> None:
    one, other, expected = case
    shop.write("0002_a", one, after="0001_begin")
    shop.write("0002_b", other, after="0001_begin")

    (conflict,) = found()

    assert conflict.ancestor == ("shop", "0001_begin")
    assert [overlap.nearness for overlap in conflict.overlaps] == [item[0] for item in expected]
    for overlap, (_, text) in zip(conflict.overlaps, expected, strict=True):
        assert text in overlap.text
    shop.write("0002_a", other, after="0001_begin")
    shop.write("0002_b", one, after="0001_begin")
    (turned,) = found()
    assert [overlap.nearness for overlap in turned.overlaps] == [item[0] for item in expected]


def test_a_line_has_no_conflict(shop: Files) -> None:
    shop.write("0002_a", add("thing", "size"), after="0001_begin")

    assert found() == []


def test_the_message_says_all_that_is_needed_to_decide(shop: Files) -> None:
    shop.write("0002_a", add("thing", "size"), after="0001_begin")
    shop.write("0002_b", CASES["the same field"][0], after="0001_begin")
    shop.write("0003_c", CASES["the same field"][1] + SEPARATE, after="0002_b")

    assert conflicts.explain(found()) == (
        """\
prodobit.E840: Conflicting migrations in shop; nothing was done.
shop has 2 latest migrations, since 0001_begin:
  0002_a (applied here)
    + Add field size to thing
  0002_b (not applied here)
    ~ Alter field name on thing
  0003_c (not applied here)
    ~ Alter field Name on Thing
    ? Custom state/database change combination
  ! 0002_a and 0003_c both change shop.thing.size.
To keep the history a line, let the one that is not applied follow the other:
  makemigrations --rebase shop
To keep both as they are, write a migration that follows both:
  makemigrations --merge shop
Look at the lines marked with ! first: the later one has the last word."""
    )


def test_three_branches_are_compared_in_pairs_and_what_two_share_with_neither(shop: Files) -> None:
    shop.write("0002_a", add("thing", "size"), after="0001_begin")
    shop.write("0002_b", add("thing", "code2"), after="0001_begin")
    shop.write("0003_c", add("place", "size"), after="0002_b")
    shop.write("0003_d", add("place", "name"), after="0002_b")

    (conflict,) = found()

    assert [branch.name for branch in conflict.branches] == ["0002_a", "0003_c", "0003_d"]
    assert [len(branch.migrations) for branch in conflict.branches] == [1, 2, 2]
    assert [overlap.text for overlap in conflict.overlaps] == [
        "0002_a and 0003_c both change shop.thing, in different places (size; code2).",
        "0002_a and 0003_d both change shop.thing, in different places (size; code2).",
        "0003_c and 0003_d both change shop.place, in different places (size; name).",
    ]


def test_two_beginnings_have_no_ancestor(files: Files) -> None:
    files.write("0001_a", BEGIN)
    files.write("0001_b", CREATE)
    with files.loading():
        (conflict,) = found()

        assert conflict.ancestor is None
        assert "shop has 2 latest migrations:" in conflicts.explain([conflict])


def test_where_nobody_could_ask_a_database_nothing_is_said_of_it(shop: Files) -> None:
    shop.write("0002_a", add("thing", "size"), after="0001_begin")
    shop.write("0002_b", add("place", "size"), after="0001_begin")

    lines = conflicts.describe(conflicts.find(MigrationLoader(None), None)[0])

    assert "  0002_a" in lines
    assert lines[-1] == "  They change different models."
