"""A review: which migrations are looked at, from where, and everything that is found."""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc, attr-defined, arg-type"

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.migration import Migration

from database.migrating.loader import MigrationLoader
from database.migrating.state import ProjectState

from . import editor, squawk
from .branch import Branch
from .collect import Collector, MigrationReview, StatementReview
from .findings import Severity, finding
from .live import Live
from .sketch import Sketch

type Key = tuple[str, str]


class ReviewError(Exception):
    """What was asked for cannot be reviewed.

    Attributes:
        id: ``prodobit.E861`` and the like.
    """

    def __init__(self, id_: str, message: str) -> None:
        super().__init__(message)
        self.id = id_


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that was found.

    Attributes:
        migrations: In the order in which they are to be run.
        server_version: As ``server_version_num``; None without a database.
        squawk: squawk's version, or None if it was not run.
        asides: What the review could not do: one sentence each, beginning with its id.
    """

    migrations: tuple[MigrationReview, ...]
    server_version: int | None
    squawk: str | None = None
    asides: tuple[str, ...] = ()

    @property
    def severity(self) -> Severity:
        """The worst there is."""
        return max((each.severity for each in self.migrations), default=Severity.OK)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be reviewed.

    Attributes:
        app_label: An app, or "" for all.
        name: A migration of that app, or the beginning of its name; or "" for all that are pending.
        only_new: Leave out what the main branch has already.
        keys: These migrations and nothing else, whatever the rest says.
    """

    app_label: str = ""
    name: str = ""
    only_new: bool = False
    keys: tuple[Key, ...] = ()


def review(
    connection: BaseDatabaseWrapper,
    wanted: Wanted,
    *,
    online: bool,
    folder: Path,
    with_squawk: bool = True,
) -> Review:
    """Review migrations without running anything; what is read is read in one transaction.

    Args:
        connection: The database that the migrations are to be run on.
        wanted: What is to be reviewed.
        online: Whether the database may be asked.
        folder: A folder of the project, where git is asked for the main branch.
        with_squawk: Whether to ask squawk as well, if it is there.

    Raises:
        ReviewError: That cannot be reviewed.
        django.db.DatabaseError: The database cannot be read.
    """
    loader = MigrationLoader(connection if online else None)
    branch = Branch(folder)
    shown, done = _choose(loader, branch, wanted, online=online)
    if not shown:
        return Review((), None)
    with _reading(connection, online) as asked:
        live = Live(connection if online else None)
        found = _collect(loader, asked, live, shown, done)
        version = live.version
    applied = set(loader.applied_migrations)
    marked = tuple(
        replace(
            each,
            applied=(each.app_label, each.name) in applied,
            in_main=branch.has(loader.graph.nodes[each.app_label, each.name]),
        )
        for each in found
    )
    result = Review(marked, version if online else None)
    return _with_squawk(result, version) if with_squawk else result


def review_plan(
    connection: BaseDatabaseWrapper, loader: MigrationLoader, plan: Sequence[Migration]
) -> list[MigrationReview]:
    """Review what is about to be run, without git and squawk.

    Raises:
        django.db.DatabaseError: The database cannot be read.
    """
    shown = [(each.app_label, each.name) for each in plan]
    with editor.reading_only(connection):
        done = set(loader.applied_migrations)
        return _collect(loader, connection, Live(connection), shown, done)


@contextmanager
def _reading(connection: BaseDatabaseWrapper, online: bool) -> Iterator[BaseDatabaseWrapper]:
    if not online:
        yield editor.disconnected(connection)
        return
    with editor.reading_only(connection):
        yield connection


def _choose(
    loader: MigrationLoader, branch: Branch, wanted: Wanted, *, online: bool
) -> tuple[list[Key], set[Key]]:
    """Return the migrations to show, and those that count as done before them."""
    graph = loader.graph
    if wanted.app_label and wanted.app_label not in loader.migrated_apps:
        raise ReviewError(
            "prodobit.E861", f"There is no app {wanted.app_label} with migrations. Check the label."
        )
    if conflicts := loader.detect_conflicts():
        names = "; ".join(f"{', '.join(names)} in {app}" for app, names in conflicts.items())
        raise ReviewError(
            "prodobit.E863",
            f"Two migrations are both the latest ({names}), so nothing says which comes first. "
            "Merge them with makemigrations --merge, then review again.",
        )
    if wanted.name or wanted.keys:
        named = list(wanted.keys) or [_named(loader, wanted)]
        if online and not set(named) & set(loader.applied_migrations):
            return named, set(loader.applied_migrations)
        return named, {key for each in named for key in graph.forwards_plan(each)} - set(named)
    targets = [key for key in graph.leaf_nodes() if wanted.app_label in ("", key[0])]
    plan = list(dict.fromkeys(key for target in targets for key in graph.forwards_plan(target)))
    done = set(loader.applied_migrations)
    if not online:
        in_main = {key: branch.has(graph.nodes[key]) for key in plan}
        if None in in_main.values():
            raise ReviewError(
                "prodobit.E865",
                "Without a database, and without a git repository that has a main branch, nothing "
                "tells which migrations are new. Name one: review --offline APP MIGRATION.",
            )
        done = {key for key in plan if in_main[key]}
    shown = [key for key in plan if key not in done]
    if wanted.only_new:
        shown = [key for key in shown if branch.has(graph.nodes[key]) is not True]
    return shown, done


def _named(loader: MigrationLoader, wanted: Wanted) -> Key:
    names = sorted(name for app, name in loader.graph.nodes if app == wanted.app_label)
    found = [name for name in names if name.startswith(wanted.name)]
    if wanted.name in found:
        found = [wanted.name]
    if len(found) == 1:
        return wanted.app_label, found[0]
    if found:
        raise ReviewError(
            "prodobit.E862",
            f"{wanted.name} may be any of {', '.join(found)}. Give more of the name.",
        )
    raise ReviewError(
        "prodobit.E862",
        f"The app {wanted.app_label} has no migration {wanted.name}. Check the name"
        + (f"; the latest is {names[-1]}." if names else "."),
    )


def _collect(
    loader: MigrationLoader,
    connection: BaseDatabaseWrapper,
    live: Live,
    shown: Sequence[Key],
    done: Collection[Key],
) -> list[MigrationReview]:
    """Go through all migrations up to the last that is shown; return those that are."""
    graph = loader.graph
    wanted = set(shown)
    order = list(dict.fromkeys(key for key in shown for key in graph.forwards_plan(key)))
    # The live catalog is what comes of all that was applied; of less, only the past itself tells.
    replayed = live.connection is None or set(done) != set(loader.applied_migrations)
    state = ProjectState(real_apps=loader.unmigrated_apps)
    sketch = Sketch(live, empty=replayed)
    collector = Collector(connection, live, sketch, state)
    past = [key for key in _ordered(loader, done) if key not in wanted]
    if replayed:
        for key in past:
            collector.replay(graph.nodes[key])
        sketch.settle()
    else:
        with state.spared():
            for key in past:
                graph.nodes[key].mutate_state(state, preserve=False)
    found = []
    for key in order:
        if key in done and key not in wanted:
            continue
        reviewed = collector.review(graph.nodes[key])
        if key in wanted:
            found.append(reviewed)
    return found


def _ordered(loader: MigrationLoader, keys: Collection[Key]) -> list[Key]:
    """Return migrations in an order in which they can have been applied."""
    wanted = set(keys)
    leaves = loader.graph.leaf_nodes()
    plan = dict.fromkeys(key for leaf in leaves for key in loader.graph.forwards_plan(leaf))
    return [key for key in plan if key in wanted]


# --- squawk


def _with_squawk(result: Review, version: int) -> Review:
    path = squawk.find()
    if path is None:
        return replace(
            result,
            asides=(
                *result.asides,
                "prodobit.W878: squawk is not installed, so its findings are missing. "
                "pip install squawk-cli to have them.",
            ),
        )
    places: dict[bool, list[tuple[int, int, int]]] = {True: [], False: []}
    texts: dict[bool, list[str]] = {True: [], False: []}
    for m, migration in enumerate(result.migrations):
        for o, operation in enumerate(migration.operations):
            for s, statement in enumerate(operation.statements):
                places[operation.in_transaction].append((m, o, s))
                texts[operation.in_transaction].append(statement.sql)
    found: dict[tuple[int, int, int], list[squawk.Complaint]] = {}
    try:
        for within, statements in texts.items():
            if statements:
                said = squawk.lint(path, statements, in_transaction=within, pg_version=version)
                found |= {places[within][place]: each for place, each in said.items()}
        name = squawk.version(path)
    except squawk.SquawkError as error:
        aside = f"prodobit.W878: {error} Its findings are missing; try it by itself."
        return replace(result, asides=(*result.asides, aside))
    migrations = tuple(
        replace(
            migration,
            operations=tuple(
                replace(
                    operation,
                    statements=tuple(
                        _complained(statement, found.get((m, o, s), []))
                        for s, statement in enumerate(operation.statements)
                    ),
                )
                for o, operation in enumerate(migration.operations)
            ),
        )
        for m, migration in enumerate(result.migrations)
    )
    return replace(result, migrations=migrations, squawk=name)


def _complained(
    statement: StatementReview, complaints: Sequence[squawk.Complaint]
) -> StatementReview:
    """Put squawk's findings to ours: those we share to ours, the others as notes."""
    if statement.effect.hidden:
        return statement
    findings = list(statement.findings)
    for complaint in complaints:
        ours = squawk.COVERED.get(complaint.rule)
        if ours is None:
            text = " ".join(complaint.message.split())
            findings.append(
                finding(
                    "prodobit.W877",
                    Severity.NOTE,
                    f"squawk: {complaint.rule}: {text}",
                    " ".join(complaint.help.split()),
                )
            )
            continue
        for place, each in enumerate(findings):
            if each.id in ours and complaint.rule not in each.rules:
                findings[place] = replace(each, rules=(*each.rules, complaint.rule))
    return replace(statement, findings=tuple(findings))
