"""The embedded server's backend with DB_SAFE_MIGRATIONS=true."""
