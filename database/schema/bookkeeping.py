"""The tables in which migrate and push keep what they did: part of no app, and of no comparison.

Neither pull nor push nor adoption takes them for tables of the project, and none is in the state
of the migrations.
"""

from __future__ import annotations

MIGRATIONS = "django_migrations"
JOURNAL = "prodobit_push_journal"
LEDGER = "prodobit_migration_ledger"
TABLES = frozenset((MIGRATIONS, JOURNAL, LEDGER))
