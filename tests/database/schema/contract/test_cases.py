"""The cases themselves hold: Django's own migrations get from one definition to the other.

This proves the tables of cases and the comparison of dumps, without the engine.
"""

from __future__ import annotations

import pytest

from . import build
from .case import Case
from .cases import ACCEPTED
from .conftest import FRESH, MIGRATED, PUSHED, Bench
from .definitions import declared_names, load
from .rows import fill


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.story)
def test_django_reaches_the_same_catalog(case: Case, bench: Bench) -> None:
    before, after = load(case.before, case.uses), load(case.after, case.uses)
    with bench.at(FRESH):
        build.create(bench.connection, after)
    with bench.at(MIGRATED):
        build.create(bench.connection, before)
        try:
            build.migrate(bench.connection, before, after, case.renames, case.fills)
            outcome = ""
        except build.NotReached as error:
            outcome = str(error)
    with bench.at(PUSHED):
        build.create(bench.connection, before)
        if isinstance(case.rows, int):
            fill(before, case.rows)
        else:
            bench.execute(case.rows)

    _, fresh, migrated = bench.dumps(declared_names(after))
    outcome = outcome or migrated.difference(fresh)
    assert bool(outcome) == bool(case.django), outcome or "Django reaches it"
