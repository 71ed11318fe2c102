"""The engine as the contract uses it: what ``push`` does, without a command line around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps.registry import Apps
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from database.schema import apply, catalog, declared, enum_changes, journal
from database.schema.answers import AnswerError, Answers, parse_fill, parse_rename
from database.schema.changes import Plan
from database.schema.failure import PushError
from database.schema.fills import value_of
from database.schema.plan import Planner
from database.schema.state import TableName

from .definitions import APP


@dataclass(frozen=True)
class Ending:
    """How a push ended.

    Attributes:
        code: The exit code that the command ends with.
        ids: Ids of refusals.
        text: Everything that is said about the refusal.
        plan: What was to be done; None where the answers could not be used.
    """

    code: int
    ids: tuple[str, ...] = ()
    text: str = ""
    plan: Plan | None = None


def remember(connection: BaseDatabaseWrapper, registry: Apps) -> None:
    """Note in the push journal that the tables of these models are ours, as a push would have."""
    live = catalog.read(connection).by_name()
    objects: dict[TableName, dict[str, Any] | None] = {}
    for table in declared.read(registry, connection, app_labels={APP}).tables:
        found = live[table.name]
        objects[found.name] = {
            "model": table.model,
            "field": table.auto_created_by,
            "columns": {column.name: column.field for column in table.columns},
            "objects": [item.name for item in (*found.constraints, *found.indexes)],
            "enums": (
                enum_changes.members(registry, table.model)
                if table.model and not table.auto_created_by
                else {}
            ),
        }
    with transaction.atomic():
        journal.write(connection, journal.Entry((APP,), (), (), "", 0.0, objects))


def push(
    connection: BaseDatabaseWrapper,
    registry: Apps,
    *,
    renames: tuple[str, ...] = (),
    fills: tuple[str, ...] = (),
    accept_data_loss: bool = False,
    prune: bool = False,
) -> Ending:
    """Push the models of a registry, with nobody there to be asked."""
    try:
        answers = Answers(
            renames=tuple(map(parse_rename, renames)),
            fills=dict(value_of(registry, parse_fill(fill)) for fill in fills),
            prune=prune,
        )
        planner = Planner(connection, registry, {APP})
        plan = planner.make(answers)
    except AnswerError as error:
        return Ending(2, (error.id,), str(error))
    refused = _refused(plan, accept_data_loss)
    if refused is not None:
        return refused
    if not plan:
        return Ending(0, plan=plan)
    try:
        apply.run(planner, plan, lock_timeout=5, hooks=apply.Hooks(), retries=0)
    except PushError as error:
        return Ending(1, (error.report.id,), repr(error.report), plan)
    return Ending(0, plan=plan)


def _refused(plan: Plan, accept_data_loss: bool) -> Ending | None:
    if plan.questions:
        ids = tuple(question.id for question in plan.questions)
        return Ending(4, ids, "\n".join(map(repr, plan.questions)), plan)
    obstacles = [change.obstacle for change in plan.changes if change.obstacle]
    if obstacles:
        ids = tuple(obstacle.id for obstacle in obstacles)
        return Ending(1, ids, "\n".join(map(repr, obstacles)), plan)
    losses = [change.loss for change in plan.changes if change.loss]
    if losses and not accept_data_loss:
        return Ending(4, ("prodobit.E604",), "\n".join(map(repr, losses)), plan)
    return None


def push_with_answers(
    connection: BaseDatabaseWrapper,
    registry: Apps,
    value: Callable[[str], str],
    *,
    renaming: bool,
    look: Callable[[tuple[str, ...], tuple[str, ...]], None],
) -> tuple[Ending, tuple[str, ...], tuple[str, ...]]:
    """Push as somebody who answers every question and accepts every loss.

    Args:
        connection: To the database.
        registry: The models.
        value: Kind of a field → what its rows are given.
        renaming: Whether what may have been renamed was.
        look: Called before each attempt, with the renames and fills it will be given.

    Returns:
        The ending, and the renames and fills that were answered.
    """
    renames: list[str] = []
    fills: list[str] = []
    for _ in range(20):
        look(tuple(renames), tuple(fills))
        ending = push(
            connection,
            registry,
            renames=tuple(renames),
            fills=tuple(fills),
            accept_data_loss=True,
        )
        if ending.code != 4 or ending.plan is None or not ending.plan.questions:
            break
        for question in ending.plan.questions:
            option = question.options[0 if renaming else -1]
            answer = option.partition(" ")[2].partition(" (")[0]
            if option.startswith("--rename"):
                renames.append(answer)
            else:
                target = answer.partition("=")[0]
                field = registry.get_model(APP, target.split(".")[1])._meta.get_field(
                    target.split(".")[2]
                )
                fills.append(f"{target}={value(field.__class__.__name__)}")
    return ending, tuple(renames), tuple(fills)
