import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from tests.cluster import lacking

ROOT = Path(settings.BASE_DIR)
NAMES = ("chromium", "chromium-browser", "google-chrome")
READY_SECONDS = 60
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Studio:
    """A running ``manage.py studio``.

    Attributes:
        url: Where it is served; the last line it printed.
        lines: What it printed before.
        conninfo: Its database.
        process: The command itself.
    """

    url: str
    lines: list[str]
    conninfo: str
    process: subprocess.Popen[str]

    @property
    def password(self) -> str:
        """The administrator's password, as the person at the terminal reads it."""
        found = re.search(r"User: admin  Password: (\S+)", "\n".join(self.lines))
        assert found, self.lines
        return found[1]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; its absence fails in CI and skips elsewhere."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        lacking(f"no browser: none of {', '.join(NAMES)} is on PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """``manage.py studio`` on a database that does not exist yet, dropped afterwards."""
    server = connections["default"].settings_dict
    name = f"studio_browser_{os.getpid()}"
    address = {key: server[key] for key in ("HOST", "PORT", "USER", "PASSWORD")}
    environment = os.environ | {f"DB_{key}": str(value) for key, value in address.items()}
    environment |= {"DB_NAME": name, "DEBUG": "true", "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    environment["DJANGO_SETTINGS_MODULE"] = "prodobit.settings"
    log = tmp_path_factory.mktemp("studio") / "stderr.txt"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "studio", "--no-browser"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    maintenance = {
        "host": address["HOST"],
        "port": address["PORT"],
        "user": address["USER"],
        "password": address["PASSWORD"],
    }
    try:
        lines = _lines_until_address(process)
        conninfo = psycopg.conninfo.make_conninfo("", dbname=name, **maintenance)
        yield Studio(lines[-1], lines[:-1], conninfo, process)
    finally:
        process.terminate()
        process.wait(10)
        print(log.read_text())
        with psycopg.connect(dbname="postgres", autocommit=True, **maintenance) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _lines_until_address(process: subprocess.Popen[str]) -> list[str]:
    arrived: Queue[str] = Queue()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                arrived.put(line.rstrip())
        arrived.put("")

    threading.Thread(target=read, daemon=True).start()
    lines: list[str] = []
    while not (lines and lines[-1].startswith("http://")):
        try:
            line = arrived.get(timeout=READY_SECONDS)
        except Empty:
            pytest.fail(f"Studio was not ready after {READY_SECONDS} s: {lines}")
        if not line:
            pytest.fail(f"Studio ended with {process.wait(10)} before it was ready: {lines}")
        lines.append(line)
    return lines
