"""What changes a fingerprint, and what does not."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from database.migrating import fingerprint, source_text
from database.migrating.source_file import SourceFile
from tests.cluster import ROOT
from tests.database.migrating.files import Files

FIELD = "migrations.AddField('thing', 'size', models.CharField(max_length=3, null=True)),"
HELPERS = """
LIMIT = 10

def helper(rows):
    return rows[:LIMIT]

def unused(rows):
    return rows

def fill(apps, schema_editor):
    some = 1
    helper([], )
"""
RUN = "migrations.RunPython(fill, migrations.RunPython.noop),"
SQL = '''migrations.RunSQL("""UPDATE thing SET a = 'x  y' WHERE b = 1"""),'''
CLASS = "from django.db import migrations, models\nclass Migration(migrations.Migration):\n"

SAME = {
    "white space and line breaks": (
        FIELD,
        "",
        "migrations.AddField(\n   'thing',\n 'size', models.CharField( max_length=3,null=True ) )",
        "",
    ),
    "order of keyword arguments": (
        FIELD,
        "",
        "migrations.AddField(name='size', field=models.CharField(null=True, max_length=3), "
        "model_name='thing')",
        "",
    ),
    "comments": (FIELD, "", f"# why\n{FIELD}  # because", "# and more"),
    "a heading": (FIELD, "", FIELD, '"""What it is for."""'),
    "an unused import": (FIELD, "", FIELD, "import os"),
    "an elidable function": (
        RUN,
        HELPERS,
        "migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)",
        HELPERS,
    ),
    "the layout of a function": (
        RUN,
        HELPERS,
        RUN,
        '''
LIMIT: int = 0xA
def fill(apps, schema_editor) -> None:
    """Fill."""
    # Only some.
    some: int = 1
    helper(
        [],
    )
def helper(rows: list[int]):
    return (rows[: LIMIT])
''',
    ),
    "an unused function": (RUN, HELPERS, RUN, HELPERS.replace("return rows\n", "return None\n")),
    "keyword arguments in a function": (
        RUN,
        "def fill(apps, schema_editor):\n    apps.make(a=1, b=apps.get())",
        RUN,
        "def fill(apps, schema_editor):\n    apps.make(b=apps.get(), a=1)",
    ),
    "white space and comments in SQL": (
        SQL,
        "",
        '''migrations.RunSQL("""
            UPDATE thing /* all /* of them */ */ SET a='x  y' -- 'this one
             WHERE b=1;"""),''',
        "",
    ),
    "a list of one statement": (SQL, "", SQL.replace('("""', '(["""').replace('""")', '"""])'), ""),
    "a lambda in other quotes": (
        "migrations.RunPython(lambda apps, _: apps.get('a')),",
        "",
        'migrations.RunPython(\n lambda apps, _: apps.get("a"))',
        "",
    ),
    "the elements of a set": (
        "migrations.AlterUniqueTogether('thing', {('a', 'b'), ('c', 'd'), ('e', 'f')}),",
        "",
        "migrations.AlterUniqueTogether('thing', {('e', 'f'), ('c', 'd'), ('a', 'b')}),",
        "",
    ),
}
OTHER = {
    "an argument": (FIELD, "", FIELD.replace("3", "4"), ""),
    "another operation": (FIELD, "", FIELD + "migrations.DeleteModel('other'),", ""),
    "the order of operations": (FIELD + SQL, "", SQL + FIELD, ""),
    "the body of a function": (RUN, HELPERS, RUN, HELPERS.replace("helper([], )", "helper([1])")),
    "a function it calls": (RUN, HELPERS, RUN, HELPERS.replace("[:LIMIT]", "[LIMIT:]")),
    "a constant it uses": (RUN, HELPERS, RUN, HELPERS.replace("10", "11")),
    "what is done to a constant": (RUN, HELPERS, RUN, HELPERS + "\nLIMIT += 1\n"),
    "where a name comes from": (
        RUN,
        "from a import b\ndef fill(*_):\n    b()".replace(
            "from a import b", "from os import path as b"
        ),
        RUN,
        "from sys import path as b\ndef fill(*_):\n    b()",
    ),
    "the order of calls": (
        RUN,
        "def fill(apps, schema_editor):\n    apps.make(a=apps.one(), b=apps.two())",
        RUN,
        "def fill(apps, schema_editor):\n    apps.make(b=apps.two(), a=apps.one())",
    ),
    "the way back": (RUN, HELPERS, "migrations.RunPython(fill),", HELPERS),
    "SQL": (SQL, "", SQL.replace("b = 1", "b = 2"), ""),
    "white space within quotes": (SQL, "", SQL.replace("x  y", "x y"), ""),
    "what two SQL operators are": (
        "migrations.RunSQL('SELECT 1 - -1'),",
        "",
        "migrations.RunSQL('SELECT 1 --1'),",
        "",
    ),
    "what an escape string is": (
        r"migrations.RunSQL(r'''SELECT e'\'' ''' ),",
        "",
        r"migrations.RunSQL(r'''SELECT e '\' ''' ),",
        "",
    ),
    "a field of a class": (
        RUN,
        "class Row:\n    size: int = 1\ndef fill(*_):\n    Row()",
        RUN,
        "class Row:\n    size = 1\ndef fill(*_):\n    Row()",
    ),
    "a lambda": (
        "migrations.RunPython(lambda apps, _: apps.get('a')),",
        "",
        "migrations.RunPython(lambda apps, _: apps.get('b')),",
        "",
    ),
    "an operation of the file's own": (
        "Own(),",
        "class Own(migrations.operations.base.Operation):\n    def state_forwards(*_): pass",
        "Own(),",
        "class Own(migrations.operations.base.Operation):\n    def state_forwards(*_): print()",
    ),
    "the choices of a field": (
        "migrations.AddField('a', 'b', models.TextField(choices=[('x', 'X'), ('y', 'Y')])),",
        "",
        "migrations.AddField('a', 'b', models.TextField(choices=[('y', 'Y'), ('x', 'X')])),",
        "",
    ),
}


def prints(
    files: Files, operations: str, more: str, others: str, other_more: str
) -> list[fingerprint.Fingerprint]:
    """Return the fingerprint of a migration before and after an edit."""
    found = []
    for text, before in ((operations, more), (others, other_more)):
        files.write("0002_two", text, more=before, after="0001_one")
        found.append(fingerprint.of(files.load("0002_two")))
    return found


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
def test_an_edit_without_effect_keeps_the_fingerprint(
    files: Files, case: tuple[str, str, str, str]
) -> None:
    before, after = prints(files, *case)

    assert after.digest == before.digest
    assert after.source != before.source


@pytest.mark.parametrize("case", OTHER.values(), ids=OTHER)
def test_an_edit_with_an_effect_changes_the_fingerprint(
    files: Files, case: tuple[str, str, str, str]
) -> None:
    before, after = prints(files, *case)

    assert after.digest != before.digest
    assert after.operations != before.operations


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        ("    dependencies = [('shop', '0001_one')]\n", True),
        ("    dependencies = []\n    initial = True\n    replaces = [('shop', 'x')]\n", True),
        ("    atomic = False\n", False),
        ("    def apply(self, state, editor, collect_sql=False):\n        return state\n", False),
    ],
    ids=["dependencies", "replaces", "atomic", "apply"],
)
def test_of_the_class_only_what_it_does_counts(files: Files, lines: str, same: bool) -> None:
    files.text("0002_two", f"{CLASS}    operations = [{FIELD}]\n")
    before = fingerprint.of(files.load("0002_two"))

    files.text("0002_two", f"{CLASS}{lines}    operations = [{FIELD}]\n")

    assert (fingerprint.of(files.load("0002_two")).digest == before.digest) is same


def test_what_the_class_is_made_from_counts(files: Files) -> None:
    head = "class Base(migrations.Migration):\n    def apply(self, *_):\n        return {}\n"
    derived = CLASS.replace("class Migration(migrations.Migration)", head + "class Migration(Base)")
    digests = []
    for value in (1, 2):
        files.text("0002_two", f"{derived.format(value)}    operations = []\n")
        digests.append(fingerprint.of(files.load("0002_two")).digest)

    assert digests[0] != digests[1]


def test_digests_that_are_stored_stay_what_they_are(files: Files) -> None:
    found = [each.digest for case in (SAME | OTHER).values() for each in prints(files, *case)]

    together = hashlib.sha256("".join(found).encode()).hexdigest()
    assert together == "9e63d98355249b247367f0c43d892ee5508f506767fe158ab6de8846da04902a"


def test_a_file_is_read_and_parsed_once(files: Files) -> None:
    files.write("0002_two", RUN, more=HELPERS)
    migration = files.load("0002_two")

    with (
        mock.patch.object(SourceFile, "of", side_effect=SourceFile.of) as read,
        mock.patch.object(source_text, "_normal", side_effect=source_text._normal) as normal,
    ):
        fingerprint.of(migration)

    nodes = [call.args[0] for call in normal.call_args_list]
    assert read.call_count == 1
    assert nodes
    assert len(nodes) == len(set(nodes))


def test_a_renamed_file_does_the_same(files: Files) -> None:
    files.write("0002_two", RUN, more=HELPERS)
    files.write("0003_two", RUN, more=HELPERS)

    two, three = (fingerprint.of(files.load(name)) for name in ("0002_two", "0003_two"))

    assert two.digest == three.digest


def test_sql_read_from_another_file_counts_though_the_migration_is_the_same(files: Files) -> None:
    sql = files.folder / "view.sql"
    text = f"migrations.RunSQL(__import__('pathlib').Path({str(sql)!r}).read_text()),"
    sql.write_text("CREATE VIEW a AS SELECT 1")
    files.write("0002_two", text)
    before = fingerprint.of(files.load("0002_two"))

    sql.write_text("CREATE VIEW a AS SELECT 2")
    after = fingerprint.of(files.load("0002_two"))

    assert after.source != before.source
    assert after.digest != before.digest


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE ROLE app PASSWORD 'secret'",
        "ALTER ROLE app WITH ENCRYPTED PASSWORD E'secret'",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'u', password 'secret')",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=secret dbname=d' PUBLICATION p",
        "SELECT dblink('postgresql://app:secret@host/db', 'x')",
        "ALTER ROLE app PASSWORD $$secret$$",
        ("ALTER ROLE app PASSWORD %s", ["secret"]),
    ],
)
def test_no_password_is_kept(files: Files, sql: object) -> None:
    python = "def fill(*_):\n    app(password='secret'); app({'password': 'secret'})"
    files.write("0002_two", f"migrations.RunSQL([{sql!r}]), {RUN}", more=python)

    found = fingerprint.of(files.load("0002_two"))

    assert "secret" not in found.operations
    assert "app" in found.operations or "SUBSCRIPTION" in found.operations


def test_what_was_made_in_memory_has_no_fingerprint() -> None:
    from django.db.migrations import Migration

    assert fingerprint.of(Migration("0001_x", "shop")) == fingerprint.Fingerprint("", "", "")


def test_the_text_is_what_people_read(files: Files) -> None:
    files.write("0002_two", FIELD + RUN + SQL, more=HELPERS)

    assert fingerprint.of(files.load("0002_two")).operations == (
        """\
AddField(
    model_name='thing',
    name='size',
    field=models.CharField(max_length=3, null=True),
)
RunPython(
    code=fill,
    reverse_code=django.db.migrations.operations.special.RunPython.noop,
)
RunSQL(
    sql=SQL[
        UPDATE thing SET a = 'x  y' WHERE b = 1;
    ],
)

LIMIT = 10

def fill(apps, schema_editor):
    some = 1
    helper([])

def helper(rows):
    return rows[:LIMIT]"""
    )


def test_seeds_of_hashes_do_not_matter(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from tests.database.migrating.files import Files\n"
        "from database.migrating import fingerprint\n"
        "from tests.database.migrating.test_fingerprint import SAME\n"
        "files = Files(Path(sys.argv[1]))\n"
        "files.write('0001_a', SAME['the elements of a set'][0])\n"
        "print(fingerprint.of(files.load('0001_a')).digest)\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    found = {
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            env=environment | {"PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(found) == 1
    assert found != {""}


EVERYTHING = r"""
from django.db import migrations
import functools as ft
LIMIT: int = 3
def deco(f):
    return f
class K[T]:
    x: int = 1
    def m(self, *, a=1, **k): return f"{a!r:>{self.x}} {'b' "c"} {{}} {k['q']}" "tail"
@deco
async def later(x, /, y=2, *args):
    async with x as (a, b), y: yield (lambda q=1, *, z: q)(z=3)
def fill(apps, schema_editor):
    try:
        match apps:
            case {"a": [1, *_]}: pass
            case K(x=1): return
    except* ValueError as e:
        raise
    global LIMIT
    del (LIMIT, ),
    type X = int
    x: "int" = (y := 5) if apps else ...
    print(b'\x00', 1e400, -0.0, 1j, 'ä', r'\d', K().m(b=1, a=2), [i for i in later], ft)
class Migration(migrations.Migration):
    operations = [migrations.RunPython(fill)]
"""


def test_versions_of_python_do_not_matter(files: Files) -> None:
    files.text("0001_a", EVERYTHING)

    # Found by Python 3.12 and 3.13 alike.
    assert fingerprint.of(files.load("0001_a")).digest == (
        "1:b33eb665d4b2e6a10b17ef9ebebc0c44792887cae6646e70d03d916a3467fcfa"
    )


def test_a_formatter_changes_nothing(files: Files) -> None:
    path = files.text("0001_a", EVERYTHING)
    before = fingerprint.of(files.load("0001_a"))

    for command in (("check", "--select=I", "--fix"), ("format",)):
        ruff = (sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "-q", path)
        subprocess.run(ruff, check=True)

    after = fingerprint.of(files.load("0001_a"))
    assert after.source != before.source
    assert after.digest == before.digest
