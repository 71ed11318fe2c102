"""Tests of the made-up rows."""
