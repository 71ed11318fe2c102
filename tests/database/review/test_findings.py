"""Severities, and that everything a review says is documented."""

from __future__ import annotations

import re

import pytest
from django.core.management.base import BaseCommand

from database.management.commands.review import Command
from database.review import squawk
from database.review.findings import REMEDIES, Severity, WorkKind, blocking, seconds
from database.review.live import Size
from tests.cluster import ROOT


def test_every_message_option_and_left_out_rule_is_documented() -> None:
    text = (ROOT / "docs" / "review.md").read_text()
    sources = "".join(path.read_text() for path in (ROOT / "database").rglob("*review*/*.py"))
    sources += (ROOT / "database" / "management" / "review_output.py").read_text()
    sources += (ROOT / "database" / "management" / "commands" / "review.py").read_text()
    options = Command().create_parser("manage.py", "review")._option_string_actions
    known = set(BaseCommand().create_parser("manage.py", "review")._option_string_actions)

    ids = set(re.findall(r"prodobit\.[EW]8[6-9]\d", sources))
    assert ids == set(re.findall(r"^### (prodobit\.[EW]8[6-9]\d)$", text, re.MULTILINE))
    assert set(REMEDIES) < ids
    safety = (ROOT / "database" / "migrating" / "safety.py").read_text()
    assert "prodobit.E867" in safety
    assert "### prodobit.E867\n" in (ROOT / "docs" / "safe-migrations.md").read_text()
    for option in set(options) - known:
        assert f"`{option}" in text, option
    for rule in squawk.EXCLUDED:
        assert f"`{rule}`" in text, rule


@pytest.mark.parametrize(
    ("kind", "rows", "severity"),
    [
        (WorkKind.REWRITE, 0, Severity.OK),
        (WorkKind.REWRITE, 100, Severity.NOTE),
        (WorkKind.REWRITE, 200_000, Severity.WARNING),
        (WorkKind.REWRITE, 1_000_000, Severity.DANGER),
        (WorkKind.INDEX, 1_000_000, Severity.WARNING),
        (WorkKind.INDEX, 10_000_000, Severity.DANGER),
        (WorkKind.SCAN, 500_000, Severity.NOTE),
        (WorkKind.SCAN, 10_000_000, Severity.DANGER),
        (WorkKind.REWRITE, None, Severity.WARNING),
    ],
)
def test_severity_grows_with_the_table(
    kind: WorkKind, rows: int | None, severity: Severity
) -> None:
    assert blocking(seconds(kind, Size(rows, None))) is severity


def test_a_table_never_analyzed_is_judged_by_its_size() -> None:
    assert blocking(seconds(WorkKind.REWRITE, Size(None, 10**9))) is Severity.DANGER
    assert blocking(seconds(WorkKind.REWRITE, Size(None, 0))) is Severity.OK


def test_few_rows_that_are_large_take_their_time() -> None:
    assert blocking(seconds(WorkKind.REWRITE, Size(10, 10**9))) is Severity.DANGER
