"""Migrate projects from the package index by Django and by ours, and compare what came of it.

Every project is installed into an environment of its own below .projects/, and an empty database
of a throwaway server is migrated twice: by Django's command and by ours, both with Django's engine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests import cluster
from tests.benchmarks.process import table

from .catalog import PROJECTS, QUICK
from .compare import Comparison, MigrateError, compare
from .install import InstallError

HEADING = (
    *("project", "migrations", "tables", "Django CPU s", "ours CPU s", "ratio"),
    *("Django s", "ours s", "Django MB", "ours MB", "differences"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the named projects, and print a table; 1 if anything differs or fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.projects", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"default: {' '.join(QUICK)}; all there are: {' '.join(PROJECTS)}",
    )
    names = parser.parse_args(arguments).names or list(QUICK)
    unknown = [name for name in names if name not in PROJECTS]
    if unknown:
        print(
            f"There is no project {unknown[0]}; there are {', '.join(PROJECTS)}.", file=sys.stderr
        )
        return 2
    rows: list[Sequence[str]] = [HEADING]
    is_same = True
    try:
        server = cluster.provide()
        for name in names:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                found = compare(server, name, PROJECTS[name])
            except (InstallError, MigrateError) as error:
                print(error, file=sys.stderr)
                is_same = False
                continue
            for difference in found.differences:
                print(f"{name}: {difference}\n")
                is_same = False
            rows.append(_row(name, found))
    finally:
        cluster.release()
    print(table(rows))
    return 0 if is_same else 1


def _row(name: str, found: Comparison) -> tuple[str, ...]:
    stock, ours = found.stock, found.ours
    return (
        *(name, str(found.migrations), str(found.tables)),
        *(f"{stock.cpu:.1f}", f"{ours.cpu:.1f}", f"{stock.cpu / ours.cpu:.1f}"),
        *(f"{stock.seconds:.1f}", f"{ours.seconds:.1f}"),
        *(f"{stock.megabytes:.0f}", f"{ours.megabytes:.0f}", str(len(found.differences) or "none")),
    )


if __name__ == "__main__":
    sys.exit(main())
