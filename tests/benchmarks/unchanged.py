"""migrate with nothing to do: ours and Django's own, in turn, on histories of any length."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import Server

from .migrated import Project, write_history, write_project
from .process import Cost, table

HEADING = (
    *("migrations", "trivial s", "Django s", "ours s", "ours / Django"),
    *("trivial CPU", "Django CPU", "ours CPU", "ours / Django", "limit"),
)
DATABASE = "benchmark_unchanged"
LIMIT = "1.15"


def run(server: Server, counts: Sequence[int], runs: int) -> str:
    """Measure, and return a table of medians.

    Args:
        server: The server.
        counts: The numbers of migrations, in one app.
        runs: How often each command is run; Django's and ours run in turn.
    """
    return table([HEADING, *(_measure(server, count, runs) for count in counts)])


def _measure(server: Server, count: int, runs: int) -> Sequence[str]:
    folder = Path(tempfile.mkdtemp(prefix="prodobit-benchmark-"))
    server.create(DATABASE)
    try:
        project = write_project(folder, DATABASE, "")
        write_history(project, count, max(count // 5, 1))
        project.run(server, "migrate", "-v0")
        trivial, theirs, ours = _in_turn(server, project, runs)
    finally:
        server.drop(DATABASE)
        shutil.rmtree(folder)
    return (
        f"{count:,}",
        *_medians([[cost.seconds for cost in costs] for costs in (trivial, theirs, ours)]),
        # Where other work runs beside it, the processor's time says more than the clock.
        *_medians([[cost.cpu for cost in costs] for costs in (trivial, theirs, ours)]),
        LIMIT,
    )


def _medians(measured: Sequence[Sequence[float]]) -> Sequence[str]:
    trivial, theirs, ours = map(statistics.median, measured)
    return f"{trivial:.3f}", f"{theirs:.3f}", f"{ours:.3f}", f"{ours / theirs:.2f}"


def _in_turn(
    server: Server, project: Project, runs: int
) -> tuple[list[Cost], list[Cost], list[Cost]]:
    trivial, theirs, ours = [], [], []
    for _ in range(runs):
        trivial.append(project.run(server, "benchmark_nothing"))
        theirs.append(project.run(server, "migrate", ours=False))
        ours.append(project.run(server, "migrate"))
    return trivial, theirs, ours
