"""Is the server alive, can it work, and what is the matter: /health, /health/live, /health/ready.

A probe comes by IP address, often without a Host header, every second, and most of all when the
database is in trouble. So the answer is given before any other middleware, on a connection that
is neither Django's nor the pool's, within two seconds whatever the database does, and without a
word that a stranger should not read: reasons go to the log ``prodobit.health``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.urls import re_path
from psycopg.errors import UndefinedTable

from database.probe import QueryRefusedError, UnreachableError, ask
from prodobit import __version__

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from collections.abc import Set as AbstractSet

type MigrationKey = tuple[str, str]
"""An app's label and a migration's name."""

logger = logging.getLogger("prodobit.health")

DATABASE_SECONDS = 1.5
"""How long the database may take to accept a connection and answer."""
ANSWER_SECONDS = 1.8
"""How long a probe may wait; longer than the above for what cannot be interrupted."""
SHARED_SECONDS = 1.0
"""How long after its end a check also answers for probes that come then."""
APPLIED_QUERY = "SELECT app, name FROM django_migrations"
STARTED = time.monotonic()


class Probe(Enum):
    """What can be asked; the value is the address."""

    WHOLE = "/health"
    LIVE = "/health/live"
    READY = "/health/ready"


@dataclass(frozen=True)
class Finding:
    """What one check found out.

    Attributes:
        connected: Whether the database answered.
        milliseconds: How long that took, or until it was given up.
        pending: Migration files not applied; None where that could not be found out.
        trouble: What is wrong, for the log only; empty where nothing is.
    """

    connected: bool
    milliseconds: float
    pending: int | None
    trouble: str = ""

    @property
    def status(self) -> str:
        """The word for it: healthy, degraded or unhealthy."""
        if not self.connected:
            return "unhealthy"
        return "healthy" if self.pending == 0 else "degraded"

    def document(self) -> dict[str, Any]:
        """The answer to /health and /health/ready, as of now."""
        return {
            **_preamble(self.status),
            "database": {"connected": self.connected},
            "services": {
                "database": {
                    "status": "up" if self.connected else "down",
                    "responseTime": round(self.milliseconds, 1),
                }
            },
            "migrations": {"pending": self.pending},
        }


def _preamble(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "timestamp": datetime.now(UTC),
        "uptime": round(time.monotonic() - STARTED, 3),
        "version": __version__,
    }


def check_database() -> Finding:
    """Connect, read which migrations are applied, and compare them with the files.

    Opens and closes one connection. Takes :data:`DATABASE_SECONDS` at most, apart from the
    resolution of host names, which cannot be interrupted.
    """
    begun = time.monotonic()
    params = connections[DEFAULT_DB_ALIAS].get_connection_params()
    try:
        rows = ask(params, APPLIED_QUERY, DATABASE_SECONDS)
        refusal = None
    except UnreachableError as error:
        return Finding(False, _milliseconds_since(begun), None, _unreachable(str(error)))
    except QueryRefusedError as error:
        rows, refusal = [], error
    milliseconds = _milliseconds_since(begun)
    # Without its table no migration has been applied; any other refusal leaves the question open.
    if refusal and refusal.sqlstate != UndefinedTable.sqlstate:
        return Finding(
            True,
            milliseconds,
            None,
            f"prodobit.E203: the table django_migrations cannot be read: {refusal}. Until it can,"
            " this server is not ready; grant its user SELECT on the table, or wait for the lock"
            " on it to go.",
        )
    try:
        on_disk = migrations_on_disk()
    except Exception as error:  # A migration file is Python: importing it can raise anything.
        return Finding(
            True,
            milliseconds,
            None,
            f"prodobit.E204: the migration files cannot be loaded: {type(error).__name__}:"
            f" {error}. Until they can, this server is not ready; see what"
            " 'manage.py showmigrations' says.",
        )
    pending = count_pending(on_disk, {(app, name) for app, name in rows})
    trouble = ""
    if pending:
        trouble = (
            f"prodobit.E202: migrations that are not applied: {pending}. Until they are, this"
            " server is not ready; run 'manage.py migrate'."
        )
    return Finding(True, milliseconds, pending, trouble)


def _unreachable(reason: str) -> str:
    sentence = reason if reason.endswith((".", "?")) else f"{reason}."
    return (
        f"prodobit.E201: the database does not answer: {sentence} Until it does, this server is"
        " unhealthy; it is asked again with the next probe."
    )


def _milliseconds_since(begun: float) -> float:
    return (time.monotonic() - begun) * 1000


@cache
def migrations_on_disk() -> Mapping[MigrationKey, tuple[MigrationKey, ...]]:
    """Load the migration files of all apps, once in a process.

    Returns:
        For each migration the migrations it replaces, which for most are none.
    """
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return {key: tuple(m.replaces) for key, m in loader.disk_migrations.items()}


def count_pending(
    on_disk: Mapping[MigrationKey, tuple[MigrationKey, ...]], applied: AbstractSet[MigrationKey]
) -> int:
    """Count what ``migrate`` would run.

    Squashed migrations are judged as by Django's ``MigrationLoader``: one stands for those it
    replaces when all or none of them are applied, and does not count otherwise.

    https://docs.djangoproject.com/en/6.1/topics/migrations/#migration-squashing
    """
    done = set(applied)
    counted = set(on_disk)
    judged: set[MigrationKey] = set()

    def originals(key: MigrationKey) -> set[MigrationKey]:
        replaced = on_disk.get(key)
        return set().union(*map(originals, replaced)) if replaced else {key}

    def judge(key: MigrationKey) -> None:
        replaced = on_disk.get(key)
        if not replaced or key in judged:
            return
        judged.add(key)
        for earlier in replaced:
            judge(earlier)
        states = {original in done for original in originals(key)}
        if states == {True}:
            done.add(key)
        else:
            done.discard(key)
        if len(states) == 1:
            counted.difference_update(replaced)
        else:
            counted.discard(key)

    for key in on_disk:
        judge(key)
    return len(counted - done)


class SharedCheck:
    """One check at a time, for all who ask while it runs and for a second after its end.

    The check runs in a thread of its own, so that one that hangs (in the resolution of a host
    name, say) holds up nobody; as long as it hangs no other is begun, so that threads cannot pile
    up. What it finds is logged when it is not what was found before.
    """

    def __init__(self, check: Callable[[], Finding]) -> None:
        self._check = check
        self._lock = threading.Lock()
        self._future: Future[Finding] | None = None
        self._begun = 0.0
        self._ended = 0.0
        self._trouble = ""

    def finding(self) -> Finding:
        """Wait for the check; at most :data:`ANSWER_SECONDS`."""
        future, patience = self._current()
        try:
            return future.result(patience)
        except TimeoutError:
            return self._overdue(future)

    async def afinding(self) -> Finding:
        """Like :meth:`finding`, without holding up the event loop or one of its threads."""
        future, patience = self._current()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), patience)
        except TimeoutError:
            return self._overdue(future)

    def _current(self) -> tuple[Future[Finding], float]:
        with self._lock:
            now = time.monotonic()
            if self._future is None or (self._future.done() and now - self._ended > SHARED_SECONDS):
                future: Future[Finding] = Future()
                future.set_running_or_notify_cancel()
                thread = threading.Thread(
                    target=self._run, args=(future,), name="prodobit-health", daemon=True
                )
                thread.start()
                self._future, self._begun = future, now
            return self._future, max(self._begun + ANSWER_SECONDS - now, 0)

    def _run(self, future: Future[Finding]) -> None:
        begun = time.monotonic()
        try:
            finding = self._check()
        except Exception as error:
            logger.exception("prodobit.E205: the health check itself failed.")
            finding = Finding(
                False,
                _milliseconds_since(begun),
                None,
                f"prodobit.E205: the health check itself failed with {type(error).__name__}.",
            )
        with self._lock:
            self._ended = time.monotonic()
            self._note(finding)
            future.set_result(finding)

    def _overdue(self, future: Future[Finding]) -> Finding:
        with self._lock:
            if future.done():
                return future.result()
            finding = Finding(
                False,
                _milliseconds_since(self._begun),
                None,
                _unreachable(f"the check has not come back within {ANSWER_SECONDS:g} seconds"),
            )
            self._note(finding)
            return finding

    def _note(self, finding: Finding) -> None:
        before, self._trouble = self._trouble, finding.trouble
        if finding.trouble and finding.trouble != before:
            logger.log(logging.WARNING if finding.connected else logging.ERROR, finding.trouble)
        elif before and not finding.trouble:
            logger.info("The database answers again and all migrations are applied.")


SHARED = SharedCheck(check_database)


def answer(request: HttpRequest, probe: Probe) -> HttpResponse:
    """Answer one probe; waits for the database at most :data:`ANSWER_SECONDS`."""
    return _not_allowed(request) or _response(
        request, probe, None if probe is Probe.LIVE else SHARED.finding()
    )


async def _aanswer(request: HttpRequest, probe: Probe) -> HttpResponse:
    return _not_allowed(request) or _response(
        request, probe, None if probe is Probe.LIVE else await SHARED.afinding()
    )


def _not_allowed(request: HttpRequest) -> HttpResponse | None:
    if request.method in ("GET", "HEAD"):
        return None
    return HttpResponseNotAllowed(["GET", "HEAD"], headers={"Cache-Control": "no-store"})


def _response(request: HttpRequest, probe: Probe, finding: Finding | None) -> HttpResponse:
    document = finding.document() if finding else _preamble("healthy")
    good = ("healthy",) if probe is Probe.READY else ("healthy", "degraded")
    response = JsonResponse(
        document,
        status=200 if document["status"] in good else 503,
        headers={"Cache-Control": "no-store"},
    )
    response["Content-Length"] = str(len(response.content))
    if request.method == "HEAD":
        response.content = b""
    # Django would log every 503 as a server error and mail it to ADMINS, once for each probe.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


class HealthMiddleware:
    """Answers the addresses of :class:`Probe` before any other middleware sees the request.

    To stand first in MIDDLEWARE: without Host check, redirect, session, cookie, CSRF or log-in.

    https://docs.djangoproject.com/en/6.1/topics/http/middleware/#asynchronous-support
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]
    ) -> None:
        self.get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        # Now rather than in the first check, which it could make late; that also reports failure.
        with suppress(Exception):
            migrations_on_disk()

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a probe; pass on everything else."""
        try:
            probe = Probe(request.path_info.removesuffix("/"))
        except ValueError:
            return self.get_response(request)
        return _aanswer(request, probe) if self._is_async else answer(request, probe)


urlpatterns = [
    re_path(
        rf"^{probe.value[1:]}/?$", answer, {"probe": probe}, name=probe.value[1:].replace("/", "-")
    )
    for probe in Probe
]
"""The addresses by name, for reverse() and show_urls: health, health-live, health-ready."""
