"""migrate with nothing to do: ours and Django's own, in turn, on histories of any length."""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import Server

from .migrated import Project, write_history, write_project
from .process import Cost, median, table

HEADING = ("migrations", "trivial s", "Django s", "ours s", "ours / Django", "of pairs", "limit")
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
        project = write_project(folder, DATABASE, {"bulk": ""})
        write_history(project, count, max(count // 5, 1))
        project.run(server, "migrate", "-v0")
        trivial, theirs, ours = _in_turn(server, project, runs)
    finally:
        server.drop(DATABASE)
        shutil.rmtree(folder)
    # Two that ran one after the other had the same machine to themselves, or not.
    ratios = [mine.seconds / their.seconds for mine, their in zip(ours, theirs, strict=True)]
    return (
        f"{count:,}",
        f"{median(trivial):.3f}",
        f"{median(theirs):.3f}",
        f"{median(ours):.3f}",
        f"{median(ours) / median(theirs):.2f}",
        f"{statistics.median(ratios):.2f}",
        LIMIT,
    )


def _in_turn(
    server: Server, project: Project, runs: int
) -> tuple[list[Cost], list[Cost], list[Cost]]:
    trivial, theirs, ours = [], [], []
    for _ in range(runs):
        trivial.append(project.run(server, "trivial"))
        theirs.append(project.run(server, "migrate", ours=False))
        ours.append(project.run(server, "migrate"))
    return trivial, theirs, ours
