"""What the web process has and commands have not."""

from __future__ import annotations

from django.conf import settings


def use_connection_pool() -> None:
    """Give the default database a pool of DB_POOL_SIZE connections, where that is set.

    Commands keep single connections: a pool slows their failure against a dead server from one
    second to half a minute.

    https://docs.djangoproject.com/en/6.1/ref/databases/#connection-pool
    """
    size = settings.ENVIRONMENT.pool_size
    if size:
        options = settings.DATABASES["default"]["OPTIONS"]
        options["pool"] = {"min_size": min(2, size), "max_size": size, "timeout": 10}
