"""Django's PostgreSQL backend, with enum types that follow their fields."""
