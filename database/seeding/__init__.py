"""Believable rows for an empty database, the same for the same seed."""

from .load import Progress, SeedingError, filled_tables, seed, seed_demo
from .plan import FEWEST_ROWS, MOST_ROWS, Counts

__all__ = [
    "FEWEST_ROWS",
    "MOST_ROWS",
    "Counts",
    "Progress",
    "SeedingError",
    "filled_tables",
    "seed",
    "seed_demo",
]
