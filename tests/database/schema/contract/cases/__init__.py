"""All cases of the contract, by the kind of object they change."""

from ..case import Case
from . import columns, constraints, indexes, relations, tables

ACCEPTED: list[Case] = [
    *columns.CASES,
    *constraints.CASES,
    *indexes.CASES,
    *relations.CASES,
    *tables.CASES,
]
