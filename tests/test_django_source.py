"""Getting the source of the installed Django."""

from __future__ import annotations

from pathlib import Path

import django
import pytest

from tests import django_source


def test_what_was_downloaded_before_is_used(tmp_path: Path) -> None:
    source = tmp_path / f"django-{django.get_version()}"
    source.mkdir()

    assert django_source.provide(tmp_path, tmp_path / "none.txt") == source


def test_another_django_than_the_locked_one_is_told(tmp_path: Path) -> None:
    locked = tmp_path / "run.txt"
    locked.write_text("django==1.0 \\\n    --hash=sha256:0\n")

    with pytest.raises(django_source.UnavailableError, match=r"another one is in run\.txt"):
        django_source.provide(tmp_path / "sources", locked)


@pytest.mark.slow
def test_without_an_index_one_sentence_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setattr(django_source.provide, "__defaults__", (tmp_path, django_source.LOCKED))

    assert django_source.main() == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Django's source could not be downloaded: No matching distribution")
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
