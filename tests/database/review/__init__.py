"""Tests of what a review says."""
