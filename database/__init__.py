"""The database of the business: models, schema engine, studio and commands."""
