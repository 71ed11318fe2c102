"""Every refusal can be looked up."""

from __future__ import annotations

import re

from tests.cluster import ROOT


def test_every_id_has_a_heading_and_every_heading_an_id() -> None:
    page = (ROOT / "docs" / "embedded.md").read_text()
    sources = [
        *(ROOT / "prodobit" / "embedded").glob("*.py"),
        ROOT / "database" / "management" / "commands" / "db.py",
    ]
    code = "".join(path.read_text() for path in sources)

    raised = set(re.findall(r"prodobit\.E(1\d\d):", code)) | set(
        re.findall(r"EmbeddedError\(\s*(1\d\d),", code)
    )

    assert raised == set(re.findall(r"^### prodobit\.E(\d+)$", page, re.MULTILINE))
