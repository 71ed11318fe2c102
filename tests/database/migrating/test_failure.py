"""A failed migration says what happened, what stays, and what to do."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import DatabaseError, connection, migrations, models
from django.db.migrations import Migration

from database.migrating import failure
from database.migrating.executor import MigrationExecutor
from database.migrating.state import ProjectState
from database.migrating.statements import watch
from database.migrating.timeouts import Timeouts
from database.schema.errors import TerminatedError
from database.schema.patience import Patience
from tests.cluster import Server

BOOK = migrations.CreateModel(
    "Book",
    [("id", models.AutoField(primary_key=True)), ("title", models.CharField(max_length=9))],
)


def fill(apps: Any, schema_editor: Any) -> None:
    book = apps.get_model("failing", "Book")
    for _ in range(2):
        book.objects.create(title="secret")


def refuse(apps: Any, schema_editor: Any) -> None:
    raise ValueError("the sky is\n green")


def collide(apps: Any, schema_editor: Any) -> None:
    book = apps.get_model("failing", "Book")
    for _ in range(2):
        book.objects.create(id=1, title="secret")


FILL = migrations.RunPython(fill)
INDEX = models.Index(fields=["title"], name="failing_title")
UNIQUE = models.UniqueConstraint(fields=["title"], name="failing_unique")
BAD = migrations.RunSQL("ALTER TABLE nowhere ADD a int")
GOOD = migrations.RunSQL("CREATE TABLE failing_aside (a int)")


@pytest.fixture(autouse=True)
def database(transactional_db: Any) -> Iterator[None]:
    """Let statements be committed, and take away what they made."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS failing_book, failing_aside, failing_shelf, failing_other CASCADE"
        )
        cursor.execute("DELETE FROM django_migrations WHERE app = 'failing'")


def migration(*operations: Any, name: str = "0001_failing", atomic: bool = True) -> Migration:
    body = {"operations": list(operations), "atomic": atomic, "__module__": __name__}
    return type("Migration", (Migration,), body)(name, "failing")


def run(*made: Migration, **more: Any) -> failure.Failure:
    """Run migrations, of which the last one fails, and return its report."""
    executor = MigrationExecutor(connection)
    state = ProjectState()
    with watch(connection) as watcher:
        for each in made[:-1]:
            state = executor.apply_migration(state, each)
        with pytest.raises(Exception) as caught:  # noqa: PT011
            executor.apply_migration(state, made[-1])
    with connection.cursor() as cursor:
        cursor.execute(failure.INVALID)
        invalid = cursor.fetchall()
    facts: dict[str, Any] = {"total": len(made), "blocking": (), "lock_timeout": 5} | more
    report = failure.examine(caught.value, watcher, invalid=invalid, **facts)
    assert report is not None
    assert "secret" not in "\n".join(report.lines())
    return report


def recorded() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = 'failing' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.parametrize(
    ("operation", "sqlstate", "statement", "what"),
    [
        (BAD, "42P01", "ALTER TABLE nowhere", "Raw SQL operation"),
        (BOOK, "42P07", 'CREATE TABLE "failing_book"', "Create model Book"),
        (
            migrations.AddField("Book", "size", models.IntegerField(null=True)),
            "42701",
            'ALTER TABLE "failing_book" ADD COLUMN "size"',
            "Add field size to Book",
        ),
        (
            migrations.AlterField("Book", "title", models.IntegerField()),
            "22P02",
            'ALTER TABLE "failing_book" ALTER COLUMN "title" TYPE integer',
            "Alter field title on Book",
        ),
        (
            migrations.AlterField("Book", "title", models.CharField(max_length=3)),
            "22001",
            'ALTER TABLE "failing_book" ALTER COLUMN "title" TYPE varchar(3)',
            "Alter field title on Book",
        ),
        (
            migrations.AddConstraint("Book", UNIQUE),
            "23505",
            'ALTER TABLE "failing_book" ADD CONSTRAINT "failing_unique"',
            "Create constraint failing_unique on model Book",
        ),
        (
            migrations.AddConstraint(
                "Book",
                models.CheckConstraint(condition=models.Q(title=""), name="failing_check"),
            ),
            "23514",
            'ALTER TABLE "failing_book" ADD CONSTRAINT "failing_check"',
            "Create constraint failing_check on model Book",
        ),
        (
            migrations.AddIndex("Book", models.Index(fields=["title"], name="failing_other")),
            "42P07",
            'CREATE INDEX "failing_other"',
            "Create index failing_other on field(s) title of model Book",
        ),
        (
            migrations.RemoveField("Book", "title"),
            "2BP01",
            'ALTER TABLE "failing_book" DROP COLUMN "title"',
            "Remove field title from Book",
        ),
        (migrations.RunPython(collide), "23505", "INSERT INTO", "Raw Python operation (collide)"),
    ],
)
@pytest.mark.parametrize("atomic", [True, False])
def test_e804_each_kind_of_operation_is_named_with_what_stays(
    operation: Any, sqlstate: str, statement: str, what: str, atomic: bool
) -> None:
    first = migration(BOOK, FILL, name="0001_first")
    aside = migrations.RunSQL(
        "ALTER TABLE failing_book ADD size int; CREATE TABLE failing_other (a int);"
        "CREATE VIEW failing_view AS SELECT title FROM failing_book"
        if sqlstate in ("42701", "2BP01") or "failing_other" in statement
        else "SELECT 1"
    )

    second = migration(aside, GOOD, operation, name="0002_second", atomic=atomic)

    report = run(first, second, total=4)

    assert (report.id, report.sqlstate) == ("prodobit.E804", sqlstate)
    assert report.migration == "failing.0002_second"
    assert report.operation == f"3 of 3: {what}"
    assert report.statement.startswith(statement)
    if atomic:
        assert report.outcome[0] == "Nothing of failing.0002_second was committed."
    else:
        assert "operations 1 to 2 are done and stay; " in report.outcome[0]
    assert report.outcome[1:] == (
        "Applied in this run, and kept so: failing.0001_first.",
        "2 more were not begun.",
    )
    assert report.next_step
    assert ("failing_aside" in connection.introspection.table_names()) is not atomic
    assert recorded() == ["0001_first"]


def test_e804_of_a_migration_that_is_not_atomic_what_stays_is_named() -> None:
    report = run(migration(BOOK, GOOD, BAD, atomic=False))

    assert report.outcome == (
        "failing.0001_failing is not atomic and not recorded as applied: operations 1 to 2 "
        "are done and stay; operation 3 failed at its first statement.",
    )
    assert "undo it by hand first" in report.next_step
    assert "failing_aside" in connection.introspection.table_names()
    assert recorded() == []


def test_e804_a_migration_that_commits_by_itself_is_not_taken_for_atomic() -> None:
    report = run(migration(GOOD, migrations.RunSQL("COMMIT"), BAD))

    assert report.outcome == (
        "failing.0001_failing ends its transaction by itself: what it did until then stays, and it "
        "is not recorded as applied.",
    )
    assert "failing_aside" in connection.introspection.table_names()


def test_e804_what_python_that_is_not_atomic_has_done_stays() -> None:
    report = run(migration(BOOK, migrations.RunPython(collide, atomic=False), atomic=False))

    assert report.outcome[0].endswith(
        "operation 1 is done and stays; of operation 2 stays what 1 statement has done."
    )


def test_e804_what_python_that_is_atomic_has_done_does_not() -> None:
    report = run(migration(BOOK, migrations.RunPython(collide, atomic=True), atomic=False))

    assert report.outcome[0].endswith("nothing stays of operation 2.")


def test_e804_an_index_left_invalid_is_named_with_what_removes_it() -> None:
    unique = models.Index(fields=["title"], name="failing_title")
    sql = 'CREATE UNIQUE INDEX CONCURRENTLY "failing_title" ON failing_book (title)'
    concurrent = migrations.RunSQL(sql, state_operations=[migrations.AddIndex("Book", unique)])

    report = run(
        migration(BOOK, FILL, name="0001_first"),
        migration(concurrent, name="0002_index", atomic=False),
    )

    assert report.sqlstate == "23505"
    assert report.removals == ('DROP INDEX CONCURRENTLY "public"."failing_title";',)
    with connection.cursor() as cursor:
        cursor.execute(report.removals[0])
        cursor.execute(failure.INVALID)
        assert cursor.fetchall() == []


def test_e804_deferred_sql_that_fails_is_of_the_operation_that_deferred_it() -> None:
    clash = migrations.RunSQL("CREATE TABLE failing_shelf_clash (a int)")
    shelf = migrations.CreateModel(
        "Shelf",
        [("id", models.AutoField(primary_key=True)), ("name", models.TextField())],
        options={"indexes": [models.Index(fields=["name"], name="failing_shelf_clash")]},
    )

    report = run(migration(shelf, clash))

    assert report.operation == "1 of 2: Create model Shelf"
    assert report.statement.startswith('CREATE INDEX "failing_shelf_clash"')


def test_e804_what_fails_at_commit_is_a_commit() -> None:
    constraint = migrations.RunSQL(
        "CREATE TABLE failing_aside (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
        "INSERT INTO failing_aside VALUES (1), (1)"
    )

    report = run(migration(constraint))

    assert (report.sqlstate, report.statement) == ("23505", "COMMIT")
    assert "(…)" in report.detail


def test_e807_an_exception_of_python_is_named_with_its_line() -> None:
    report = run(migration(BOOK, migrations.RunPython(refuse)))

    line = refuse.__code__.co_firstlineno + 1
    assert report.id == "prodobit.E807"
    assert report.message == "ValueError: the sky is green"
    assert report.place == f"{sys.modules[__name__].__file__}:{line}"
    assert report.operation == "2 of 2: Raw Python operation (refuse)"
    assert report.outcome == ("Nothing of failing.0001_failing was committed.",)


def test_e809_what_cannot_be_taken_back_is_said() -> None:
    made = migration(BOOK, migrations.RunPython(fill))
    executor = MigrationExecutor(connection)
    state = ProjectState()
    executor.apply_migration(state, made)

    with watch(connection) as watcher, pytest.raises(Exception) as caught:  # noqa: PT011
        executor.unapply_migration(ProjectState(), made)
    report = failure.examine(
        caught.value, watcher, total=1, blocking=(), lock_timeout=5, invalid=()
    )

    assert report is not None
    assert report.id == "prodobit.E809"
    assert "is not reversible" in report.message
    assert report.migration == "failing.0001_failing, taken back"
    assert recorded() == ["0001_failing"]


@pytest.mark.parametrize(("operation", "said"), [(BAD, "Nothing of"), (None, "at the end of")])
def test_e806_a_lost_connection_says_what_is_not_known(operation: Any, said: str) -> None:
    def lose(apps: Any, editor: Any) -> None:
        editor.connection.connection.close()

    made = migration(migrations.RunPython(lose), *([operation] if operation else []))

    report = run(made)

    assert report.id == "prodobit.E806"
    assert said in report.outcome[0]


def test_e810_what_follows_the_migrations_has_failed() -> None:
    executor = MigrationExecutor(connection)
    with watch(connection) as watcher:
        executor.apply_migration(ProjectState(), migration(BOOK))
        with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
            cursor.execute("SELECT nothing")

    report = failure.examine(
        caught.value, watcher, total=1, blocking=(), lock_timeout=5, invalid=()
    )

    assert report is not None
    assert (report.id, report.sqlstate) == ("prodobit.E810", "42703")
    assert report.outcome == ("Applied in this run, and kept so: failing.0001_failing.",)


@pytest.mark.parametrize(
    ("error", "id", "message"),
    [
        (KeyboardInterrupt(), "prodobit.E808", "Interrupted."),
        (TerminatedError(), "prodobit.E808", "Told to end (SIGTERM)."),
        (DatabaseError("gone"), "prodobit.E806", "The connection was lost: gone"),
    ],
)
def test_what_happens_between_two_migrations_says_how_far_it_came(
    error: BaseException, id: str, message: str
) -> None:
    executor = MigrationExecutor(connection)
    with watch(connection) as watcher:
        executor.apply_migration(ProjectState(), migration(BOOK))

    report = failure.examine(error, watcher, total=3, blocking=(), lock_timeout=5, invalid=())

    assert report is not None
    assert (report.id, report.message) == (id, message)
    assert report.outcome == (
        "Applied in this run, and kept so: failing.0001_failing.",
        "2 more were not begun.",
    )


def test_what_went_wrong_before_any_migration_is_not_explained() -> None:
    with watch(connection) as watcher:
        found = failure.examine(
            ValueError("x"), watcher, total=1, blocking=(), lock_timeout=5, invalid=()
        )

    assert found is None


def attempts(made: Migration, patience: Patience) -> tuple[list[int], Exception | None]:
    """Run a migration with patience but without pauses, and return the attempts that failed."""
    failed: list[int] = []
    timeouts = Timeouts(connection, patience)
    executor = MigrationExecutor(
        connection, timeouts=timeouts, on_retry=lambda attempt, pause: failed.append(attempt)
    )
    with watch(connection), timeouts.kept():
        try:
            executor.apply_migration(ProjectState(), made)
        except DatabaseError as error:
            return failed, error
    return failed, None


@pytest.fixture
def book(cluster: Server) -> Iterator[Any]:
    """A table, and a session of somebody else."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE failing_book (id int, title text)")
    with cluster.connect(connection.settings_dict["NAME"]) as other:
        yield other


SHOW = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
QUICK = Patience(lock_timeout=0.05, retries=2)
ADD = migrations.RunSQL("ALTER TABLE failing_book ADD size int")


def test_an_atomic_migration_is_tried_again_until_it_gets_its_locks(
    book: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    counted = migrations.RunPython(lambda apps, editor: calls.append(1))
    book.execute("BEGIN")
    book.execute("SELECT FROM failing_book")
    monkeypatch.setattr(
        "database.migrating.executor.time.sleep", lambda pause: book.execute("ROLLBACK")
    )

    failed, error = attempts(migration(GOOD, counted, ADD), QUICK)

    assert (failed, error) == ([1], None)
    assert len(calls) == 2
    assert recorded() == ["0001_failing"]


def test_it_gives_up_after_its_retries(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    book.execute("BEGIN")
    book.execute("SELECT FROM failing_book")
    monkeypatch.setattr("database.migrating.executor.time.sleep", pauses.append)

    failed, error = attempts(migration(GOOD, ADD), QUICK)
    book.execute("ROLLBACK")

    assert (failed, pauses) == ([1, 2], [1.0, 2.0])
    assert error is not None
    assert "failing_aside" not in connection.introspection.table_names()


@pytest.mark.parametrize(
    ("operations", "failed"),
    [((ADD,), [1, 2]), ((GOOD, ADD), []), ((migrations.RunPython(fill),), [])],
    ids=["nothing has run", "something has run", "Python has run"],
)
def test_what_is_not_atomic_is_tried_again_only_if_nothing_of_it_has_run(
    book: Any, monkeypatch: pytest.MonkeyPatch, operations: Any, failed: list[int]
) -> None:
    book.execute("BEGIN")
    book.execute("LOCK TABLE failing_book IN ACCESS EXCLUSIVE MODE")
    monkeypatch.setattr("database.migrating.executor.time.sleep", lambda pause: None)
    if isinstance(operations[0], migrations.RunPython):
        lock = migrations.RunPython(
            lambda apps, editor: editor.execute("LOCK TABLE failing_book"), atomic=True
        )
        operations = (lock,)

    done, error = attempts(migration(*operations, atomic=False), QUICK)
    book.execute("ROLLBACK")

    assert done == failed
    assert error is not None


def test_timeouts_are_set_and_reset() -> None:
    seen: list[Any] = []

    def look(apps: Any, editor: Any) -> None:
        with editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
            )
            seen.append(cursor.fetchone())

    attempts(migration(migrations.RunPython(look)), Patience(1.5, 60))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')"
        )
        seen.append(cursor.fetchone())

    assert seen == [("1500ms", "1min"), ("0", "0")]


class Counted(Timeouts):
    """Timeouts that count how often they are set."""

    times = 0

    def set(self) -> None:
        self.times += 1
        super().set()


def test_timeouts_are_set_again_only_where_they_may_be_gone() -> None:
    timeouts = Counted(connection, Patience(1.5, 60))
    executor = MigrationExecutor(connection, timeouts=timeouts)
    python = migrations.RunPython(lambda apps, editor: None)
    fields = [
        migrations.AddField("Book", f"size{each}", models.IntegerField(null=True))
        for each in range(2)
    ]
    state, times = ProjectState(), []

    for number, operation in enumerate(
        (BOOK, migrations.AddIndex("Book", INDEX), GOOD, fields[0], python, fields[1])
    ):
        before = timeouts.times
        state = executor.apply_migration(state, migration(operation, name=f"{number:04}"))
        times.append(timeouts.times - before)
    connection.close()
    executor.apply_migration(state, migration(migrations.RemoveIndex("Book", INDEX.name)))

    # At first, after SQL, after Python, and in a new session.
    assert times == [1, 0, 0, 1, 0, 1]
    assert timeouts.times == sum(times) + 1


def test_an_index_built_concurrently_waits_for_old_transactions(book: Any) -> None:
    state = ProjectState()
    BOOK.state_forwards("failing", state)
    concurrent = AddIndexConcurrently("Book", INDEX)
    timeouts = Timeouts(connection, Patience(lock_timeout=0.1))
    book.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    book.execute("SELECT FROM failing_book")
    release = threading.Timer(0.6, book.execute, ["ROLLBACK"])
    release.start()

    with timeouts.kept():
        executor = MigrationExecutor(connection, timeouts=timeouts)
        executor.apply_migration(state, migration(concurrent, atomic=False))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            after = cursor.fetchone()
            cursor.execute(failure.INVALID)
            invalid = cursor.fetchall()
    release.join()

    assert (after, invalid) == (("100ms",), [])
