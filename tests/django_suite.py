"""Run Django's own tests with our project state, executor and autodetector in place of Django's.

    python -m tests.django_suite DJANGO_SOURCE [arguments of runtests.py]

DJANGO_SOURCE is the unpacked source distribution of the Django that is installed, as
tests.django_source gets it. Without arguments for runtests.py, everything that has to do with
migrations is run (LABELS). The server is a throwaway one, or the one that TEST_DATABASE_URL names,
as for the project's own tests.
"""

# The stubs of Django know little of what migrations are made of.
# mypy: disable-error-code="misc,attr-defined,has-type,union-attr,arg-type,no-any-return"

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from tests import cluster

LABELS = (
    "migrations",
    # What goes by way of states and executors elsewhere: receivers of migrate's signals, operations
    # of django.contrib, test databases, models that are swapped or proxies.
    *("contenttypes_tests", "auth_tests.test_management", "auth_tests.test_models"),
    *("auth_tests.test_migrations", "postgres_tests", "sites_tests", "migrate_signals"),
    *("migration_test_data_persistence", "swappable_models", "proxy_model_inheritance"),
)


def replace() -> None:
    """Put our classes where Django's are looked up from now on."""
    from django.db.migrations import autodetector, executor, graph, loader, optimizer, state

    from database.migrating.autodetector import MigrationAutodetector
    from database.migrating.executor import MigrationExecutor
    from database.migrating.loader import MigrationLoader
    from database.migrating.optimizer import MigrationOptimizer
    from database.migrating.state import ProjectState

    autodetector.MigrationAutodetector = MigrationAutodetector
    autodetector.MigrationOptimizer = optimizer.MigrationOptimizer = MigrationOptimizer
    executor.MigrationExecutor = MigrationExecutor
    executor.MigrationLoader = loader.MigrationLoader = MigrationLoader
    for module in (executor, graph, state):
        module.ProjectState = ProjectState


def main() -> None:
    """Run them."""
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "").resolve()
    tests = source / "tests"
    if len(sys.argv) < 2 or not (tests / "runtests.py").is_file():
        sys.exit("The first argument is the folder of Django's source, with tests/runtests.py.")
    try:
        cluster.provide()
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_suite_settings"
        replace()
        os.chdir(tests)
        sys.path.insert(0, str(tests))
        sys.argv = ["runtests.py", "--parallel=1", *(sys.argv[2:] or [*LABELS, "--noinput"])]
        runpy.run_path("runtests.py", run_name="__main__")
    finally:
        cluster.release()


if __name__ == "__main__":
    main()
