"""Configuration read from environment variables and ``.env``, checked before anything uses it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import environ
from psycopg import Error as PsycopgError
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from pathlib import Path

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
VERIFYING_SSL_MODES = ("verify-ca", "verify-full")
TRUE_WORDS = ("true", "1", "yes", "on")
FALSE_WORDS = ("false", "0", "no", "off")
DEVELOPMENT_KEY = "django-insecure-for-development-only-never-outside-this-machine"
SECRET_KEY_LENGTH = 50
CONNECT_TIMEOUT = 10
"""Seconds a connection attempt may take per host; libpq's own default is for ever."""
LONGEST_TIMEOUT = 2_147_483
"""Seconds; PostgreSQL counts milliseconds in 32 bits."""


class ConfigurationError(Exception):
    """A variable holds something that cannot be used; the message is one line for its owner."""

    def __init__(self, variable: str, given: str, allowed: str) -> None:
        super().__init__(f"{variable} is {given}, but must be {allowed}.")


@dataclass(frozen=True)
class Environment:
    """Everything the environment decides.

    Attributes:
        debug: Django's DEBUG.
        secret_key: Django's SECRET_KEY; a fixed development key where DEBUG is on and none is set.
        allowed_hosts: Django's ALLOWED_HOSTS.
        csrf_trusted_origins: Django's CSRF_TRUSTED_ORIGINS.
        embedded: Whether the project's own PostgreSQL is used; ``database`` then has no host.
        database: NAME, USER, PASSWORD, HOST, PORT and OPTIONS for Django's DATABASES, and DIRECT
            with those of them that lead past a pooler.
        extra_apps: Labels of apps in the project's folder to install beside the others.
        pool_size: Connections in the web process's pool; 0 for no pool.
        lock_timeout: Seconds that a statement of a migration may wait for a lock; 0 for ever, None
            where nothing is said.
        statement_timeout: Seconds that it may take; 0 for ever, None as the server has it.
        safe_migrations: Whether migrations are to block nobody for long.
    """

    debug: bool
    secret_key: str
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    embedded: bool
    database: dict[str, Any]
    extra_apps: list[str]
    pool_size: int
    lock_timeout: float | None
    statement_timeout: float | None
    safe_migrations: bool

    @classmethod
    def read(cls, dotenv: Path) -> Environment:
        """Read the variables; those of the process win over those of the file ``dotenv``.

        Raises:
            ConfigurationError: A variable holds something that cannot be used.
        """
        env = _variables(dotenv)
        url = _text(env, "DATABASE_URL")
        host = _text(env, "DB_HOST")
        embedded = not (url or host)
        # The database is looked at before the secret: of two mistakes it is the one just made.
        database = _database_of_url(url) if url else _database(env, host)
        if not embedded:
            database |= _direct(env, database["HOST"])
        pool_size = _integer(env, "DB_POOL_SIZE", 0, 0, 1000)
        extra_apps = _extra_apps(env, dotenv.parent)
        debug = _boolean(env, "DEBUG", default=embedded)
        return cls(
            debug=debug,
            secret_key=_secret_key(env, debug),
            allowed_hosts=_list(env, "ALLOWED_HOSTS"),
            csrf_trusted_origins=_origins(env),
            embedded=embedded,
            database=database,
            extra_apps=extra_apps,
            pool_size=pool_size,
            lock_timeout=_seconds(env, "DB_LOCK_TIMEOUT"),
            statement_timeout=_seconds(env, "DB_STATEMENT_TIMEOUT"),
            safe_migrations=_safe_migrations(env),
        )


def _variables(dotenv: Path) -> environ.Env:
    # A class of its own keeps the file's variables out of os.environ, where every process that
    # this one starts would inherit them and prefer them to its own file.
    env = type("Variables", (environ.Env,), {"ENVIRON": dict(os.environ)})()
    if dotenv.is_file():
        try:
            env.read_env(str(dotenv))
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(
                str(dotenv), "not readable", "a UTF-8 text of lines NAME=value"
            ) from None
    return env


def _text(env: environ.Env, name: str, default: str = "") -> str:
    # Taken from ENVIRON and not through env.str(): that follows a leading "$" into another
    # variable, so that a password "$ecret" would be looked up instead of used.
    return str(env.ENVIRON.get(name, "")).strip() or default


def _list(env: environ.Env, name: str) -> list[str]:
    return [item.strip() for item in _text(env, name).split(",") if item.strip()]


def _boolean(env: environ.Env, name: str, *, default: bool) -> bool:
    word = _text(env, name).lower()
    if not word:
        return default
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise ConfigurationError(name, repr(word), "true or false")
    return word in TRUE_WORDS


def _integer(env: environ.Env, name: str, default: int, lowest: int, highest: int) -> int:
    text = _text(env, name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise ConfigurationError(name, repr(text), f"a whole number from {lowest} to {highest}")
    return int(text)


def _seconds(env: environ.Env, name: str) -> float | None:
    text = _text(env, name)
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_TIMEOUT:
        allowed = f"a number of seconds from 0 (for ever) to {LONGEST_TIMEOUT}"
        raise ConfigurationError(name, repr(text), allowed)
    return seconds


def _safe_migrations(env: environ.Env) -> bool:
    wanted = _boolean(env, "DB_SAFE_MIGRATIONS", default=False)
    if wanted and find_spec("django_zero_downtime_migrations") is None:
        raise ConfigurationError(
            "DB_SAFE_MIGRATIONS",
            "true",
            "false while django-pg-zero-downtime-migrations is not installed "
            "(pip install --require-hashes -r requirements/safe.txt)",
        )
    return wanted


def _secret_key(env: environ.Env, debug: bool) -> str:
    key = _text(env, "SECRET_KEY")
    allowed = f"a secret of {SECRET_KEY_LENGTH} characters or more while DEBUG is false"
    if debug:
        return key or DEVELOPMENT_KEY
    if not key:
        raise ConfigurationError("SECRET_KEY", "missing", allowed)
    if len(key) < SECRET_KEY_LENGTH:
        raise ConfigurationError("SECRET_KEY", f"{len(key)} characters long", allowed)
    return key


def _origins(env: environ.Env) -> list[str]:
    origins = _list(env, "CSRF_TRUSTED_ORIGINS")
    for origin in origins:
        if not origin.startswith(("https://", "http://")):
            raise ConfigurationError(
                "CSRF_TRUSTED_ORIGINS",
                repr(origin),
                "a list of origins such as https://studio.example.com",
            )
    return origins


def _extra_apps(env: environ.Env, root: Path) -> list[str]:
    labels = _list(env, "EXTRA_APPS")
    for label in labels:
        if not label.isidentifier() or labels.count(label) > 1:
            raise ConfigurationError(
                "EXTRA_APPS", repr(",".join(labels)), "labels of apps, each once, with commas"
            )
    # The app that "pull" is about to write need not be there yet.
    if sys.argv[1:2] == ["pull"]:
        return [label for label in labels if (root / label).is_dir()]
    for label in labels:
        if not (root / label / "__init__.py").is_file():
            raise ConfigurationError(
                "EXTRA_APPS", repr(label), "the name of an app's folder in the project"
            )
    return labels


def _database(env: environ.Env, host: str) -> dict[str, Any]:
    mode = _ssl_mode(env)
    database: dict[str, Any] = {
        "NAME": _text(env, "DB_NAME", "prodobit"),
        "USER": _text(env, "DB_USER", "postgres"),
        "PASSWORD": str(env.ENVIRON.get("DB_PASSWORD", "postgres")),
        "HOST": host,
        "PORT": str(_integer(env, "DB_PORT", 5432, 1, 65535)),
        "OPTIONS": {"connect_timeout": CONNECT_TIMEOUT},
    }
    if not host:
        return database
    hosts = _hosts("DB_HOST", host)
    database["HOST"] = ",".join(hosts)
    database["OPTIONS"] |= _options(hosts, mode, _text(env, "DB_SSL_ROOT_CERT"))
    return database


def _hosts(name: str, text: str) -> list[str]:
    hosts = [host.strip() for host in text.split(",")]
    if not all(hosts):
        raise ConfigurationError(name, repr(text), "one host or several, with commas between")
    return hosts


def _direct(env: environ.Env, host: str) -> dict[str, Any]:
    """Return the part of the settings that commands use which must not go through a pooler."""
    given = _text(env, "DB_DIRECT_HOST")
    port = _integer(env, "DB_DIRECT_PORT", 5432, 1, 65535)
    if not given and not _text(env, "DB_DIRECT_PORT"):
        return {}
    hosts = _hosts("DB_DIRECT_HOST", given or host)
    direct: dict[str, Any] = {"HOST": ",".join(hosts), "PORT": str(port)}
    if len(hosts) > 1:
        direct["OPTIONS"] = {"target_session_attrs": "read-write"}
    return {"DIRECT": direct}


def _ssl_mode(env: environ.Env) -> str:
    mode = _text(env, "DB_SSL", "false").lower()
    if mode in FALSE_WORDS:
        return "disable"
    if mode in TRUE_WORDS:
        return "require"
    if mode not in SSL_MODES:
        raise ConfigurationError(
            "DB_SSL", repr(mode), f"true, false or one of {', '.join(SSL_MODES)}"
        )
    return mode


def _options(hosts: list[str], mode: str, root_cert: str) -> dict[str, Any]:
    options: dict[str, Any] = {"sslmode": mode}
    if len(hosts) > 1:
        options["target_session_attrs"] = "read-write"
    if mode in VERIFYING_SSL_MODES and root_cert:
        options["sslrootcert"] = root_cert
    elif mode in VERIFYING_SSL_MODES:
        options["sslrootcert"] = "system"
    elif root_cert:
        raise ConfigurationError(
            "DB_SSL_ROOT_CERT",
            f"set while DB_SSL is {mode}",
            f"used with DB_SSL={' or DB_SSL='.join(VERIFYING_SSL_MODES)}",
        )
    return options


def _database_of_url(url: str) -> dict[str, Any]:
    allowed = "an address such as postgres://user:password@host:5432/name"
    if not url.startswith(("postgres://", "postgresql://")):
        raise ConfigurationError("DATABASE_URL", "not one of PostgreSQL", allowed)
    try:
        # libpq itself reads the address: several hosts, escapes and options mean what they do
        # everywhere else. Its complaint may quote the password, so it is not passed on.
        parts = conninfo_to_dict(url)
    except PsycopgError:
        raise ConfigurationError("DATABASE_URL", "not readable", allowed) from None
    name, user = parts.pop("dbname", None), parts.pop("user", None)
    host = str(parts.pop("host", None) or "localhost")
    port = str(parts.pop("port", None) or "5432")
    if not name:
        raise ConfigurationError("DATABASE_URL", "without a database name", allowed)
    for number in port.split(","):
        # A host without a port of its own has PostgreSQL's.
        if number and not (number.isascii() and number.isdigit() and 1 <= int(number) <= 65535):
            raise ConfigurationError(
                "DATABASE_URL", f"with port {number!r}", "one with ports from 1 to 65535"
            )
    options: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT}
    if "," in host:
        options["target_session_attrs"] = "read-write"
    return {
        "NAME": str(name),
        "USER": str(user or "postgres"),
        "PASSWORD": str(parts.pop("password", None) or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options | parts,
    }


def replaced_models(labels: list[str]) -> list[str]:
    """Return the labels of apps whose models give way to those of the extra apps.

    Args:
        labels: Labels of the extra apps; ``replaces_models_of`` of their configurations decides.
    """
    found: list[str] = []
    for label in labels:
        if find_spec(f"{label}.apps") is None:
            continue
        for config in vars(import_module(f"{label}.apps")).values():
            if getattr(config, "name", None) == label:
                found += getattr(config, "replaces_models_of", [])
    return list(dict.fromkeys(found))
