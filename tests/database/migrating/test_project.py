"""Which apps are the project's own."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from database.migrating.project import is_own, own_labels


@pytest.mark.parametrize(
    ("folder", "own"),
    [
        ("shop", True),
        ("src/apps/shop", True),
        ("../elsewhere", False),
        (".venv/lib/python3.13/site-packages/thirdparty", False),
        ("vendor/dist-packages/thirdparty", False),
        ("env/src/thirdparty", False),
    ],
)
def test_own_apps_lie_in_the_folder_and_not_among_its_packages(
    folder: str, own: bool, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    config: Any = SimpleNamespace(path=str(tmp_path / folder))

    assert is_own(config) is own


def test_a_link_is_where_it_leads(tmp_path: Path, settings: Any) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    inside = tmp_path / "project"
    inside.mkdir()
    (inside / "linked").symlink_to(outside)
    settings.BASE_DIR = inside
    config: Any = SimpleNamespace(path=str(inside / "linked"))

    assert not is_own(config)


def test_this_project_has_one_app_of_its_own() -> None:
    assert own_labels(apps) == ["database"]
