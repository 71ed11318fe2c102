"""database.health: what a probe is told, how soon, and what it is not told."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import subprocess
import sys
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient, Client
from django.urls import resolve, reverse

from database import health
from database.health import Finding, SharedCheck, count_pending, migrations_on_disk
from prodobit import __version__
from tests.database.servers import PASSWORD, PrivateServer, SilentServer, SwallowingProxy, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django.fixtures import Settings

ROOT = Path(__file__).resolve().parents[2]
type PointAt = Callable[..., None]


@pytest.fixture(autouse=True)
def nothing_shared_before(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "prodobit.health")
    monkeypatch.setattr(health, "SHARED", SharedCheck(health.check_database))


@pytest.fixture
def point_at(monkeypatch: pytest.MonkeyPatch) -> PointAt:
    """Point Django's database settings, not its open connection, somewhere else."""

    def change(**settings: Any) -> None:
        for name, value in settings.items():
            monkeypatch.setitem(connection.settings_dict, name, value)

    return change


@pytest.fixture(scope="module")
def migrated_server(breakable_server: PrivateServer) -> PrivateServer:
    with breakable_server.connect() as admin:
        admin.execute("CREATE TABLE django_migrations (app text, name text)")
        admin.cursor().executemany(
            "INSERT INTO django_migrations VALUES (%s, %s)", list(migrations_on_disk())
        )
    return breakable_server


@pytest.fixture
def server(migrated_server: PrivateServer, point_at: PointAt) -> PrivateServer:
    """A server of our own with all migrations applied, which Django's settings point at."""
    point_at(**migrated_server.settings)
    return migrated_server


def get(path: str = "/health") -> tuple[int, dict[str, Any]]:
    response = Client().get(path)
    return response.status_code, json.loads(response.content)


# What is answered


def test_a_healthy_database(server: PrivateServer) -> None:
    status, document = get()

    assert status == 200
    assert list(document) == [
        "status",
        "timestamp",
        "uptime",
        "version",
        "database",
        "services",
        "migrations",
    ]
    assert document["status"] == "healthy"
    assert document["version"] == __version__
    assert document["database"] == {"connected": True}
    assert list(document["services"]) == ["database"]
    assert document["services"]["database"]["status"] == "up"
    assert 0 < document["services"]["database"]["responseTime"] < 1500
    assert document["migrations"] == {"pending": 0}
    assert document["timestamp"].endswith("Z")
    stated = datetime.fromisoformat(document["timestamp"])
    assert abs(datetime.now(stated.tzinfo) - stated) < timedelta(seconds=5)
    assert 0 < document["uptime"] < 3600


def test_uptime_grows(server: PrivateServer) -> None:
    assert get()[1]["uptime"] < get()[1]["uptime"]


def test_pending_migrations_degrade_but_are_not_ready(server: PrivateServer) -> None:
    with server.connect() as admin:
        admin.execute("ALTER TABLE django_migrations RENAME TO kept")
        admin.execute("CREATE TABLE django_migrations AS SELECT * FROM kept WHERE app <> 'auth'")
    try:
        whole, ready = get(), get("/health/ready")
    finally:
        with server.connect() as admin:
            admin.execute("DROP TABLE django_migrations")
            admin.execute("ALTER TABLE kept RENAME TO django_migrations")

    pending = sum(app == "auth" for app, _ in migrations_on_disk())
    assert pending > 0
    for document in (whole[1], ready[1]):
        assert document["status"] == "degraded"
        assert document["migrations"] == {"pending": pending}
        assert document["database"] == {"connected": True}
    assert (whole[0], ready[0]) == (200, 503)


def test_a_database_without_any_migration_has_all_of_them_pending(
    server: PrivateServer, point_at: PointAt
) -> None:
    point_at(NAME="template1")

    status, document = get()

    assert (status, document["status"]) == (200, "degraded")
    assert document["migrations"] == {"pending": len(migrations_on_disk())}


def test_a_user_who_may_not_read_the_migrations_leaves_them_unknown(
    server: PrivateServer, point_at: PointAt, caplog: pytest.LogCaptureFixture
) -> None:
    with server.connect() as admin:
        admin.execute(f"CREATE ROLE limited LOGIN PASSWORD '{PASSWORD}'")
    point_at(USER="limited")

    whole, ready = get(), get("/health/ready")

    assert (whole[0], ready[0]) == (200, 503)
    assert whole[1]["status"] == "degraded"
    assert whole[1]["database"] == {"connected": True}
    assert whole[1]["migrations"] == {"pending": None}
    assert "prodobit.E203" in caplog.text
    assert "permission denied for table django_migrations" in caplog.text


def test_a_locked_table_of_migrations_leaves_them_unknown(
    server: PrivateServer, caplog: pytest.LogCaptureFixture
) -> None:
    with server.connect() as admin, admin.transaction():
        admin.execute("LOCK TABLE django_migrations")
        begun = time.monotonic()

        status, document = get()

    assert time.monotonic() - begun < 2
    assert (status, document["status"]) == (200, "degraded")
    assert document["database"] == {"connected": True}
    assert document["migrations"] == {"pending": None}
    assert "prodobit.E203" in caplog.text


def test_migration_files_that_cannot_be_loaded_leave_them_unknown(
    server: PrivateServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MIGRATION_MODULES = {"database": "no.such.module"}
    migrations_on_disk.cache_clear()
    try:
        status, document = get()
    finally:
        migrations_on_disk.cache_clear()

    assert (status, document["status"]) == (200, "degraded")
    assert document["migrations"] == {"pending": None}
    assert "prodobit.E204" in caplog.text


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_a_closed_port_is_unhealthy_and_tells_no_stranger_why(
    server: PrivateServer, point_at: PointAt, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    point_at(PORT=str(free_port()), USER="somebody")

    response = Client().get(path)

    document = json.loads(response.content)
    assert response.status_code == 503
    assert document["status"] == "unhealthy"
    assert document["database"] == {"connected": False}
    assert document["services"]["database"]["status"] == "down"
    assert document["migrations"] == {"pending": None}
    told = f"{response.content!r} {dict(response.headers)}"
    for secret in ("127.0.0.1", "somebody", PASSWORD, "refused", "E201", "postgres"):
        assert secret not in told
    assert "prodobit.E201" in caplog.text
    assert "Connection refused" in caplog.text
    assert PASSWORD not in caplog.text


def test_a_wrong_password_does_not_reach_the_log(
    server: PrivateServer, point_at: PointAt, caplog: pytest.LogCaptureFixture
) -> None:
    point_at(PASSWORD="never-to-be-read")

    status, _ = get()

    assert status == 503
    assert "password authentication failed" in caplog.text
    assert "never-to-be-read" not in caplog.text


@pytest.mark.parametrize("path", ["/health/live", "/health/live/"])
def test_liveness_never_touches_the_database(
    point_at: PointAt, silent_server: SilentServer, path: str
) -> None:
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))

    status, document = get(path)

    assert status == 200
    assert list(document) == ["status", "timestamp", "uptime", "version"]
    assert document["status"] == "healthy"
    assert silent_server.connections_made() == 0


# How it is asked


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_head_has_the_headers_of_get_and_no_body(server: PrivateServer, path: str) -> None:
    got, head = Client().get(path), Client().head(path)

    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert set(head.headers) == set(got.headers)
    assert head["Content-Type"] == got["Content-Type"] == "application/json"
    # The numbers in it may differ by a digit from one moment to the next.
    assert abs(int(head["Content-Length"]) - len(got.content)) < 4


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("path", ["/health", "/health/live/", "/health/ready"])
def test_other_methods_are_not_allowed(
    point_at: PointAt, silent_server: SilentServer, path: str, method: str
) -> None:
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))

    response = getattr(Client(enforce_csrf_checks=True), method)(path)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert silent_server.connections_made() == 0


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_nothing_of_the_site_stands_in_the_way(
    server: PrivateServer, settings: Settings, path: str, slash: str
) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["studio.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    client.cookies["sessionid"] = "0123456789abcdef"

    response = client.get(path + slash, headers={"host": "10.1.2.3"})

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert not response.has_header("Vary")
    assert not response.has_header("Location")


@pytest.mark.parametrize("path", ["/healthy", "/health//", "/health/livex", "/x/health", "/Health"])
def test_other_addresses_are_left_to_the_site(
    point_at: PointAt, silent_server: SilentServer, settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))

    assert Client().get(path).status_code == 301
    assert silent_server.connections_made() == 0


def test_the_addresses_have_names() -> None:
    names = {name: reverse(name) for name in ("health", "health-live", "health-ready")}

    assert names == {
        "health": "/health",
        "health-live": "/health/live",
        "health-ready": "/health/ready",
    }
    for address in names.values():
        assert resolve(address).func is health.answer
        assert resolve(address + "/").func is health.answer


def test_the_addresses_answer_without_the_middleware(
    server: PrivateServer, settings: Settings
) -> None:
    settings.MIDDLEWARE = []

    assert get("/health")[1]["status"] == "healthy"
    assert get("/health/live")[0] == 200


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert __version__ == project["project"]["version"]


# How soon


def test_a_hung_server_is_unhealthy_within_two_seconds(
    point_at: PointAt, silent_server: SilentServer
) -> None:
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))
    get("/health/live")  # The first request of a process also loads what answers it.
    begun = time.monotonic()

    status, document = get()

    assert time.monotonic() - begun < 2
    assert (status, document["status"]) == (503, "unhealthy")
    assert silent_server.connections_made() == 1


def test_a_server_that_hangs_once_connected_is_unhealthy_within_two_seconds(
    server: PrivateServer, point_at: PointAt
) -> None:
    with SwallowingProxy(server.port) as proxy:
        point_at(PORT=str(proxy.port))
        begun = time.monotonic()

        status, document = get()

        assert time.monotonic() - begun < 2
    assert (status, document["status"]) == (503, "unhealthy")


def test_a_hung_host_does_not_hide_a_good_one(
    server: PrivateServer, point_at: PointAt, silent_server: SilentServer
) -> None:
    point_at(
        HOST="127.0.0.1,127.0.0.1",
        PORT=f"{silent_server.port},{server.port}",
        OPTIONS={"target_session_attrs": "read-write", "connect_timeout": 10},
    )
    begun = time.monotonic()

    status, document = get()

    assert time.monotonic() - begun < 2
    assert (status, document["status"]) == (200, "healthy")


@contextmanager
def _stopped(server: PrivateServer) -> Iterator[None]:
    server.stop()
    yield
    server.start()


@contextmanager
def _frozen(server: PrivateServer) -> Iterator[None]:
    server.freeze()
    yield
    server.thaw()


@pytest.mark.parametrize("trouble", [_stopped, _frozen])
def test_it_recovers_by_itself(
    server: PrivateServer,
    caplog: pytest.LogCaptureFixture,
    trouble: Callable[[PrivateServer], Any],
) -> None:
    def until(wanted: str) -> float:
        begun = time.monotonic()
        while (found := get())[1]["status"] != wanted:
            assert time.monotonic() - begun < 10, found
        return time.monotonic() - begun

    until("healthy")
    with trouble(server):
        assert until("unhealthy") < health.SHARED_SECONDS + 2
        assert get("/health/live")[0] == 200
    assert until("healthy") < health.SHARED_SECONDS + 2

    logged = [record.getMessage() for record in caplog.records if record.name == "prodobit.health"]
    assert len(logged) == 2
    assert logged[0].startswith("prodobit.E201: ")
    assert logged[1].startswith("The database answers again")


# How often the database is asked


def test_probes_at_the_same_time_share_one_check(server: PrivateServer) -> None:
    before = server.connections_made()
    start = threading.Barrier(50)

    def probe(number: int) -> int:
        start.wait()
        return get(("/health", "/health/ready")[number % 2])[0]

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(probe, range(50)))

    assert statuses == [200] * 50
    assert server.connections_made() - before == 1


def test_probes_at_the_same_time_share_one_check_that_hangs(
    point_at: PointAt, silent_server: SilentServer
) -> None:
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))
    begun = time.monotonic()

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda _: get()[0], range(50)))

    assert time.monotonic() - begun < 5
    assert statuses == [503] * 50
    assert silent_server.connections_made() == 1


def test_asynchronous_probes_share_one_check_and_hold_up_nobody(
    point_at: PointAt, silent_server: SilentServer
) -> None:
    point_at(HOST="127.0.0.1", PORT=str(silent_server.port))

    async def ask_all() -> tuple[int, bool, list[int]]:
        client = AsyncClient()
        probes = [asyncio.ensure_future(client.get("/health")) for _ in range(50)]
        live = (await client.get("/health/live")).status_code
        held_up = any(probe.done() for probe in probes)
        return live, held_up, [answer.status_code for answer in await asyncio.gather(*probes)]

    begun = time.monotonic()
    live, held_up, statuses = asyncio.run(ask_all())

    assert live == 200
    assert not held_up
    assert time.monotonic() - begun < 5
    assert statuses == [503] * 50
    assert silent_server.connections_made() == 1


def test_asynchronous_probes_get_the_same_answer(server: PrivateServer) -> None:
    response = asyncio.run(AsyncClient().get("/health", headers={"host": "10.1.2.3"}))
    refused = asyncio.run(AsyncClient().post("/health"))

    assert response.status_code == 200
    assert json.loads(response.content)["status"] == "healthy"
    assert refused.status_code == 405


def test_a_check_is_shared_for_a_second_and_no_longer() -> None:
    begun: list[float] = []

    def check() -> Finding:
        begun.append(time.monotonic())
        return Finding(True, 1.0, 0)

    shared = SharedCheck(check)
    shared.finding()
    while len(begun) == 1:
        asked = time.monotonic()
        shared.finding()

    # The last one that asked got a finding of its own, the first after the second had passed.
    assert begun[1] - begun[0] > health.SHARED_SECONDS
    assert begun[1] >= asked
    assert asked - begun[0] < health.SHARED_SECONDS + 1


def test_checks_that_never_come_back_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)
    released = threading.Event()
    begun: list[int] = []

    def check() -> Finding:
        begun.append(1)
        released.wait()
        return Finding(True, 1.0, 0)

    shared = SharedCheck(check)
    first = time.monotonic()
    findings = [shared.finding() for _ in range(20)]
    elapsed = time.monotonic() - first
    begun_by_then = len(begun)
    released.set()
    while shared.finding().status != "healthy":
        pass

    assert {finding.status for finding in findings} == {"unhealthy"}
    assert elapsed < 1
    assert begun_by_then == 1
    assert [r.getMessage()[:13] for r in caplog.records] == ["prodobit.E201", "The database "]


def test_a_check_that_fails_by_itself_is_logged_and_unhealthy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def check() -> Finding:
        raise RuntimeError("the reason")

    finding = SharedCheck(check).finding()

    assert finding.status == "unhealthy"
    assert "prodobit.E205" in caplog.text
    assert "RuntimeError: the reason" in caplog.text


def test_the_same_trouble_is_logged_once_and_never_as_a_server_error(
    point_at: PointAt, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "SHARED_SECONDS", -1.0)
    point_at(HOST="127.0.0.1", PORT=str(free_port()))

    statuses = {get()[0] for _ in range(5)}

    assert statuses == {503}
    assert [(record.name, record.levelno) for record in caplog.records] == [
        ("prodobit.health", logging.ERROR)
    ]


# Migrations that are pending

SQUASHES = {
    "0001_a": (),
    "0002_b": (),
    "0003_c": (),
    "0001_squashed_0002_b": ("0001_a", "0002_b"),
    "0001_squashed_0003_c": ("0001_squashed_0002_b", "0003_c"),
}
DEPENDENCIES = {
    "0001_a": None,
    "0002_b": "0001_a",
    "0003_c": "0002_b",
    "0001_squashed_0002_b": None,
    "0001_squashed_0003_c": None,
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "files",
    [
        ["0001_a", "0002_b", "0003_c"],
        ["0001_a", "0002_b", "0003_c", "0001_squashed_0002_b"],
        ["0001_a", "0002_b", "0003_c", "0001_squashed_0002_b", "0001_squashed_0003_c"],
        ["0001_squashed_0002_b", "0003_c"],
    ],
)
@pytest.mark.parametrize(
    "applied",
    [
        [],
        ["0001_a"],
        ["0001_a", "0002_b"],
        ["0001_a", "0002_b", "0003_c"],
        ["0001_a", "0002_b", "0001_squashed_0002_b"],
        ["0001_a", "0002_b", "0003_c", "0001_squashed_0002_b", "0001_squashed_0003_c"],
        ["0001_a", "0002_b", "0003_c", "0004_of_a_newer_release"],
    ],
)
def test_what_is_pending_is_what_migrate_would_run(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: list[str],
    applied: list[str],
) -> None:
    package = tmp_path.name
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").touch()
    for name in files:
        before = DEPENDENCIES[name]
        if before == "0002_b" and before not in files:
            before = "0001_squashed_0002_b"
        (tmp_path / package / f"{name}.py").write_text(
            "from django.db import migrations\n"
            "class Migration(migrations.Migration):\n"
            f"    replaces = {[('database', replaced) for replaced in SQUASHES[name]]}\n"
            f"    dependencies = {[('database', before)] if before else []}\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"database": package}
    recorder = MigrationRecorder(connection)
    recorder.migration_qs.filter(app="database").delete()
    for name in applied:
        recorder.record_applied("database", name)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    migrations_on_disk.cache_clear()
    try:
        pending = count_pending(migrations_on_disk(), set(recorder.applied_migrations()))
    finally:
        migrations_on_disk.cache_clear()

    assert pending == len(plan)


# A real process


@pytest.fixture(scope="module")
def served(migrated_server: PrivateServer) -> Iterator[int]:
    """The port of the project served by a real process under production settings."""
    code = (
        "from wsgiref.simple_server import make_server\n"
        "from prodobit.wsgi import application\n"
        "server = make_server('127.0.0.1', 0, application)\n"
        "print(server.server_port, flush=True)\n"
        "server.serve_forever()\n"
    )
    environment = migrated_server.environment | {
        "DEBUG": "false",
        "SECRET_KEY": "a-secret-key-of-more-than-fifty-characters-for-a-test-only",
        "ALLOWED_HOSTS": "studio.example.com",
    }
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout
        yield int(process.stdout.readline())
        process.terminate()


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /health HTTP/1.0\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n",
        "GET /health/ready HTTP/1.1\r\nHost: not_a valid:host\r\n\r\n",
        "GET /health/live/ HTTP/1.0\r\nCookie: sessionid=x\r\n\r\n",
        "HEAD /health HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n",
    ],
)
def test_a_probe_by_address_is_answered_by_a_real_process(served: int, request_text: str) -> None:
    with socket.create_connection(("127.0.0.1", served), timeout=5) as probe:
        probe.sendall(request_text.encode())
        answer = b"".join(iter(lambda: probe.recv(65536), b"")).decode()

    head, _, body = answer.partition("\r\n\r\n")
    length = re.search(r"Content-Length: (\d+)", head)
    assert re.match(r"HTTP/1\.\d 200 OK", head)
    assert "Set-Cookie" not in head
    assert "Cache-Control: no-store" in head
    assert length
    if request_text.startswith("HEAD"):
        assert body == ""
        assert int(length[1]) > 100
    else:
        assert json.loads(body)["status"] == "healthy"
        assert int(length[1]) == len(body)


def test_everything_else_of_that_process_keeps_its_guards(served: int) -> None:
    guarded = HTTPConnection("127.0.0.1", served, timeout=5)
    guarded.request("GET", "/", headers={"Host": "10.1.2.3"})
    response = guarded.getresponse()
    response.read()
    guarded.close()

    assert response.status in (301, 400)


# Its page


def test_every_id_has_a_heading_in_its_page() -> None:
    source = (ROOT / "database" / "health.py").read_text()
    page = (ROOT / "docs" / "health.md").read_text()

    ids = set(re.findall(r"prodobit\.E\d+", source))

    assert ids == set(re.findall(r"^#+ (prodobit\.E\d+)", page, re.MULTILINE))
