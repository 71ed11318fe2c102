"""Dumps without what a pull may change: names of keys, order of columns, deferrability."""

from __future__ import annotations

import re

IGNORED = re.compile(
    r"django_migrations|_prisma_migrations|schema_migrations|ar_internal_metadata|drizzle\.__"
    r"|prodobit_|django_content_type|auth_|django_session|django_admin"
)
TABLE = re.compile(r"CREATE (UNLOGGED )?TABLE (.+?) \(\n(.*?)\n\)(.*)", re.DOTALL)
KEY = re.compile(
    r"ALTER TABLE (?:ONLY )?((?:\"(?:[^\"]|\"\")*\"|[^\s\"])+)\s+"
    r"ADD CONSTRAINT (?:\"(?:[^\"]|\"\")*\"|\S+) "
    r"(FOREIGN KEY|PRIMARY KEY)(.*)",
    re.DOTALL,
)


def statements(text: str) -> set[str]:
    """Return what ``pg_dump --schema-only`` says of a database, as a set of statements."""
    text = re.sub(r"^(--.*|SET .*|SELECT pg_catalog.*|\\(un)?restrict.*)\n", "", text, flags=re.M)
    found = set()
    for statement in re.split(r";\n(?=\n)", text):
        plain = _plain(statement.strip())
        if plain and not IGNORED.search(plain):
            found.add(plain)
    return found


def _plain(statement: str) -> str:
    # On PostgreSQL 18 NOT NULL has a name, of a partition that of its parent's.
    statement = re.sub(r" CONSTRAINT \w+_not_null NOT NULL", " NOT NULL", statement)
    if match := TABLE.match(statement):
        columns = sorted(line.rstrip(",") for line in match[3].split("\n"))
        return f"CREATE {match[1] or ''}TABLE {match[2]} {columns}{match[4]}"
    if match := KEY.match(statement):
        rest = match[3]
        if match[2] == "FOREIGN KEY":
            rest = re.sub(" DEFERRABLE(?: INITIALLY DEFERRED)?", "", rest)
        return f"KEY {match[1]} {match[2]}{rest.replace(' ON DELETE RESTRICT', '')}"
    return re.sub(r"(COMMENT ON CONSTRAINT) \S+_(?:fkey|fk_\w+) ON", r"\1 KEY ON", statement)
