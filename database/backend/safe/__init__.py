"""The database backend whose migrations block nobody for long: DB_SAFE_MIGRATIONS=true."""
