import os
import signal
import socket
import subprocess
import sys
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from database.management.commands import studio

ROOT = Path(settings.BASE_DIR)


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py studio`` to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", "studio", "--no-browser", *arguments],
        cwd=ROOT,
        env=_environment() | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _environment() -> dict[str, str]:
    server = connections["default"].settings_dict
    names = ("HOST", "PORT", "USER", "PASSWORD", "NAME")
    environment = os.environ | {f"DB_{name}": str(server[name]) for name in names}
    environment.pop("DATABASE_URL", None)
    return environment | {
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "prodobit.settings",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8000.5", ""])
def test_a_port_that_is_none_is_wrong_usage(port: str) -> None:
    result = run_command(f"--port={port}")

    assert result.returncode == 2
    assert "is not a port from 1 to 65535" in result.stderr


def test_e405_refuses_to_prepare_a_production_database() -> None:
    result = run_command(DEBUG="false", SECRET_KEY="k" * 60)

    assert result.returncode == 4
    assert "prodobit.E405" in result.stderr
    assert "granian" in result.stderr
    assert result.stdout == ""


@pytest.mark.django_db
def test_e406_a_taken_port_fails_before_anything_is_changed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run_command("--port", str(taken.getsockname()[1]))

    assert result.returncode == 1
    assert "prodobit.E406" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_it_is_stopped_and_says_how_to_get_in(stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "studio", "--no-browser", "--no-seed"],
        cwd=ROOT,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith("http"):
            break
    address = urlsplit(lines[-1])
    with socket.create_connection((address.hostname, address.port)) as browser:
        browser.sendall(b"GET /admin/login/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        answer = browser.recv(100)
    process.send_signal(stop)
    _, errors = process.communicate(timeout=20)

    assert address.hostname == "127.0.0.1"
    assert any("Password: " in line for line in lines)
    assert b" 400 " in answer
    assert process.returncode == 0
    assert "Studio stopped.\n" in errors
    assert "Traceback" not in errors.split("Studio stopped")[-1]


@pytest.mark.django_db
def test_a_signal_while_it_prepares_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("database.studio.preparation.migrate", interrupted)
    monkeypatch.setattr(settings, "DEBUG", True)
    errors = StringIO()

    with pytest.raises(SystemExit) as caught:
        call_command("studio", "--no-browser", stderr=errors, stdout=StringIO())

    assert caught.value.code == 130
    assert errors.getvalue() == "Stopped before Studio was ready.\n"


def test_without_debug_it_raises_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)

    with pytest.raises(CommandError) as caught:
        call_command("studio")

    assert caught.value.returncode == 4


@pytest.mark.parametrize(
    ("platform", "environment", "shown"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
    ],
)
def test_a_browser_is_opened_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], shown: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)

    assert studio.has_display() is shown
