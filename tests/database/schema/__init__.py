"""Tests of the schema engine, against a real PostgreSQL."""
