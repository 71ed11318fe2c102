"""Django's PostgreSQL backend, which starts the project's own server on first need."""
