"""Tests of what is added to migrations."""
