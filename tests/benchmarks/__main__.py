"""``python -m tests.benchmarks [drizzle|migrations|unchanged] [--tables N …] [--runs N] …``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests import cluster

from . import drizzle, migrations, push, unchanged
from .process import CommandFailedError


def main() -> int:
    """Measure, print tables, and assert nothing; exit 1 where something could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="push", choices=("push", "drizzle", "migrations", "unchanged")
    )
    parser.add_argument("--tables", nargs="+", type=int, help="default: 100 1000; drizzle: 100")
    parser.add_argument("--runs", type=int, default=3, help="of which the median is taken")
    parser.add_argument(
        "--stock-up-to",
        type=int,
        default=100,
        help="migrations: the most tables for which Django does all of it too (100)",
    )
    parser.add_argument(
        "--schema", type=Path, help="migrations: a file of SQL, whose schema is pulled as well"
    )
    options = parser.parse_args()
    try:
        server = cluster.provide(durable=True)
        if options.what == "push":
            print(push.run(server, options.tables or [100, 1000], options.runs))
        elif options.what == "migrations":
            print(
                migrations.run(
                    server,
                    options.tables or [100, 300, 1000],
                    options.runs,
                    stock_up_to=options.stock_up_to,
                    schema=options.schema,
                )
            )
        elif options.what == "unchanged":
            print(unchanged.run(server, options.tables or [10, 300], options.runs))
        else:
            print(drizzle.run(server, options.tables or [100], options.runs))
    except (CommandFailedError, RuntimeError) as error:
        print(f"The benchmark could not be run: {error}", file=sys.stderr)
        return 1
    finally:
        cluster.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
