"""Configuration by environment variables: what is read, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prodobit.environment import DEVELOPMENT_KEY, ConfigurationError, Environment

ROOT = Path(__file__).resolve().parents[2]
KEY = "k" * 50
VARIABLES = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DB_DIRECT_HOST",
    "DB_DIRECT_PORT",
    "DB_HOST",
    "DB_LOCK_TIMEOUT",
    "DB_NAME",
    "DB_PASSWORD",
    "DB_POOL_SIZE",
    "DB_PORT",
    "DB_SAFE_MIGRATIONS",
    "DB_SSL",
    "DB_SSL_ROOT_CERT",
    "DB_STATEMENT_TIMEOUT",
    "DB_USER",
    "DEBUG",
    "EXTRA_APPS",
    "SECRET_KEY",
)


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def read(
    monkeypatch: pytest.MonkeyPatch, dotenv: Path | None = None, **variables: str
) -> Environment:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Environment.read(dotenv or Path("no such file"))


def test_nothing_set_is_the_embedded_server_with_debug_on(monkeypatch):
    environment = read(monkeypatch)

    assert environment.embedded
    assert environment.debug
    assert environment.secret_key == DEVELOPMENT_KEY
    assert environment.database["HOST"] == ""
    assert environment.database["NAME"] == "prodobit"
    assert environment.database["USER"] == "postgres"


@pytest.mark.parametrize(
    "variables", [{"DB_HOST": "db"}, {"DATABASE_URL": "postgres://u:p@db/name"}]
)
def test_a_server_of_ones_own_turns_debug_off(monkeypatch, variables):
    environment = read(monkeypatch, SECRET_KEY=KEY, **variables)

    assert not environment.debug
    assert not environment.embedded


def test_every_database_variable_reaches_django(monkeypatch):
    environment = read(
        monkeypatch,
        DB_HOST="db.internal",
        DB_PORT="6543",
        DB_USER="app",
        DB_PASSWORD="$ecret # 'quoted' ",
        DB_NAME="shop",
        DB_SSL="true",
        DB_POOL_SIZE="8",
        DEBUG="on",
        ALLOWED_HOSTS="a.example.com, b.example.com",
        CSRF_TRUSTED_ORIGINS="https://a.example.com",
    )

    assert environment.database == {
        "NAME": "shop",
        "USER": "app",
        "PASSWORD": "$ecret # 'quoted' ",
        "HOST": "db.internal",
        "PORT": "6543",
        "OPTIONS": {"connect_timeout": 10, "sslmode": "require"},
    }
    assert environment.pool_size == 8
    assert environment.allowed_hosts == ["a.example.com", "b.example.com"]
    assert environment.csrf_trusted_origins == ["https://a.example.com"]


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ("false", "disable"),
        ("False", "disable"),
        ("0", "disable"),
        ("", "disable"),
        ("true", "require"),
        ("1", "require"),
        ("disable", "disable"),
        ("allow", "allow"),
        ("prefer", "prefer"),
        ("require", "require"),
        ("verify-ca", "verify-ca"),
        ("VERIFY-FULL", "verify-full"),
    ],
)
def test_db_ssl_takes_words_and_modes(monkeypatch, given, mode):
    environment = read(monkeypatch, DB_HOST="db", DEBUG="true", DB_SSL=given)

    assert environment.database["OPTIONS"]["sslmode"] == mode


@pytest.mark.parametrize(
    ("variables", "certificate"),
    [({}, "system"), ({"DB_SSL_ROOT_CERT": "/etc/ca.pem"}, "/etc/ca.pem")],
)
def test_verifying_modes_use_the_given_certificate_or_the_systems(
    monkeypatch, variables, certificate
):
    environment = read(monkeypatch, DB_HOST="db", DEBUG="true", DB_SSL="verify-full", **variables)

    assert environment.database["OPTIONS"]["sslrootcert"] == certificate


def test_several_hosts_fail_over_to_the_one_that_accepts_writes(monkeypatch):
    environment = read(monkeypatch, DB_HOST="one, two", DEBUG="true")

    assert environment.database["HOST"] == "one,two"
    assert environment.database["OPTIONS"]["target_session_attrs"] == "read-write"


def test_database_url_wins(monkeypatch):
    environment = read(
        monkeypatch,
        DATABASE_URL="postgresql://us%40er:p%2Fw@one:5432,two:6432/shop?sslmode=require",
        DB_HOST="other",
        DB_NAME="other",
        DEBUG="true",
    )

    assert environment.database == {
        "NAME": "shop",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "one,two",
        "PORT": "5432,6432",
        "OPTIONS": {
            "connect_timeout": 10,
            "target_session_attrs": "read-write",
            "sslmode": "require",
        },
    }


def test_hosts_of_an_address_need_no_ports(monkeypatch):
    environment = read(monkeypatch, DATABASE_URL="postgres://one,two:6432/shop", DEBUG="true")

    assert environment.database["HOST"] == "one,two"
    assert environment.database["PORT"] == ",6432"


def test_the_process_wins_over_the_file_and_the_file_stays_out_of_the_process(
    monkeypatch, tmp_path
):
    dotenv = tmp_path / ".env"
    dotenv.write_text("# local\nDB_NAME=from_file\nDB_HOST='from_file'\nDEBUG=true\n")

    environment = read(monkeypatch, dotenv, DB_NAME="from_process")

    assert environment.database["NAME"] == "from_process"
    assert environment.database["HOST"] == "from_file"
    assert "DB_HOST" not in os.environ


def test_a_file_that_is_no_text_is_refused(monkeypatch, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"DB_HOST=\xff\xfe\n")

    with pytest.raises(ConfigurationError, match="not readable, but must be a UTF-8 text"):
        read(monkeypatch, dotenv)


BAD = [
    ({"DB_HOST": "db", "DB_PORT": "99999"}, "DB_PORT is '99999'", "from 1 to 65535"),
    ({"DB_HOST": "db", "DB_PORT": "0"}, "DB_PORT is '0'", "from 1 to 65535"),
    ({"DB_HOST": "db", "DB_PORT": "-1"}, "DB_PORT is '-1'", "from 1 to 65535"),
    ({"DB_HOST": "db", "DB_PORT": "\u0665"}, "DB_PORT is '\u0665'", "from 1 to 65535"),
    ({"DB_HOST": "db", "DB_SSL": "maybe"}, "DB_SSL is 'maybe'", "verify-full"),
    ({"DB_HOST": "a,,b"}, "DB_HOST is 'a,,b'", "commas"),
    (
        {"DB_HOST": "db", "DB_SSL_ROOT_CERT": "/ca.pem"},
        "DB_SSL_ROOT_CERT is set while DB_SSL is disable",
        "DB_SSL=verify-ca or DB_SSL=verify-full",
    ),
    ({"DB_POOL_SIZE": "many"}, "DB_POOL_SIZE is 'many'", "from 0 to 1000"),
    ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'", "true or false"),
    ({"DEBUG": "false"}, "SECRET_KEY is missing", "50 characters"),
    ({"DEBUG": "false", "SECRET_KEY": "short"}, "SECRET_KEY is 5 characters long", "50"),
    ({"CSRF_TRUSTED_ORIGINS": "example.com"}, "CSRF_TRUSTED_ORIGINS is 'example.com'", "https://"),
    (
        {"DATABASE_URL": "mysql://u:hunter2@h/d"},
        "DATABASE_URL is not one of PostgreSQL",
        "postgres",
    ),
    ({"DATABASE_URL": "postgres://u:hunter2@h:5432"}, "without a database name", "postgres://"),
    ({"DATABASE_URL": "postgres://u:hunter2@h:99999/d"}, "port '99999'", "65535"),
    ({"DATABASE_URL": "postgres://u:hunter2@[::1/d"}, "DATABASE_URL is not readable", "postgres"),
    ({"DATABASE_URL": "postgres://u:hunter2@h/d?nonsense=1"}, "not readable", "postgres://"),
]


@pytest.mark.parametrize(("variables", "named", "allowed"), BAD)
def test_a_bad_value_is_named_with_what_is_allowed(monkeypatch, variables, named, allowed):
    if "SECRET_KEY" not in named:
        variables = {"SECRET_KEY": KEY, **variables}

    with pytest.raises(ConfigurationError) as raised:
        read(monkeypatch, **variables)

    message = str(raised.value)
    assert named in message
    assert allowed in message
    assert "hunter2" not in message
    assert "\n" not in message


@pytest.mark.parametrize("command", [["check"], ["migrate"], ["runserver"], ["help"], []])
def test_a_command_ends_in_one_line_and_exit_code_1(command):
    environment = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    environment |= {"DB_HOST": "db", "DB_PORT": "99999", "DB_PASSWORD": "hunter2", "DEBUG": "true"}
    environment["DJANGO_SETTINGS_MODULE"] = "prodobit.settings"

    result = subprocess.run(
        [sys.executable, ROOT / "manage.py", *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 1
    assert result.stderr == (
        "prodobit: DB_PORT is '99999', but must be a whole number from 1 to 65535.\n"
    )
    assert result.stdout == ""


def test_env_example_documents_exactly_the_variables_that_are_read():
    lines = (ROOT / ".env.example").read_text().splitlines()
    documented = sorted(
        line.lstrip("#").split("=")[0]
        for line in lines
        if "=" in line and line.lstrip("#").split("=")[0].replace("_", "").isupper()
    )

    assert documented == sorted(VARIABLES)


def test_extra_apps_are_folders_of_the_project(monkeypatch, tmp_path):
    for label in ("legacy", "crm"):
        (tmp_path / label).mkdir()
        (tmp_path / label / "__init__.py").touch()

    environment = read(monkeypatch, tmp_path / ".env", EXTRA_APPS="legacy, crm")

    assert environment.extra_apps == ["legacy", "crm"]


@pytest.mark.parametrize("labels", ["missing", "a-b", "a.b"])
def test_an_extra_app_that_is_not_there_is_refused(monkeypatch, tmp_path, labels):
    with pytest.raises(ConfigurationError, match="EXTRA_APPS is"):
        read(monkeypatch, tmp_path / ".env", EXTRA_APPS=labels)


def test_an_extra_app_given_twice_is_refused(monkeypatch, tmp_path):
    with pytest.raises(ConfigurationError, match="each once"):
        read(monkeypatch, tmp_path / ".env", EXTRA_APPS="legacy,legacy")


def test_pull_may_be_told_of_the_app_that_it_writes(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["manage.py", "pull"])

    assert read(monkeypatch, tmp_path / ".env", EXTRA_APPS="legacy").extra_apps == []


@pytest.mark.parametrize(
    ("variables", "direct"),
    [
        ({}, None),
        ({"DB_DIRECT_HOST": "pg"}, {"HOST": "pg", "PORT": "5432"}),
        ({"DB_DIRECT_PORT": "5433"}, {"HOST": "db", "PORT": "5433"}),
        (
            {"DB_DIRECT_HOST": "one, two", "DB_DIRECT_PORT": "1"},
            {
                "HOST": "one,two",
                "PORT": "1",
                "OPTIONS": {"target_session_attrs": "read-write"},
            },
        ),
    ],
)
@pytest.mark.parametrize(
    "base", [{"DB_HOST": "db", "DB_PORT": "6432"}, {"DATABASE_URL": "postgres://u:p@db:6432/n"}]
)
def test_the_way_past_a_pooler(monkeypatch, base, variables, direct):
    environment = read(monkeypatch, SECRET_KEY=KEY, **base, **variables)

    assert environment.database.get("DIRECT") == direct
    assert (environment.database["HOST"], environment.database["PORT"]) == ("db", "6432")


def test_the_embedded_server_needs_no_way_past_a_pooler(monkeypatch):
    assert "DIRECT" not in read(monkeypatch, DB_DIRECT_HOST="pg").database


def test_timeouts_of_migrations_are_seconds(monkeypatch):
    environment = read(monkeypatch, DB_LOCK_TIMEOUT="0.5", DB_STATEMENT_TIMEOUT="0")

    assert (environment.lock_timeout, environment.statement_timeout) == (0.5, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_LOCK_TIMEOUT", "-1"),
        ("DB_LOCK_TIMEOUT", "5s"),
        ("DB_LOCK_TIMEOUT", "nan"),
        ("DB_STATEMENT_TIMEOUT", "inf"),
        ("DB_DIRECT_PORT", "0"),
        ("DB_DIRECT_HOST", "a,,b"),
    ],
)
def test_a_bad_way_or_timeout_is_named(monkeypatch, name, value):
    with pytest.raises(ConfigurationError, match=name):
        read(monkeypatch, DB_HOST="db", SECRET_KEY=KEY, **{name: value})


def test_safe_migrations_need_their_package(monkeypatch):
    assert not read(monkeypatch).safe_migrations
    assert read(monkeypatch, DB_SAFE_MIGRATIONS="true").safe_migrations

    monkeypatch.setattr("prodobit.environment.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"DB_SAFE_MIGRATIONS is true.*safe\.txt"):
        read(monkeypatch, DB_SAFE_MIGRATIONS="true")
