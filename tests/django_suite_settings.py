"""Settings for Django's own tests."""

from tests import cluster

_PARTS = cluster.provide().parameters(tcp=True)


def _database(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _PARTS.get("host", ""),
        "PORT": _PARTS.get("port", ""),
        "USER": _PARTS.get("user", ""),
        "PASSWORD": _PARTS.get("password", ""),
        "NAME": name,
    }


DATABASES = {"default": _database("django_suite"), "other": _database("django_suite_other")}
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
USE_TZ = False
