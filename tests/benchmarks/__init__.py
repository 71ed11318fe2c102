"""Measurements: printed as tables, never asserted. ``python -m tests.benchmarks --help``."""
