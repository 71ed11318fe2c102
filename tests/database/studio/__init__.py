"""Tests of Studio."""
