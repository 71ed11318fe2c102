"""``manage.py pull`` as people and scripts run it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from database.schema import selection
from database.schema.pull import pull
from tests.cluster import Result, Server, manage
from tests.project import Project

type Run = Callable[..., Result]


@pytest.fixture
def run(project: Project, database_url: str) -> Run:
    def command(*arguments: str, sql: str = "", **env: str) -> Result:
        if sql:
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(sql)
        variables = {"DATABASE_URL": database_url, "DEBUG": "true", **env}
        return manage(*arguments, env=variables, project=project.folder)

    return command


SHOP = "CREATE TABLE shops (id serial PRIMARY KEY, name text); CREATE TABLE crm_leads (id int)"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--app", "no-name"), 2, "prodobit.E703"),
        (("--app", "class"), 2, "prodobit.E703"),
        (("--app", "json"), 2, "name of a Python module"),
        (("--app", "auth"), 2, "is the label of the app"),
        (("--schema", "nowhere"), 2, "There is no schema 'nowhere'"),
        (("--tables", "shop"), 2, "case count. Did you mean shops?"),
        (("--exclude", "x*"), 2, "prodobit.E704"),
        (("--tables", "shops", "--exclude", "shops"), 1, "prodobit.E705"),
        (("--out", "/proc/nowhere"), 1, "prodobit.E707"),
        (("--nonsense",), 2, "unrecognized arguments"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(
    run: Run, project: Project, arguments: tuple[str, ...], code: int, words: str
) -> None:
    before = sorted(project.folder.iterdir())

    result = run("pull", *arguments, sql=SHOP)

    assert result.code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted(project.folder.iterdir()) == before


def test_an_empty_database_has_nothing_to_pull(run: Run) -> None:
    result = run("pull")

    assert result.code == 1
    assert "prodobit.E705: this database has no tables to pull." in result.stderr


def test_a_second_pull_changes_only_what_changed(run: Run, project: Project) -> None:
    first = run("pull", sql=SHOP)
    assert first.code == 0, first.stderr
    again = run("pull", EXTRA_APPS="legacy")
    assert again.code == 0
    assert "same    models.py" in again.stdout
    models = project.folder / "legacy" / "models.py"
    written = models.read_text()

    refused = run("pull", sql="ALTER TABLE shops ADD city text", EXTRA_APPS="legacy")
    assert refused.code == 4
    assert "prodobit.E706" in refused.stderr
    assert models.read_text() == written

    forced = run("pull", "--force", EXTRA_APPS="legacy")
    assert forced.code == 0, forced.stderr
    assert "changed models.py" in forced.stdout
    assert "prodobit.W710" in forced.stdout
    new = models.read_text().replace("    city = models.TextField(null=True, blank=True)\n", "")
    assert new == written


BODY = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT {}'"
LATER = f"""
DROP VIEW u, v, gone; CREATE VIEW v AS SELECT 2 AS a, 3 AS b; CREATE VIEW u AS SELECT a FROM v;
CREATE VIEW new AS SELECT 4 AS c; {BODY.format(2)}; ALTER DOMAIN d SET DEFAULT 5
"""


def test_a_second_pull_writes_a_migration_of_the_views_that_changed(
    run: Run, project: Project, cluster: Server
) -> None:
    sql = (
        f"{SHOP}; CREATE VIEW v AS SELECT 1 AS a; CREATE VIEW u AS SELECT a FROM v;"
        f"{BODY.format(1)}; CREATE VIEW gone AS SELECT 1 AS b; CREATE DOMAIN d AS int;"
        "CREATE TABLE ds (id d)"
    )
    assert run("pull", sql=sql).code == 0
    other = f"fresh_{secrets.token_hex(6)}"
    cluster.create(other)
    try:
        on_other = {"DATABASE_URL": cluster.url(other), "EXTRA_APPS": "legacy"}
        for variables in ({"EXTRA_APPS": "legacy"}, on_other):
            assert run("migrate", **variables).code == 0

        result = run("pull", sql=LATER, EXTRA_APPS="legacy")

        assert "new     migrations/0004_pulled_objects.py" in result.stdout
        for line in (
            "new: view new",
            "gone: view gone",
            "changed: view v",
            "changed: function f()",
        ):
            assert line in result.stdout
        assert "prodobit.W714" in result.stdout
        assert "  domain d\n" in result.stdout
        again = run("pull", EXTRA_APPS="legacy")
        assert "pulled_objects" not in again.stdout
        adopted = run("migrate", EXTRA_APPS="legacy")
        assert "Recorded, as the database has them already:\n  legacy.0004" in adopted.stdout
        assert "Applying legacy.0004_pulled_objects... OK" in run("migrate", **on_other).stdout
        assert _ask(cluster, other, "SELECT (SELECT b FROM v) + f() + (SELECT c FROM new)") == 9
        assert run("migrate", "legacy", "0003", **on_other).code == 0
        assert _ask(cluster, other, "SELECT (SELECT a FROM u) + f() + (SELECT b FROM gone)") == 3
    finally:
        cluster.drop(other)


def _ask(cluster: Server, database: str, query: str) -> object:
    with cluster.connect(database) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_w713_what_needs_new_columns_waits_for_their_migration(run: Run) -> None:
    assert run("pull", sql=SHOP).code == 0
    sql = "CREATE DOMAIN d AS int; ALTER TABLE shops ADD n d; CREATE VIEW v AS SELECT n FROM shops"

    first = run("pull", "--force", sql=sql, EXTRA_APPS="legacy")
    made = run("makemigrations", EXTRA_APPS="legacy")
    second = run("pull", EXTRA_APPS="legacy")
    adopted = run("migrate", EXTRA_APPS="legacy")

    assert "new     migrations/0002_pulled_prerequisites.py" in first.stdout
    assert "prodobit.W713" in first.stdout
    assert "0003_shop_n.py" in made.stdout
    assert "new     migrations/0004_pulled_objects.py" in second.stdout
    assert "W713" not in second.stdout
    assert adopted.stdout.count("  legacy.000") == 4


def test_w715_what_is_lost_of_other_apps_tables_is_named(run: Run) -> None:
    assert run("migrate").code == 0
    sql = f"{SHOP}; ALTER TABLE auth_user ADD extra text; CREATE INDEX own ON auth_user (email)"

    result = run("pull", sql=sql)

    assert "prodobit.W715" in result.stdout
    assert "column public.auth_user.extra belongs to no field" in result.stdout
    assert "index own btree (email) of public.auth_user belongs to no model" in result.stdout
    assert result.stdout.count("belongs to no") == 2


def test_push_leaves_what_a_migration_makes_by_sql(run: Run) -> None:
    sql = (
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (id int PRIMARY KEY,"
        "a int, b int CHECK (b > 0) NO INHERIT, FOREIGN KEY (a, b) REFERENCES p)"
    )
    assert run("pull", sql=sql).code == 0
    assert run("migrate", EXTRA_APPS="legacy").code == 0

    checked = run("push", "--check", sql="CREATE INDEX hand ON c (a)", EXTRA_APPS="legacy")
    pruned = run("push", "--prune", "--noinput", EXTRA_APPS="legacy")

    assert checked.stdout.count("public.c: ") == 1
    assert "public.c: index hand" in checked.stdout
    assert "Pushed: 1 dropped" in pruned.stdout
    assert "- drop index hand" in pruned.stdout


def test_standard_output_is_the_models_alone(run: Run, project: Project) -> None:
    result = run("pull", "--stdout", "--tables", "shop*", sql=SHOP)

    assert result.code == 0
    assert result.stdout.count("(models.Model):") == 1
    compile(result.stdout, "models.py", "exec")
    assert not (project.folder / "legacy").exists()


def test_json_is_one_document(run: Run, tmp_path: Path) -> None:
    result = run("pull", "--json", "--out", str(tmp_path), "--exclude", "crm*", sql=SHOP)

    report = json.loads(result.stdout)
    assert report["models"] == 1
    assert report["left_out"] == {"among --exclude": ["public.crm_leads"]}
    assert report["differences"] == []
    assert (tmp_path / "legacy" / "apps.py").exists()


def test_the_number_of_queries_does_not_grow_with_the_tables(
    transactional_db: None, cluster: Server
) -> None:
    from django.apps import apps

    connection = connections["default"]
    counts = []
    for number in (3, 60):
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA crowd")
            for place in range(number):
                cursor.execute(
                    f"CREATE TABLE crowd.t{place} (id int PRIMARY KEY, n int DEFAULT 1 + {place} "
                    f"CHECK (n * 2 > {place}), s text)"
                )
        with CaptureQueriesContext(
            connection,
        ) as queries:
            chosen = selection.select(connection, apps, "crowd_app", schemas=["crowd"])
            made = pull(connection, apps, "crowd_app", chosen)
        assert made.differences == ()
        counts.append(len(queries))
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA crowd CASCADE")

    assert counts[0] == counts[1]
    assert counts[1] <= 15
