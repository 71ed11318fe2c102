"""The database backend Django loads by the engine's name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from psycopg import OperationalError

from database.backend import base

if TYPE_CHECKING:
    from psycopg import Connection


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the project's own server.

    The server is started, and the role and the database are created, only when a connection
    fails: while the server runs, connecting costs what it costs elsewhere.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """Connect; side effect: the server may be created and started.

        Raises:
            EmbeddedError: The server cannot be started.
            psycopg.OperationalError: It runs and does not let us in.
        """
        # A pool answers a server that is down only after its timeout of 30 seconds.
        if self.settings_dict["OPTIONS"].get("pool") and self.pool.closed:
            self._ensure(conn_params)
        connection: Connection[Any]
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError:
            # Another command may have done what was needed meanwhile: try again all the same.
            self._ensure(conn_params)
            connection = super().get_new_connection(conn_params)
        return connection

    def _ensure(self, conn_params: dict[str, Any]) -> None:
        # Not at the top: what starts a server is not needed while it runs.
        from prodobit.embedded.cluster import Cluster

        cluster = Cluster(Path(self.settings_dict["HOST"]).parent)
        # Only the project's database is created. Any other name, such as one that a test or a
        # rehearsal connects to, must exist or be refused as it would be elsewhere.
        own = settings.DATABASES[self.alias]["NAME"] == conn_params["dbname"]
        cluster.ensure(conn_params["user"], conn_params["dbname"] if own else None)
