"""All cases of the contract, by the kind of object they change."""

from tests.database.schema.contract.case import Case, Refusal

from . import (
    columns,
    combinations,
    constraints,
    enums,
    expressions,
    indexes,
    refusals,
    relations,
    tables,
)

ACCEPTED: list[Case] = [
    *columns.CASES,
    *combinations.CASES,
    *constraints.CASES,
    *enums.CASES,
    *expressions.CASES,
    *indexes.CASES,
    *relations.CASES,
    *tables.CASES,
]
REFUSED: list[Refusal] = [*refusals.CASES, *enums.REFUSALS]
