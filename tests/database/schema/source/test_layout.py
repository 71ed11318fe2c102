"""Code is laid out as Ruff would lay it out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from database.schema.source.layout import (
    Block,
    Call,
    Chain,
    Items,
    Mapping,
    Name,
    Node,
    Text,
    render,
)
from tests.cluster import ROOT

LONG = "words and more words " * 8
Q = Call("Q", (), (("status__in", Items(tuple(Text(f"value {n}") for n in range(9)))),))


@pytest.mark.parametrize(
    "node",
    [
        Call("f", (Text("short"),)),
        Call("f", (Text(LONG),)),
        Call("f", (Text(LONG), Name("None"))),
        Call("f", (), (("comment", Text(LONG)), ("null", Name("True")))),
        Call("f", (), (("comment", Text(LONG)),)),
        Call("models.ForeignKey", (Text("self"),), tuple((f"n_{n}", Name("1")) for n in range(12))),
        Call("models.ForeignKey", (Text("self"),), tuple((f"n_{n}", Name("1")) for n in range(30))),
        Items((Call("Index", (), (("fields", Items((Text("a" * 40), Text("b" * 40)))),)),)),
        Items(tuple(Text(f"some text {n}") for n in range(12))),
        Mapping(tuple((Text(f"key {n}"), Text(f"value {n}")) for n in range(6))),
        Call("Check", (), (("condition", Chain("|", (Q, Q))), ("name", Text("n")))),
        Call("Check", (), (("condition", Chain("&", (Q, Chain("|", (Q, Call("Q")))))),)),
        Call("Q", (Chain("|", (Q, Q)),)),
        Call("f", (Text("'quotes' and \"quotes\" and \\ and \n and \x07 and ü"),)),
        Call("f", (), (("sql", Block("SELECT 1;\nSELECT '\\n' \n")),)),
        Call("f", (), (("sql", Block("SELECT '\"\"\"'\nFROM t")),)),
    ],
)  # fmt: skip
def test_ruff_has_nothing_to_change(node: Node, tmp_path: Path) -> None:
    place = tmp_path / "module.py"
    place.write_text(render(node, 0, "name = ") + "\n")

    done = subprocess.run(
        [str(Path(sys.executable).with_name("ruff")), "format", "--diff", "--no-cache",
         "--config", str(ROOT / "pyproject.toml"), str(place)],
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout == ""
