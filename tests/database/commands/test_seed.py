"""``manage.py seed`` as a user runs it: exit codes, output, interruptions."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

import pytest

from database.management.commands.seed import row_count
from prodobit.embedded.cluster import Cluster
from tests import cluster as clusters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Run = Callable[..., clusters.Result]

TABLES = (
    *("categories", "products", "product_categories", "customers", "locations"),
    *("sales_orders", "sales_order_lines", "stock_movements", "stock_levels"),
)
ROWS = "SELECT " + " + ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)


@pytest.fixture(scope="module")
def migrated(cluster: clusters.Server) -> Iterator[str]:
    """The name of a migrated database, to be copied and not used."""
    name = f"seed_{secrets.token_hex(6)}"
    cluster.create(name)
    done = clusters.manage("migrate", "--verbosity=0", env=variables(cluster.url(name)))
    assert done.code == 0, done.stderr
    yield name
    cluster.drop(name)


@pytest.fixture
def new_database(cluster: clusters.Server, migrated: str) -> Iterator[Callable[[], str]]:
    """Makes a migrated database without rows, and returns its name."""
    made: list[str] = []

    def make() -> str:
        made.append(f"{migrated}_{len(made)}")
        with cluster.connect() as admin:
            admin.execute(f"CREATE DATABASE {made[-1]} TEMPLATE {migrated}".encode())
        return made[-1]

    yield make
    for name in made:
        cluster.drop(name)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    return new_database()


def variables(url: str, **more: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "DEBUG": "true", "SECRET_KEY": clusters.SECRET_KEY} | more


def count(cluster: clusters.Server, database: str) -> int:
    with cluster.connect(database) as session:
        row = session.execute(ROWS.encode()).fetchone()
    assert row
    return int(row[0])


def dump(cluster: clusters.Server, database: str) -> str:
    program = "pg_dump"
    if cluster.folder:
        program = Cluster(cluster.folder).program("pg_dump") or pytest.skip("no pg_dump")
    tables = [part for table in TABLES for part in ("-t", table)]
    made = subprocess.run(
        [program, "--data-only", *tables, cluster.url(database)],
        check=True,
        capture_output=True,
        text=True,
    )
    # From 15.14 and 16.10 on, a dump is wrapped in a key that is drawn anew each time.
    return re.sub(r"^\\(un)?restrict .*$", "", made.stdout, flags=re.MULTILINE)


def test_two_databases_get_the_same_rows(
    cluster: clusters.Server, new_database: Callable[[], str], run_manage: Run
) -> None:
    first, second, other = new_database(), new_database(), new_database()

    for name, seed in ((first, "5"), (second, "5"), (other, "6")):
        done = run_manage("seed", "--rows=3000", f"--seed={seed}", env=variables(cluster.url(name)))
        assert done.code == 0, done.stderr

    assert count(cluster, first) == 3000
    assert dump(cluster, first) == dump(cluster, second) != dump(cluster, other)


def test_plain_lines_without_a_terminal(
    cluster: clusters.Server, database: str, run_manage: Run
) -> None:
    done = run_manage("seed", "--rows", "1000", env=variables(cluster.url(database)))

    lines = done.stdout.splitlines()
    assert (done.code, done.stderr) == (0, "")
    assert [line.partition(":")[0] for line in lines[:9]] == list(TABLES)
    assert re.fullmatch(
        r"Seeded 1,000 rows in 9 tables in \d+\.\d seconds \(--seed 1\)\.", lines[9]
    )
    assert len(lines) == 10
    assert "\r" not in done.stdout
    assert "\x1b" not in done.stdout


def test_a_bar_on_a_terminal(cluster: clusters.Server, database: str, run_manage_tty: Run) -> None:
    done = run_manage_tty("seed", "--rows=20000", env=variables(cluster.url(database)))

    assert done.code == 0
    assert "100%  20,000 of 20,000 rows" in done.stdout
    assert re.search(r"\r\[#+\.*\]", done.stdout)
    assert re.search(r"\r\x1b\[KSeeded 20,000 rows in 9 tables in", done.stdout)


@pytest.mark.parametrize("text", ["0", "-5", "19", "100000001", "1000000000000", "many", "1e3", ""])
def test_numbers_of_rows_that_are_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"is not a whole number from 20 to 100,000,000$"):
        row_count(text)


@pytest.mark.parametrize(("text", "rows"), [("20", 20), ("100000000", 100_000_000)])
def test_numbers_of_rows_that_are_accepted(text: str, rows: int) -> None:
    assert row_count(text) == rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rows=0"], "argument --rows: '0' is not a whole number from 20 to 100,000,000"),
        (["--seed=x"], "argument --seed: 'x' is not a whole number"),
        (["100"], "unrecognized arguments: 100"),
    ],
)
def test_wrong_usage(run_manage: Run, arguments: list[str], said: str) -> None:
    done = run_manage("seed", *arguments, env={"DEBUG": "true"})

    assert done.code == 2
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_e301_production_is_refused_unless_it_is_forced(
    cluster: clusters.Server, database: str, run_manage: Run
) -> None:
    production = variables(cluster.url(database), DEBUG="false")

    refused = run_manage("seed", "--rows=100", env=production)
    refused_to_replace = run_manage("seed", "--rows=100", "--replace", env=production)
    rows_then = count(cluster, database)
    forced = run_manage("seed", "--rows=100", "--force", env=production)

    assert refused.code == refused_to_replace.code == 4
    assert refused.stderr.startswith("CommandError: prodobit.E301: DEBUG is false")
    assert refused.stderr.count("\n") == 1
    assert rows_then == 0
    assert forced.code == 0
    assert count(cluster, database) == 100


def test_e302_an_unmigrated_database(database_url: str, run_manage: Run) -> None:
    done = run_manage("seed", env=variables(database_url))

    assert done.code == 1
    assert done.stderr.startswith("CommandError: prodobit.E302: ")
    assert "manage.py migrate" in done.stderr
    assert done.stderr.count("\n") == 1


def test_e303_a_second_run_is_refused_and_a_replacing_one_is_not(
    cluster: clusters.Server, database: str, run_manage: Run
) -> None:
    environment = variables(cluster.url(database))

    codes = [
        run_manage("seed", "--rows=100", env=environment).code,
        run_manage("seed", "--rows=200", env=environment).code,
    ]
    rows_then = count(cluster, database)
    codes.append(run_manage("seed", "--rows=200", "--replace", env=environment).code)

    assert codes == [0, 1, 0]
    assert rows_then == 100
    assert count(cluster, database) == 200


def test_a_server_that_is_not_there(run_manage: Run) -> None:
    done = run_manage("seed", env={"DB_HOST": "127.0.0.1", "DB_PORT": "1", "DEBUG": "true"})

    assert done.code == 1
    assert done.stderr.startswith("prodobit: cannot connect to PostgreSQL: ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def running(cluster: clusters.Server, database: str) -> Iterator[subprocess.Popen[str]]:
    """A seed of many rows that has written some of them."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "seed", "--rows=2000000"],
        cwd=clusters.ROOT,
        env=clusters.environment(variables(cluster.url(database), PYTHONUNBUFFERED="1")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("categories: ")
        assert process.stdout.readline().startswith("products: ")
        yield process
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interruption_leaves_nothing(
    cluster: clusters.Server, database: str, run_manage: Run, running: Any, how: signal.Signals
) -> None:
    os.killpg(running.pid, how)
    _, said = running.communicate(timeout=60)

    if how is signal.SIGINT:
        assert running.returncode == 1
        assert said == "CommandError: Interrupted; nothing was written.\n"
    # The server may take a moment to notice; the next run waits for its locks.
    assert count(cluster, database) == 0
    again = run_manage("seed", "--rows=100", env=variables(cluster.url(database)))
    assert again.code == 0, again.stderr
    assert count(cluster, database) == 100


def test_every_id_has_a_heading_in_its_page() -> None:
    sources = [
        clusters.ROOT / "database" / "seeding" / "load.py",
        clusters.ROOT / "database" / "management" / "commands" / "seed.py",
    ]
    page = (clusters.ROOT / "docs" / "seed.md").read_text()

    ids = {found for path in sources for found in re.findall(r"prodobit\.E\d+", path.read_text())}

    assert ids == set(re.findall(r"^#+ (prodobit\.E\d+)", page, re.MULTILINE))
