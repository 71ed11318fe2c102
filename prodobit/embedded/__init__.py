"""The project's own PostgreSQL server, used when no other database is configured."""
