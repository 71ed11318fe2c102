"""One branch of an app's migrations is let follow the other."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from database.migrating import conflicts, rebase, repository
from database.migrating.conflicts import Key
from database.migrating.rebase import Rebase, RebaseError
from tests.database.migrating.files import Files

BEGIN = "migrations.CreateModel('Thing', [('id', models.BigAutoField(primary_key=True))]),"
SQL = "migrations.RunSQL('SELECT 1'),"
APPLIED = {("shop", "0001_begin"), ("shop", "0002_a")}


@pytest.fixture
def shop(files: Files) -> Iterator[Files]:
    """An app with two latest migrations, of which the first is applied."""
    files.write("0001_begin", BEGIN)
    files.write("0002_a", SQL, after="0001_begin")
    files.write("0002_b", SQL, after="0001_begin")
    with files.loading():
        yield files


def planned(applied: Collection[Key] = APPLIED, onto: str = "") -> Rebase:
    loader = MigrationLoader(None)
    choices = []
    for conflict in conflicts.find(loader, applied):
        possible = rebase.possible_bases(conflict, applied)
        named = [branch for branch in possible if branch.name == onto]
        choices.append((conflict, (named or possible)[0]))
    return rebase.plan(loader, choices)


def names(files: Files, app: str = "shop") -> list[str]:
    return sorted(path.name for path in (files.folder / app).iterdir())


def line(app: str = "shop") -> list[str]:
    """Return the migrations of an app from first to last; it has one last."""
    graph = MigrationLoader(None).graph
    (leaf,) = graph.leaf_nodes(app)
    return [name for label, name in graph.forwards_plan(leaf) if label == app]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_file_keeps_every_byte_but_the_name_of_its_parent(
    shop: Files, end: str, encoding: str
) -> None:
    text = end.join(
        [
            *(["# -*- coding: latin-1 -*-"] if encoding == "latin-1" else []),
            "# Größe",
            "from django.db import migrations",
            "class Migration(migrations.Migration):",
            "  dependencies = [ # 0001_begin",
            '\t(r"shop",   r"0001_begin"  ,), ]  # Maß',
            "  operations = [migrations.RunSQL('''SELECT 'ä', 0001_begin''')]  ",
            "",
            "",
        ]
    )
    path = shop.folder / "shop/0002_b.py"
    path.write_bytes(text.encode(encoding))
    path.chmod(0o640)

    rebase.carry_out(planned())

    moved = shop.folder / "shop/0003_b.py"
    expected = text.replace('r"0001_begin"', 'r"0002_a"').encode(encoding)
    assert moved.read_bytes() == expected
    assert moved.stat().st_mode & 0o777 == 0o640
    assert names(shop) == ["0001_begin.py", "0002_a.py", "0003_b.py"]


def test_a_whole_branch_is_moved_with_all_that_names_it(shop: Files) -> None:
    shop.write("0003_c", SQL, after="0002_b")
    shop.write("0001_begin", BEGIN, app="crm", after="0000_first shop.0003_c")
    path = shop.write("0000_first", SQL, app="crm")
    path.write_text(path.read_text() + '    run_before = [("shop", "0002_b"), ]\n')
    (shop.folder / "shop/max_migration.txt").write_text("<<<<<<<\n0002_a\n=======\n0003_c\n>>>>>>>")

    work = planned()
    rebase.carry_out(work)

    assert [new for _, new in work.moves] == [("shop", "0003_b"), ("shop", "0004_c")]
    assert line() == ["0001_begin", "0002_a", "0003_b", "0004_c"]
    assert (
        "[('crm', '0000_first'), ('shop', '0004_c')]"
        in (shop.folder / "crm/0001_begin.py").read_text()
    )
    assert '[("shop", "0003_b"), ]' in path.read_text()
    assert (shop.folder / "shop/max_migration.txt").read_text() == "0004_c\n"


def test_of_three_branches_two_follow(shop: Files) -> None:
    shop.write("0002_c", SQL, after="0001_begin")
    shop.write("0003_d", SQL, after="0002_c")

    rebase.carry_out(planned())

    assert line() == ["0001_begin", "0002_a", "0003_b", "0004_c", "0005_d"]


def test_conflicts_of_two_apps_that_depend_on_each_other_are_solved_together(shop: Files) -> None:
    shop.write("0001_begin", SQL, app="crm")
    shop.write("0002_a", SQL, app="crm", after="0001_begin shop.0002_a")
    shop.write("0002_b", SQL, app="crm", after="0001_begin shop.0002_b")

    rebase.carry_out(planned(APPLIED | {("crm", "0002_a")}))

    assert line() == ["0001_begin", "0002_a", "0003_b"]
    assert line("crm") == ["0001_begin", "0002_a", "0003_b"]
    text = (shop.folder / "crm/0003_b.py").read_text()
    assert "[('crm', '0002_a'), ('shop', '0003_b')]" in text


def test_a_name_without_a_number_stays(shop: Files) -> None:
    (shop.folder / "shop/0002_b.py").unlink()
    shop.write("only_words", SQL, after="0001_begin")

    rebase.carry_out(planned())

    assert line() == ["0001_begin", "0002_a", "only_words"]


def test_the_branch_that_is_not_applied_is_moved_whichever_it_is(shop: Files) -> None:
    work = planned({("shop", "0002_b")})

    assert work.moves == ((("shop", "0002_a"), ("shop", "0003_a")),)
    assert len(planned(set(), onto="0002_b").moves) == 1


def test_what_goes_before_by_way_of_another_app_stays(shop: Files) -> None:
    shop.write("0001_begin", SQL, app="crm", after="shop.0002_b")
    shop.write("0002_a", SQL, after="0001_begin crm.0001_begin")

    work = planned(set())

    assert work.moves == ((("shop", "0002_a"), ("shop", "0003_a")),)


REFUSALS = {
    "both are applied": ("", APPLIED | {("shop", "0002_b")}, "E843: Of shop, 0002_a, 0002_b are"),
    "a migration of that name": ("0003_b", APPLIED, "E845: shop.0002_b would become 0003_b"),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS)
def test_what_is_not_safe_is_refused(shop: Files, case: tuple[str, set[Key], str]) -> None:
    name, applied, message = case
    if name:
        shop.write(name, SQL, after="0001_begin")
        for each in ("0002_a", "0002_b"):
            shop.write(each, SQL, after=name)
    before = {path: path.read_bytes() for path in shop.folder.glob("*/*")}

    with pytest.raises(RebaseError, match=message):
        planned(applied)

    assert {path: path.read_bytes() for path in shop.folder.glob("*/*")} == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[('shop', '0001_begin')]", "[('shop', '0001' + '_begin')]", "names 0 parents"),
        (
            "class Migration",
            "class Migration(migrations.Migration): pass\nclass Migration",
            "one class",
        ),
    ],
)
def test_what_cannot_be_edited_is_refused(shop: Files, old: str, new: str, message: str) -> None:
    path = shop.folder / "shop/0002_b.py"
    path.write_text(path.read_text().replace(old, new))

    with pytest.raises(RebaseError, match=f"E844: 0002_b.py cannot be edited, as it .*{message}"):
        planned()


def test_a_migration_with_two_parents_is_refused(shop: Files) -> None:
    shop.write("0003_c", SQL, after="0002_b 0001_begin")

    with pytest.raises(RebaseError, match=r"E844: 0003_c.py .* names 2 parents"):
        planned()


def test_a_squashed_migration_is_refused(shop: Files) -> None:
    path = shop.write("0002_squashed", SQL, after="0001_begin")
    path.write_text(path.read_text() + "    replaces = [('shop', '0002_b')]\n")

    with pytest.raises(RebaseError, match=r"E844: shop.0002_squashed replaces others"):
        planned()


def test_nothing_is_overwritten_and_what_was_written_is_taken_back(shop: Files) -> None:
    shop.write("0001_begin", SQL, app="crm", after="shop.0002_b")
    work = planned()
    (shop.folder / "shop/0003_b.py").write_text("precious")
    before = {path: path.read_bytes() for path in shop.folder.glob("*/*")}

    with pytest.raises(RebaseError, match=r"E845: .*0003_b.py exists already"):
        rebase.carry_out(work)

    assert {path: path.read_bytes() for path in shop.folder.glob("*/*")} == before


def test_a_file_that_was_changed_meanwhile_is_left_alone(shop: Files) -> None:
    work = planned()
    path = shop.folder / "shop/0002_b.py"
    path.write_text(path.read_text() + "# more\n")

    with pytest.raises(RebaseError, match=r"E845: 0002_b.py was changed just now"):
        rebase.carry_out(work)

    assert names(shop) == ["0001_begin.py", "0002_a.py", "0002_b.py"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
    )


def test_git_tells_which_branch_was_there_first(shop: Files) -> None:
    a, b = (shop.folder / "shop" / f"0002_{name}.py" for name in "ab")
    assert repository.in_main(shop.folder, [[a], [b]]) == []
    git(shop.folder, "init", "-q", "-b", "main")
    git(shop.folder, "add", "shop/0001_begin.py", "shop/0002_b.py")
    git(shop.folder, "commit", "-q", "-m", "b")
    assert repository.in_main(shop.folder, [[a], [b]]) == [1]
    git(shop.folder, "switch", "-q", "-c", "feature")
    git(shop.folder, "add", "shop/0002_a.py")
    git(shop.folder, "commit", "-q", "-m", "a")
    assert repository.in_main(shop.folder, [[a], [b]]) == [1]
    git(shop.folder, "switch", "-q", "main")
    git(shop.folder, "merge", "-q", "feature")

    assert repository.in_main(shop.folder, [[a], [b]]) == []
