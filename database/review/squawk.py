"""squawk's findings, for who has it: https://squawkhq.com/docs/rules."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60
"""Seconds for squawk to answer."""

# Rules that look for what a review has judged itself, knowing the table: the ids that say so.
COVERED = {
    "adding-field-with-default": ("prodobit.W861",),
    "adding-foreign-key-constraint": ("prodobit.W865",),
    "adding-not-nullable-field": ("prodobit.W862", "prodobit.W880"),
    "adding-primary-key-constraint": ("prodobit.W864",),
    "adding-required-field": ("prodobit.W869",),
    "adding-serial-primary-key-field": ("prodobit.W861", "prodobit.W864"),
    "ban-concurrent-index-creation-in-transaction": ("prodobit.W874",),
    "ban-drop-column": ("prodobit.W866", "prodobit.W868"),
    "ban-drop-table": ("prodobit.W866", "prodobit.W868"),
    "changing-column-type": ("prodobit.W861", "prodobit.W864", "prodobit.W867"),
    "constraint-missing-not-valid": ("prodobit.W862", "prodobit.W864", "prodobit.W865"),
    "disallowed-unique-constraint": ("prodobit.W864",),
    "renaming-column": ("prodobit.W868",),
    "renaming-table": ("prodobit.W868",),
    "require-concurrent-index-creation": ("prodobit.W863",),
    # Dropping an index takes as long as getting its lock.
    "require-concurrent-index-deletion": (),
}
# Rules against what Django writes on purpose. docs/review.md gives the reason for each.
EXCLUDED = (
    "ban-char-field",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "require-lock-timeout",
    "require-statement-timeout",
    "require-timeout-settings",
    "transaction-nesting",
    "ban-uncommitted-transaction",
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What squawk says of a statement: its rule, its message and its help."""

    rule: str
    message: str
    help: str


class SquawkError(Exception):
    """squawk could not be run, or did not answer as it should; the message is one sentence."""


def find() -> str | None:
    """Return the path of squawk: beside this Python, or on the PATH."""
    own = Path(sys.executable).parent / "squawk"
    return str(own) if own.is_file() else shutil.which("squawk")


def version(squawk: str) -> str:
    """Return squawk's version."""
    answer = subprocess.run([squawk, "--version"], capture_output=True, text=True, timeout=PATIENCE)
    return answer.stdout.strip().rpartition(" ")[2]


def lint(
    squawk: str, statements: Sequence[str], *, in_transaction: bool, pg_version: int
) -> dict[int, list[Complaint]]:
    """Return what squawk says, by the place of the statement.

    Args:
        squawk: Its path.
        statements: SQL without BEGIN and COMMIT.
        in_transaction: Whether they run in a transaction.
        pg_version: The server's version as a number, 150018.

    Raises:
        SquawkError: It did not answer.
    """
    lines: list[int] = []
    texts = []
    for place, sql in enumerate(statements):
        text = f"{sql.rstrip()};"
        texts.append(text)
        lines += [place] * (text.count("\n") + 1)
    with tempfile.TemporaryDirectory(prefix="prodobit-review-") as folder:
        file = Path(folder) / "migrations.sql"
        file.write_text("\n".join(texts) + "\n", encoding="utf-8")
        # A file of its own: whatever a project says in its .squawk.toml was meant for other SQL.
        config = Path(folder) / "squawk.toml"
        config.write_text("")
        command = [
            *(squawk, "--reporter", "json", "--config", str(config)),
            *("--pg-version", f"{pg_version // 10000}.0"),
            *(["--assume-in-transaction"] if in_transaction else []),
            str(file),
        ]
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, timeout=PATIENCE, cwd=folder
            )
            found = json.loads(answer.stdout or "[]")
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise SquawkError(f"squawk did not answer as it should ({error}).") from None
        if answer.returncode not in (0, 1):
            raise SquawkError(f"squawk ended with exit code {answer.returncode}.")
    return _by_place(found, lines)


def _by_place(found: Iterable[dict[str, object]], lines: list[int]) -> dict[int, list[Complaint]]:
    complaints: dict[int, list[Complaint]] = {}
    for each in found:
        line = int(str(each["line"]))
        # Not by --exclude: a version that does not know a rule refuses its name.
        if line < len(lines) and each["rule_name"] not in EXCLUDED:
            complaint = Complaint(
                str(each["rule_name"]), str(each["message"]), str(each["help"] or "")
            )
            complaints.setdefault(lines[line], []).append(complaint)
    return complaints
