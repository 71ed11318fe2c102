"""One form for SQL that PostgreSQL reads alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database.migrating.sql_text import HIDDEN, statements, without_passwords

PIECES = (
    *("a", "E", "u&", "\n", " ", ";", "%s", "%", "(", ")", ",", ".", "::", "=", "-1", "/", "*"),
    *("'it''s'", "e'a\\'b'", '"A b"', "$$;$$", "$a$ x$a$", "--x\n", "/*y*/", "1", "1e5", "$1"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_the_form_of_a_form_is_itself(sql: str) -> None:
    once = statements(sql)

    assert statements(";\n".join(once)) == once


@pytest.mark.parametrize(
    ("sql", "form"),
    [
        ("select a.b :: text from  c ( 1 ,2 ) ;", ["select a.b::text from c(1, 2)"]),
        ("A;;B;\n--x\n;C", ["A", "B", "C"]),
        ("SELECT ';', $x$ ; -- $x$, \";\"", ["SELECT ';', $x$ ; -- $x$, \";\""]),
        ("a <  = b", ["a < = b"]),
        ("a<=b", ["a <= b"]),
        ("1 .5", ["1 . 5"]),
        ("a - -1", ["a - - 1"]),
        ("U & 'x'", ["U & 'x'"]),
        ("U&'x'", ["U&'x'"]),
        ("x -- it's\n y", ["x y"]),
        ("x /* a /* b */ c */ y", ["x y"]),
        ("x /* never ends", ["x"]),
        ("a LIKE 'x%%' AND b = %s AND c = %(d)s", ["a LIKE 'x%%' AND b = %s AND c = %(d)s"]),
        ("SELECT $1, a$b$c", ["SELECT $1, a$b$c"]),
    ],
)
def test_white_space_and_comments_are_taken_out(sql: str, form: list[str]) -> None:
    assert statements(sql) == form


@pytest.mark.parametrize(
    ("sql", "hidden"),
    [
        ("ALTER ROLE a PASSWORD 'b'", f"ALTER ROLE a PASSWORD '{HIDDEN}'"),
        ("ALTER ROLE a Pa\u017fSword 'b'", f"ALTER ROLE a Pa\u017fSword '{HIDDEN}'"),
        ("HOST=h PASSWORD = b", f"HOST=h PASSWORD = {HIDDEN}"),
        ("Postgres://a:b@h", f"Postgres://a:{HIDDEN}@h"),
        ("select 'b://c' || paß.word", "select 'b://c' || paß.word"),
    ],
)
def test_passwords_are_hidden_in_whatever_letters_they_are_announced(sql: str, hidden: str) -> None:
    assert without_passwords(sql) == hidden
