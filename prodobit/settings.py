"""Django's settings: what the environment decides comes from prodobit.environment."""

import sys
from importlib.util import find_spec
from pathlib import Path

from django.utils.csp import CSP

from prodobit.environment import ConfigurationError, Environment, replaced_models

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    ENVIRONMENT = Environment.read(BASE_DIR / ".env")
except ConfigurationError as error:
    sys.exit(f"prodobit: {error}")

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.csrf_trusted_origins

INSTALLED_APPS = [
    # Before the admin, whose templates it extends.
    "database",
    # Without autodiscovery: the admin registers when the addresses load, not with every command.
    "database.studio.apps.StudioConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
INSTALLED_APPS += ENVIRONMENT.extra_apps
# An app that "pull" made of a database with tables of the same names has the say about them.
REPLACED_MODELS = replaced_models(ENVIRONMENT.extra_apps)
MIGRATION_MODULES = dict.fromkeys(REPLACED_MODELS)
if DEBUG and find_spec("django_extensions"):
    INSTALLED_APPS.append("django_extensions")

MIDDLEWARE = [
    # First: a probe comes by IP address and has no part in what the others do.
    "database.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

if not DEBUG and find_spec("whitenoise"):
    MIDDLEWARE.insert(
        MIDDLEWARE.index("django.middleware.security.SecurityMiddleware") + 1,
        "whitenoise.middleware.WhiteNoiseMiddleware",
    )
    # Straight from the installed packages: a server needs no collectstatic step before it starts.
    WHITENOISE_USE_FINDERS = True

ROOT_URLCONF = "prodobit.urls"
WSGI_APPLICATION = "prodobit.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": {"ENGINE": "database.backend", **ENVIRONMENT.database}}
if ENVIRONMENT.embedded:
    DATABASES["default"] |= {
        "ENGINE": "prodobit.embedded.postgresql",
        "HOST": str(BASE_DIR / ".postgres" / "socket"),
        "PORT": "5432",
    }
if ENVIRONMENT.safe_migrations:
    # See docs/safe-migrations.md.
    engines = {"prodobit.embedded.postgresql": "prodobit.embedded.safe"}
    engine = str(DATABASES["default"]["ENGINE"])
    DATABASES["default"]["ENGINE"] = engines.get(engine, "database.backend.safe")
    # After each operation and not at the end of the migration, so that the next one finds the
    # constraints that it may alter or drop.
    ZERO_DOWNTIME_MIGRATIONS_DEFERRED_SQL = False
# Of migrate; see docs/migrate.md.
MIGRATE_LOCK_TIMEOUT = ENVIRONMENT.lock_timeout
MIGRATE_STATEMENT_TIMEOUT = ENVIRONMENT.statement_timeout
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"prodobit": {"level": "INFO"}},
}

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"

if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
