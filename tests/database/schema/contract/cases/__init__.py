"""All cases of the contract, by the kind of object they change."""

from ..case import Case
from . import columns, constraints, indexes

ACCEPTED: list[Case] = [*columns.CASES, *constraints.CASES, *indexes.CASES]
