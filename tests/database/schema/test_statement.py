"""What is shown of a statement holds no values of rows."""

from __future__ import annotations

import pytest

from database.schema.statement import ends_transaction, in_one_line, without_values


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("INSERT INTO t VALUES (1, 'a''b', -2.5e3)", "INSERT INTO t VALUES (…, '…', -…)"),
        (r"UPDATE t SET a = E'\'x', b = $q$ 'y' $q$", "UPDATE t SET a = '…', b = '…'"),
        ('SELECT "a 1".c2 FROM t3 WHERE x = $1', 'SELECT "a 1".c2 FROM t3 WHERE x = $1'),
        ("UPDATE t SET a = %s -- was 'secret'\nWHERE b", "UPDATE t SET a = %s  \nWHERE b"),
        ("/* by me */ WITH q AS (SELECT 'x') TABLE q", "  WITH q AS (SELECT '…') TABLE q"),
        ("(SELECT 'x')", "(SELECT '…')"),
        ("ALTER TABLE t ADD a int; SELECT 5", "ALTER TABLE t ADD a int; SELECT …"),
        ("ALTER ROLE r PASSWORD 'hunter2'", "ALTER ROLE r PASSWORD '…'"),
    ],
)  # fmt: skip
def test_values_are_left_out(sql: str, shown: str) -> None:
    assert without_values(sql) == shown


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a varchar(60) DEFAULT 'x')",
        "COMMENT ON TABLE t IS 'a; SELECT 1'",
        "CREATE FUNCTION f() RETURNS void AS $$ UPDATE t SET a = 1; $$ LANGUAGE sql",
        "DO $$ BEGIN PERFORM 1; END $$",
        "",
    ],
)
def test_what_is_schema_or_program_stays(sql: str) -> None:
    assert without_values(sql) == sql


def test_one_line_is_cut_to_its_width() -> None:
    assert in_one_line("ALTER TABLE t\n   ADD a int", 40) == "ALTER TABLE t ADD a int"
    assert in_one_line("ALTER TABLE t\n   ADD a int", 12) == "ALTER TABLE…"


@pytest.mark.parametrize(
    ("sql", "ends"),
    [
        ("COMMIT", True),
        ("SELECT 1; -- now\n commit;", True),
        ("ROLLBACK", True),
        ("ROLLBACK TO SAVEPOINT a", False),
        ("ROLLBACK WORK TO a", False),
        ("DO $$ BEGIN PERFORM 1; COMMIT; END $$", False),
        ("COMMENT ON TABLE t IS 'a; COMMIT'", False),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", False),
    ],
)
def test_what_ends_a_transaction_is_told(sql: str, ends: bool) -> None:
    assert ends_transaction(sql) is ends
