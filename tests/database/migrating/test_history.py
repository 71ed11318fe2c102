"""What the ledger keeps, and what it tells afterwards."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import post_save
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from database.migrating import history
from database.migrating.ledger import Entry, Event, Ledger, LedgerError, known_applied
from database.migrating.loader import MigrationLoader
from database.migrating.recording import MigrationExecutor
from tests.cluster import ROOT
from tests.database.migrating.files import Files
from tests.database.migrating.runs import schema_of_its_own

THING = "migrations.CreateModel('Thing', [('id', models.BigAutoField(primary_key=True))]),"
SIZE = "migrations.AddField('thing', 'size', models.IntegerField(default=7)),"
REFORMATTED = """
        # A size, at last.
        migrations.AddField(
            name="size",
            model_name="thing",
            field=models.IntegerField(default=7),
        ),
"""
FILL = """
def fill(apps, schema_editor):
    for number in range(3):
        apps.get_model("shop", "Thing").objects.create(size=1111 * 1111 + number)
"""


@pytest.fixture(autouse=True)
def schema(transactional_db: Any) -> Iterator[None]:
    """Work in an empty schema, which is committed to."""
    with schema_of_its_own():
        yield


@pytest.fixture
def shop(files: Files) -> Iterator[Files]:
    """Two migrations, applied."""
    files.write("0001_begin", THING)
    files.write("0002_size", SIZE, after="0001_begin")
    with files.loading():
        migrate("0002_size")
        yield files


def migrate(name: str | None, **options: Any) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate([("shop", name)], **options)
    return executor


def events() -> list[tuple[str, str]]:
    return [(entry.name, entry.event) for entry in Ledger(connection).read()]


def loaded() -> MigrationLoader:
    return MigrationLoader(connection)


def found() -> history.Findings:
    return history.examine(connection, loaded(), ["shop"])


def states() -> dict[str, str]:
    return {item.key[1]: item.state for item in history.standings(connection, loaded())}


def last() -> Entry:
    return Ledger(connection).read()[-1]


def query(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_what_was_run_is_written_down_with_its_sql(shop: Files) -> None:
    assert events() == [("0001_begin", "run"), ("0002_size", "run")]
    entry = last()
    texts = Ledger(connection).texts([entry.id])[entry.id]
    assert entry.fingerprint.startswith("1:")
    assert (entry.seconds or 0) > 0
    assert [(entry.database_user,)] == query("SELECT session_user")
    assert (entry.host != "", entry.backup) == (True, None)
    assert (entry.postgresql.split(".")[0] >= "15", entry.django[:3]) == (True, "6.1")
    assert [statement["sql"] for statement in texts.statements] == [
        'ALTER TABLE "shop_thing" ADD COLUMN "size" integer DEFAULT 7 NOT NULL',
        'ALTER TABLE "shop_thing" ALTER COLUMN "size" DROP DEFAULT',
    ]
    assert texts.operations.startswith("AddField(\n    model_name='thing',")


def test_no_values_of_rows_are_kept(shop: Files) -> None:
    shop.write("0003_fill", "migrations.RunPython(fill),", more=FILL, after="0002_size")

    migrate("0003_fill")

    (texts,) = Ledger(connection).texts([last().id]).values()
    assert [item["times"] for item in texts.statements] == [3]
    ((everything,),) = query("SELECT string_agg(l::text, '') FROM prodobit_migration_ledger l")
    assert "12343" not in everything
    assert query("SELECT count(*) FROM shop_thing") == [(3,)]


def test_what_is_taken_back_stays_in_the_ledger(shop: Files) -> None:
    migrate("0001_begin")
    migrate("0002_size")

    assert events()[2:] == [("0002_size", "unapplied"), ("0002_size", "run")]
    (texts,) = Ledger(connection).texts([3]).values() or [None]
    assert 'DROP COLUMN "size"' in texts.statements[0]["sql"]
    assert states() == {"0001_begin": "applied", "0002_size": "applied"}


def test_what_fails_leaves_no_row(shop: Files) -> None:
    shop.write("0003_bad", "migrations.RunSQL('SELECT 1/0'),", after="0002_size")

    with pytest.raises(Exception, match="division by zero"):
        migrate("0003_bad")

    assert len(events()) == 2
    assert states()["0003_bad"] == "pending"


@pytest.mark.parametrize("initial", [False, True])
def test_faked_is_called_faked(files: Files, initial: bool) -> None:
    files.write("0001_begin", THING)
    query("CREATE TABLE shop_thing (id bigint)")
    with files.loading():
        migrate("0001_begin", fake=not initial, fake_initial=initial)

        assert events() == [("0001_begin", "faked")]
        assert last().seconds is None
        assert states() == {"0001_begin": "faked"}
        migrate(None, fake=True)
        assert events()[-1] == ("0001_begin", "forgotten")
        assert states() == {"0001_begin": "pending"}


def test_a_squashed_migration_stands_for_what_it_replaces(files: Files) -> None:
    files.write("0001_begin", THING)
    files.write("0002_size", SIZE, after="0001_begin")
    replaces = "    replaces = [('shop', '0001_begin'), ('shop', '0002_size')]\n    operations"
    path = files.write("0001_squashed", THING + SIZE)
    path.write_text(path.read_text().replace("    operations", replaces))
    with files.loading():
        migrate("0001_squashed")

        assert events() == [
            ("0001_begin", "replaced"),
            ("0002_size", "replaced"),
            ("0001_squashed", "run"),
        ]
        assert states() == {
            "0001_squashed": "applied",
            "0001_begin": "replaced",
            "0002_size": "replaced",
        }
        # The clean-up that Django's documentation describes.
        for name in ("0001_begin", "0002_size"):
            (files.folder / "shop" / f"{name}.py").unlink()
        path.write_text(path.read_text().replace(replaces, "    operations"))
        assert found() == history.Findings()


def test_a_squashed_migration_whose_originals_are_applied_is_recorded(shop: Files) -> None:
    replaces = "    replaces = [('shop', '0001_begin'), ('shop', '0002_size')]\n    operations"
    path = shop.write("0001_squashed", THING + SIZE)
    path.write_text(path.read_text().replace("    operations", replaces))

    migrate("0001_squashed")

    assert events()[2:] == [("0001_squashed", "squashed")]
    assert last().fingerprint
    assert last().replaces == ["shop.0001_begin", "shop.0002_size"]


def test_an_edited_migration_is_found_with_what_was_changed(shop: Files) -> None:
    shop.write("0002_size", SIZE.replace("7", "8"), after="0001_begin")

    (edited,) = found().edited

    assert str(edited) == "shop.0002_size"
    assert edited.diff[3:] == (
        " AddField(",
        "     model_name='thing',",
        "     name='size',",
        "-    field=models.IntegerField(default=7),",
        "+    field=models.IntegerField(default=8),",
        " )",
    )
    assert states() == {"0001_begin": "applied", "0002_size": "edited"}
    assert history.examine(connection, loaded(), ["other"]) == history.Findings()


def test_a_reformatted_migration_is_none(shop: Files) -> None:
    shop.write("0002_size", REFORMATTED, after="0001_begin")

    assert found() == history.Findings()


def test_an_accepted_edit_is_no_edit(shop: Files) -> None:
    shop.write("0002_size", SIZE.replace("7", "8"), after="0001_begin")

    assert history.accept(connection, loaded(), [("shop", "0002_size")]) == [("shop", "0002_size")]

    assert events()[-1] == ("0002_size", "accepted")
    assert found() == history.Findings()
    standing = history.standings(connection, loaded())[1]
    assert standing.state == "applied"
    assert standing.last is not None
    assert standing.last.event == "run"
    shop.write("0002_size", SIZE, after="0001_begin")
    assert len(found().edited) == 1


def test_what_django_alone_applied_is_no_edit_until_it_is_accepted(files: Files) -> None:
    files.write("0001_begin", THING)
    with files.loading():
        recorder = MigrationRecorder(connection)
        recorder.record_applied("shop", "0001_begin")

        assert found() == history.Findings()
        (standing,) = history.standings(connection, loaded())
        assert (standing.state, standing.last) == ("applied", None)
        assert history.unrecorded(connection, loaded(), ["shop"]) == [("shop", "0001_begin")]
        history.accept(connection, loaded(), [("shop", "0001_begin")])
        assert history.standings(connection, loaded())[0].last is None
        assert history.unrecorded(connection, loaded(), ["shop"]) == []


def test_a_file_that_is_gone_is_named(shop: Files) -> None:
    (shop.folder / "shop" / "0002_size.py").unlink()

    assert found().gone == (("shop", "0002_size"),)
    assert states() == {"0001_begin": "applied", "0002_size": "file gone"}


def test_the_files_of_an_app_without_migrations_are_not_gone(files: Files, settings: Any) -> None:
    settings.MIGRATION_MODULES = {"database": None}
    recorder = MigrationRecorder(connection)
    recorder.record_applied("database", "0001_create_products")

    assert history.examine(connection, loaded(), ["database"]) == history.Findings()


def test_a_row_that_cannot_be_compared_any_more_is_no_edit(shop: Files) -> None:
    query("UPDATE prodobit_migration_ledger SET fingerprint = '0:' || fingerprint, source = ''")

    assert found() == history.Findings()


def test_what_the_ledger_knows_counts_as_applied(shop: Files) -> None:
    query("DELETE FROM django_migrations")
    assert known_applied(connection) == {("shop", "0001_begin"), ("shop", "0002_size")}
    MigrationRecorder(connection).record_applied("shop", "0001_begin")
    MigrationRecorder(connection).record_applied("shop", "0002_size")

    migrate("0001_begin")

    assert known_applied(connection) == {("shop", "0001_begin")}


def test_nothing_to_do_costs_two_queries(shop: Files) -> None:
    loader = loaded()

    with CaptureQueriesContext(connection) as queries:
        history.examine(connection, loader, ["shop"])

    assert len(queries) == 2


def test_a_database_never_seen_is_only_read(files: Files) -> None:
    files.write("0001_begin", THING)
    with files.loading():
        assert found() == history.Findings()
        assert states() == {"0001_begin": "pending"}
        tables = query("SELECT 1 FROM pg_class WHERE relnamespace = 'history'::regnamespace")
        assert tables == []


@pytest.fixture
def role() -> Iterator[str]:
    """A role that may use the schema and no more."""
    query("CREATE ROLE ledger_weak; GRANT USAGE ON SCHEMA history TO ledger_weak")
    yield "ledger_weak"
    query("RESET ROLE")
    query("DROP OWNED BY ledger_weak; DROP ROLE ledger_weak")


def test_a_role_that_may_not_make_the_table_changes_nothing(files: Files, role: str) -> None:
    files.write("0001_begin", "migrations.RunSQL('COMMENT ON SCHEMA history IS $$x$$'),")
    MigrationRecorder(connection).ensure_schema()
    query(f"GRANT ALL ON ALL TABLES IN SCHEMA history TO {role}; SET ROLE {role}")
    with files.loading():
        with pytest.raises(LedgerError, match=r"CREATE ON SCHEMA history TO ledger_weak;"):
            migrate("0001_begin")

        assert query("SELECT count(*) FROM django_migrations") == [(0,)]


def test_a_role_that_may_not_read_or_write_it_is_told(shop: Files, role: str) -> None:
    query(f"GRANT ALL ON django_migrations TO {role}; SET ROLE {role}")

    with pytest.raises(LedgerError, match=r"may not read .*ledger TO ledger_weak;"):
        found()
    with pytest.raises(LedgerError, match=r"may not write .* INSERT ON .* TO ledger_weak;"):
        migrate("0001_begin")


def test_a_row_and_djangos_record_are_written_together_or_not_at_all(shop: Files) -> None:
    query("ALTER TABLE prodobit_migration_ledger ADD CHECK (event <> 'unapplied')")

    with pytest.raises(IntegrityError, match="check constraint"):
        migrate("0001_begin")

    assert states() == {"0001_begin": "applied", "0002_size": "applied"}


def test_what_is_applied_is_recorded_in_both_tables_by_one_statement(shop: Files) -> None:
    migrate("0001_begin")

    with CaptureQueriesContext(connection) as queries:
        migrate("0002_size")

    texts = [each["sql"] for each in queries]
    (one,) = [text for text in texts if "INSERT INTO" in text]
    assert "django_migrations" in one
    assert "prodobit_migration_ledger" in one
    assert states() == {"0001_begin": "applied", "0002_size": "applied"}


def test_neither_table_has_a_row_where_the_ledger_refuses_it(shop: Files) -> None:
    migrate("0001_begin")
    query("ALTER TABLE prodobit_migration_ledger ADD CHECK (event <> 'run') NOT VALID")

    with pytest.raises(IntegrityError, match="check constraint"):
        migrate("0002_size")

    assert states() == {"0001_begin": "applied", "0002_size": "pending"}


def test_who_is_told_of_all_rows_is_told_of_djangos_records_too(shop: Files) -> None:
    migrate("0001_begin")
    told: list[str] = []

    def note(instance: Any, **more: Any) -> None:
        told.append(str(instance))

    post_save.connect(note)
    try:
        migrate("0002_size")
    finally:
        post_save.disconnect(note)

    assert told == ["Migration 0002_size for shop"]
    assert events()[-1] == ("0002_size", "run")


def test_a_name_with_odd_characters_is_written_as_it_is(shop: Files) -> None:
    ledger = Ledger(connection)
    ledger.prepare()
    event = Event("run", "shop", "0003_100%_'\"{x}", statements=[{"sql": "a %s"}], seconds=1.5)

    ledger.write(event)

    assert last().name == event.name
    assert Ledger(connection).texts([last().id])[last().id].statements == [{"sql": "a %s"}]


def test_one_that_comes_late_is_known(shop: Files) -> None:
    shop.write("0002_late", SIZE.replace("size", "late"), after="0001_begin")
    shop.write("0003_merge", "", after="0002_late 0002_size")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan([("shop", "0003_merge")])

    late = history.late(executor.loader, plan)

    assert late == {("shop", "0002_late"): [("shop", "0002_size")]}
    migrate("0003_merge")
    assert set(states().values()) == {"applied"}


# Its pages


def test_every_id_has_a_heading_in_a_page_and_every_heading_an_id() -> None:
    sources = [path.read_text() for path in (ROOT / "database").rglob("*.py")]
    pages = [(ROOT / "docs" / f"{name}.md").read_text() for name in ("history", "conflicts")]

    raised = {found for text in sources for found in re.findall(r"prodobit\.[EW]8[34]\d", text)}
    headings = {
        found
        for text in pages
        for found in re.findall(r"^### (prodobit\.[EW]\d+)$", text, re.MULTILINE)
    }

    assert headings == raised
