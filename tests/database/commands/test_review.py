"""``manage.py review``, and its short form behind makemigrations, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Result, Server
from tests.database.shop import Shop, new_name

FIRST = """
class Thing(Model):
    name = CharField(max_length=50)
    code = IntegerField(null=True)
"""
SECOND = """
class Thing(Model):
    name = CharField(max_length=40, db_index=True)
    code = IntegerField(null=True)
"""

NARROWER = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AlterField("thing", "name", models.CharField(db_index=True, max_length=40)),
    ]
"""


@pytest.fixture(scope="module")
def migrated(cluster: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A project with a migrated table of 200,000 rows."""
    name = new_name("review")
    cluster.create(name)
    shop = Shop.make(tmp_path_factory.mktemp("review"), cluster, name)
    shop.models(FIRST)
    assert shop.run("makemigrations", "shop").code == 0
    assert shop.run("migrate").code == 0
    shop.sql("INSERT INTO shop_thing (name) SELECT 'x' FROM generate_series(1, 200000)")
    shop.sql("ANALYZE shop_thing")
    yield shop
    cluster.drop(name)


@pytest.fixture
def changed(cluster: Server, migrated: Shop, tmp_path: Path) -> Iterator[Shop]:
    """A copy of it, whose models were changed since."""
    name = new_name("review")
    with cluster.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated.database}".encode())
    shop = Shop.make(tmp_path, cluster, name)
    for stem, text in migrated.migrations.items():
        shop.migration(stem, text)
    shop.models(SECOND)
    yield shop
    cluster.drop(name)


@pytest.fixture
def pending(changed: Shop) -> Shop:
    """The same with the migration, which is pending."""
    changed.migration("0002_alter_thing_name", NARROWER)
    return changed


def git(shop: Shop, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", *arguments],
        cwd=shop.folder,
        check=True,
        capture_output=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    )


def test_a_change_from_the_editor_to_the_pull_request(changed: Shop) -> None:
    git(changed, "init", "--initial-branch=main")
    git(changed, "add", ".")
    git(changed, "commit", "--message=first")
    git(changed, "checkout", "-b", "narrower")

    written = changed.run("makemigrations", "shop")

    assert written.code == 0
    assert "    ~ Alter field name on thing\n" in written.stdout
    assert "Review of shop.0002_alter_thing_name: warning\n" in written.stdout
    assert "  warning prodobit.W861: shop_thing is rewritten" in written.stdout
    assert written.stdout.count("prodobit.W867") == 1
    assert "The safe way: manage.py review shop 0002_alter_thing_name" in written.stdout

    shown = changed.run("review", "--fail-on", "warning")

    assert shown.code == 3
    assert changed.run("review", "--fail-on", "danger").code == 0
    assert "prodobit.E864" in shown.stderr
    assert "shop.0002_alter_thing_name: warning (new)" in shown.stdout
    assert 'ALTER COLUMN "name" TYPE varchar(40);' in shown.stdout
    assert (
        "ACCESS EXCLUSIVE on shop_thing; blocks reads and writes; rewritten, indexed "
        "(about 0.3 s); about 200,000 rows" in shown.stdout
    )
    assert "(squawk: changing-column-type)" in shown.stdout
    assert changed.columns("shop_thing")["name"] == "character varying(50)"

    document = json.loads(changed.run("review", "--json").stdout)
    [migration] = document["migrations"]
    statement = migration["operations"][0]["statements"][0]
    assert (migration["severity"], migration["in_main"], migration["applied"]) == (
        "warning",
        False,
        False,
    )
    assert statement["locks"] == [
        {"table": "shop_thing", "lock": "ACCESS EXCLUSIVE", "blocks": ["reads", "writes"]}
    ]
    assert statement["tables"][0]["rows"] == 200000
    assert document["exit_code"] == 0

    markdown = changed.run("review", "--markdown").stdout
    assert "### ⚠ `shop.0002_alter_thing_name`: warning" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert all(line.replace("\\|", "").count("|") == 5 for line in rows)

    offline = changed.run("review", "--offline", "--new")
    assert offline.code == 0
    assert "shop.0002_alter_thing_name: warning (new)" in offline.stdout
    assert "sizes unknown" in offline.stdout

    git(changed, "add", ".")
    git(changed, "commit", "--message=second")
    git(changed, "checkout", "main")
    git(changed, "merge", "narrower")
    merged = changed.run("review")
    assert "shop.0002_alter_thing_name: warning (in the main branch)" in merged.stdout
    assert "Nothing to review" in changed.run("review", "--new").stdout
    assert "Nothing to review" in changed.run("review", "--offline").stdout


def test_makemigrations_keeps_its_output_for_programs(changed: Shop) -> None:
    assert changed.run("makemigrations", "--check", "shop").code == 1
    dry = changed.run("makemigrations", "--dry-run", "shop")
    scripted = changed.run("makemigrations", "--scriptable", "shop")

    assert "Review" not in dry.stdout + dry.stderr
    assert scripted.stdout == "shop/migrations/0002_alter_thing_name.py\n"
    assert "Review of shop.0002_alter_thing_name" in scripted.stderr
    assert changed.run("makemigrations", "--check", "shop").code == 0
    assert changed.run("makemigrations", "shop").stdout == "No changes detected in app 'shop'\n"


def test_without_a_database(shop: Shop) -> None:
    shop.models(FIRST)
    assert shop.run("makemigrations", "shop").code == 0
    shop.models(SECOND)
    assert shop.run("makemigrations", "shop").code == 0
    env = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    refused = shop.run("review", **env)
    named = shop.run("review", "shop", "0002", **env)
    offline = shop.run("review", "shop", "0002", "--offline")

    assert refused.code == 2
    assert "prodobit.E865" in refused.stderr
    assert named.code == 0
    assert "prodobit.W879: The database cannot be reached" in named.stdout
    assert "shop.0002_alter_thing_name: warning" in named.stdout
    assert "rows of an unknown number" in named.stdout
    assert "W879" not in offline.stdout
    assert "shop.0002_alter_thing_name: warning" in offline.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "prodobit.E861: There is no app nothing with migrations."),
        (("shop", "0009"), "prodobit.E862: The app shop has no migration 0009."),
        (("contenttypes", "0"), "prodobit.E862: 0 may be any of 0001_initial, 0002_"),
    ],
)
def test_what_is_not_there(shop: Shop, arguments: tuple[str, ...], said: str) -> None:
    shop.migration("0001_initial", "from django.db.migrations import Migration\n")

    result = shop.run("review", *arguments)

    assert result.code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_two_latest_migrations(shop: Shop) -> None:
    for name in ("0001_one", "0001_two"):
        shop.migration(name, "from django.db.migrations import Migration\n")

    result = shop.run("review", "--json")

    assert result.code == json.loads(result.stdout)["exit_code"] == 2
    assert "prodobit.E863" in result.stderr


def test_an_applied_migration_is_seen_as_it_was(pending: Shop) -> None:
    assert pending.run("migrate").code == 0

    result = pending.run("review", "shop", "0002")

    assert "shop.0002_alter_thing_name: warning (applied already)" in result.stdout
    assert "(character varying(50) → character varying(40))" in result.stdout
    assert pending.run("review").stdout == "Nothing to review: no migration is pending.\n"


def test_who_may_only_read_can_review(pending: Shop) -> None:
    pending.sql("CREATE ROLE review_reader LOGIN")
    pending.sql("GRANT SELECT ON django_migrations TO review_reader")
    try:
        result = pending.run("review", user="review_reader")
    finally:
        pending.sql("DROP OWNED BY review_reader")
        pending.sql("DROP ROLE review_reader")

    assert (result.code, result.stderr) == (0, "")
    assert "about 200,000 rows" in result.stdout


def test_a_table_that_is_locked_is_no_obstacle(pending: Shop) -> None:
    with pending.server.connect(pending.database) as other:
        other.execute("BEGIN")
        other.execute("LOCK TABLE shop_thing")
        result = pending.run("review")
        other.execute("ROLLBACK")

    assert (result.code, result.stderr) == (0, "")
    assert "rewritten, indexed (about 0.3 s); about 200,000 rows\n" in result.stdout


def test_without_squawk_its_findings_are_said_to_be_missing(
    changed: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from database.review import squawk

    monkeypatch.setattr(sys, "executable", str(changed.folder / "python"))
    monkeypatch.setenv("PATH", str(changed.folder))

    assert squawk.find() is None
    (changed.folder / "squawk").write_text("")
    assert squawk.find() == str(Path(changed.folder) / "squawk")


def test_colours_on_a_terminal_only(pending: Shop) -> None:

    seen = pending.run_tty("review")
    plain: Result = pending.run_tty("review", NO_COLOR="1")

    assert "\x1b[" in seen.stdout
    assert "\x1b[" not in plain.stdout
