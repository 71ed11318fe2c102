"""The project under production settings, behind the server that its documentation names."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import cluster

ROOT = Path(__file__).resolve().parents[2]
HOST = "studio.example.com"
PROXIED = {"Host": HOST, "X-Forwarded-Proto": "https"}


@pytest.fixture
def production(database_url: str) -> dict[str, str]:
    """The variables of a production process."""
    return cluster.environment(
        {
            "DATABASE_URL": database_url,
            "SECRET_KEY": "production-" + "k3y" * 20,
            "ALLOWED_HOSTS": HOST,
            "DB_POOL_SIZE": "2",
        }
    )


@pytest.fixture(params=["wsgi", "asgi"])
def served(request: pytest.FixtureRequest, production: dict[str, str]) -> Iterator[int]:
    """The port of a running granian."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", request.param),
            *("--port", str(port), f"prodobit.{request.param}:application"),
        ],
        cwd=ROOT,
        env=production,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        cluster.wait_until(lambda: _answers(port))
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _answers(port: int) -> bool:
    try:
        return get(port, "/health/live").status == 200
    except OSError:
        return False


class Answer(NamedTuple):
    status: int
    headers: HTTPMessage
    content: str


def get(port: int, path: str, headers: dict[str, str] | None = None) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


def test_a_browser_gets_the_studio_over_https_only(served, production):
    migrated = cluster.manage("migrate", "-v0", env=production)
    assert migrated.code == 0, migrated.stderr

    redirect = get(served, "/admin/login/", {"Host": HOST})
    page = get(served, "/admin/login/", PROXIED)
    style = get(served, "/static/admin/css/base.css", PROXIED)
    stranger = get(served, "/admin/login/", PROXIED | {"Host": "evil.example.com"})
    ready = get(served, "/health/ready")

    assert redirect.status == 301
    assert redirect.headers["Location"] == f"https://{HOST}/admin/login/"
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    policy = page.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'nonce="{nonce[1]}"' in page.content
    assert "unsafe-inline" not in policy
    assert "Secure" in page.headers["Set-Cookie"]
    assert style.status == 200
    assert "text/css" in style.headers["Content-Type"]
    assert stranger.status == 400
    assert ready.status == 200


def test_check_deploy_has_nothing_to_say(production):
    result = cluster.manage("check", "--deploy", "--fail-level", "WARNING", env=production)

    assert result.code == 0
    assert "no issues" in result.stdout


@pytest.mark.parametrize(
    ("module", "pooled"), [("wsgi", "True"), ("asgi", "True"), ("settings", "False")]
)
def test_the_pool_is_for_the_web_process_only(production, module, pooled):
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'prodobit.settings';"
        f"import prodobit.{module}; from django.db import connection;"
        "print('pool' in connection.settings_dict['OPTIONS'])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=production,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert result.stdout.strip() == pooled


@pytest.mark.parametrize(("debug", "known"), [("true", True), ("false", False)])
def test_development_commands_are_there_in_development(production, debug, known):
    result = cluster.manage("show_urls", env=production | {"DEBUG": debug})

    assert (result.code == 0) is known
    assert ("/health" in result.stdout) is known
    assert ("Unknown command" in result.stderr) is not known
