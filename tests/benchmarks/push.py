"""What ``push`` costs: nothing to do, everything to do, and how both grow with the tables."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass

from tests.cluster import Server

from .process import median, table
from .project import Project, provide
from .shapes import APP

IDLE_LIMITS = {100: 1.6, 1000: 2.5}
FRESH_LIMIT = 1.5
MEMORY_LIMIT = 400
JOURNAL = "prodobit_push_journal"


@dataclass(frozen=True)
class Measured:
    """The medians of one size; ``megabytes`` is the largest of all pushes."""

    count: int
    trivial: float
    idle: float
    fresh: float
    psql: float
    psql_start: float
    megabytes: float

    @property
    def idle_ratio(self) -> float:
        """How much longer a push with nothing to do takes than a command that does nothing."""
        return self.idle / self.trivial

    @property
    def fresh_work(self) -> float:
        """Seconds of a fresh push, start-up excepted."""
        return self.fresh - self.trivial

    @property
    def psql_work(self) -> float:
        """Seconds of psql, start-up excepted."""
        return self.psql - self.psql_start


def run(server: Server, counts: Sequence[int], runs: int) -> str:
    """Measure all sizes, and return the report.

    Args:
        server: The server; it should be durable, as a user's is.
        counts: Numbers of tables.
        runs: How often everything is run; medians are reported.
    """
    measured = []
    for count in counts:
        with provide(server, count) as project:
            measured.append(_measure(project, count, runs))
    return "\n\n".join([_heading(server, runs), _seconds(measured), _limits(measured)])


def _measure(project: Project, count: int, runs: int) -> Measured:
    fresh, psql, empty = [], [], []
    script, nothing = project.folder / "push.sql", project.folder / "nothing.sql"
    nothing.write_text("")
    for _ in range(runs):
        project.empty()
        fresh.append(project.manage("push", APP))
        script.write_text(_pushed_sql(project), encoding="utf-8")
        project.empty()
        psql.append(project.psql(script))
        empty.append(project.psql(nothing))
    project.empty()
    fresh.append(project.manage("push", APP))
    idle, trivial = [], []
    for _ in range(runs + 1):
        idle.append(project.manage("push", APP))
        trivial.append(project.manage("benchmark_nothing"))
    # The first of each also compiles and fills caches.
    del idle[0], trivial[0]
    if "Nothing to do" not in idle[-1].output:
        raise RuntimeError(f"a second push found something:\n{idle[-1].output}")
    return Measured(
        count,
        median(trivial),
        median(idle),
        median(fresh[:runs]),
        median(psql),
        median(empty),
        max(cost.megabytes for cost in (*fresh, *idle)),
    )


def _pushed_sql(project: Project) -> str:
    with project.server.connect(project.database) as connection:
        row = connection.execute(f"SELECT sql FROM {JOURNAL} ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return f"{row[0]};\n"


def _heading(server: Server, runs: int) -> str:
    with server.connect() as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'),"
            " current_setting('synchronous_commit')"
        ).fetchone()
    assert row is not None
    version, fsync, commit = row
    return (
        f"Python {platform.python_version()}, PostgreSQL {version} (fsync {fsync}, "
        f"synchronous_commit {commit}), {platform.machine()}; medians of {runs} runs of whole "
        "processes.\nEach table: 10 columns, 2 indexes, 1 unique, 1 check, 1 foreign key."
    )


def _seconds(measured: Sequence[Measured]) -> str:
    rows = [("seconds", *(f"{one.count:,} tables" for one in measured))]
    for label, name in (
        ("a command that does nothing", "trivial"),
        ("push, nothing to do", "idle"),
        ("push, everything to do", "fresh"),
        ("  without start-up", "fresh_work"),
        ("psql -1, the same SQL", "psql"),
        ("  without start-up", "psql_work"),
    ):
        rows.append((label, *(f"{getattr(one, name):.2f}" for one in measured)))
    rows.append(("peak memory, MB", *(f"{one.megabytes:.0f}" for one in measured)))
    return table(rows)


def _limits(measured: Sequence[Measured]) -> str:
    rows = [("figure", "measured", "limit", "")]
    for one in measured:
        if one.count in IDLE_LIMITS:
            limit = IDLE_LIMITS[one.count]
            label = f"nothing to do / trivial, {one.count:,} tables"
            rows.append(_judged(label, one.idle_ratio, limit, "x"))
        ratio = one.fresh_work / one.psql_work
        rows.append(_judged(f"fresh push / psql -1, {one.count:,} tables", ratio, FRESH_LIMIT, "x"))
    first, last = measured[0], measured[-1]
    if last.count > first.count:
        growth, times = last.idle / first.idle, last.count / first.count
        label = f"growth of nothing to do, {first.count:,} to {last.count:,} tables"
        rows.append(_judged(label, growth, times, "x"))
        label = f"growth of a fresh push, {first.count:,} to {last.count:,} tables"
        rows.append(_judged(label, last.fresh / first.fresh, times, "x"))
    rows.append(_judged("peak memory", max(one.megabytes for one in measured), MEMORY_LIMIT, " MB"))
    return table(rows)


def _judged(label: str, found: float, limit: float, unit: str) -> tuple[str, str, str, str]:
    digits = 0 if limit >= 100 else 2
    verdict = "kept" if found <= limit else "MISSED"
    return (label, f"{found:.{digits}f}{unit}", f"{limit:g}{unit}", verdict)
