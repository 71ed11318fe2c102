"""Settings for Django's own tests."""

import os


def _database(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ.get("DB_HOST", "127.0.0.1"),
        "PORT": os.environ.get("DB_PORT", "5432"),
        "USER": os.environ.get("DB_USER", "postgres"),
        "PASSWORD": os.environ.get("DB_PASSWORD", ""),
        "NAME": name,
        "TEST": {"NAME": f"test_{name}"},
    }


_NAME = os.environ.get("DB_NAME", "django_suite")
DATABASES = {"default": _database(_NAME), "other": _database(f"{_NAME}_other")}
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = False
