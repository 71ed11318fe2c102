"""Which models go into which file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping

from database.schema.state import TableName

from . import naming
from .relations import ModelPlan

SMALL = 15
"""Up to so many models stay in one file."""
RESERVED = frozenset(("choices", "__init__"))


def group(plans: Iterable[ModelPlan]) -> dict[str, list[ModelPlan]]:
    """Sort models into files by what their tables are called and refer to.

    Tables whose names begin with the same word belong together; one that stands alone goes to the
    group that it is most tied to by foreign keys. A table that is added moves no other, except one
    that stood alone.

    Returns:
        Names of modules with their models, each in an order in which what is referred to comes
        first. One group, named ``models``, for a small number of models.
    """
    ordered = sorted(plans, key=lambda plan: plan.table.name)
    if len(ordered) <= SMALL:
        return {"models": in_order(ordered)} if ordered else {}
    stems = {plan.table.name: _stem(plan.table.name) for plan in ordered}
    sizes = Counter(stems.values())
    groups: dict[str, list[ModelPlan]] = defaultdict(list)
    lonely = []
    for plan in ordered:
        stem = stems[plan.table.name]
        if sizes[stem] > 1:
            groups[stem].append(plan)
        else:
            lonely.append(plan)
    ties = _ties(ordered)
    homes = {plan.table.name: stem for stem, members in groups.items() for plan in members}
    for plan in lonely:
        votes = Counter(
            homes[other] for other in ties[plan.table.name].elements() if other in homes
        )
        # A table that everybody refers to is at home nowhere in particular.
        best = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        if best and len(votes) <= 3:
            groups[best[0][0]].append(plan)
        else:
            groups["core"].append(plan)
    return {_module(stem): in_order(members) for stem, members in sorted(groups.items())}


def in_order(
    plans: Iterable[ModelPlan], needs: Mapping[TableName, Collection[TableName]] | None = None
) -> list[ModelPlan]:
    """Order models so that what they refer to comes first, as far as there is no circle.

    Args:
        plans: The models.
        needs: What a table needs as well; it comes first whatever circle there is.
    """
    waiting = {plan.table.name: plan for plan in sorted(plans, key=lambda p: p.table.name)}
    missing = {
        name: _targets(plan, waiting) | _needed(plan, waiting, needs)
        for name, plan in waiting.items()
    }
    followers: dict[TableName, list[TableName]] = defaultdict(list)
    for name, others in missing.items():
        for other in others:
            followers[other].append(name)
    found: list[ModelPlan] = []
    ready = [name for name, others in missing.items() if not others]
    while waiting:
        if not ready:
            free = {k: plan for k, plan in waiting.items() if not _needed(plan, waiting, needs)}
            ready = [_breaker(free or waiting).table.name]
        freed = []
        for name in ready:
            found.append(waiting.pop(name))
            for follower in followers[name]:
                missing[follower].discard(name)
                if not missing[follower] and follower in waiting:
                    freed.append(follower)
        ready = sorted(name for name in set(freed) if name in waiting)
    return found


def _needed(
    plan: ModelPlan,
    waiting: Container[TableName],
    needs: Mapping[TableName, Collection[TableName]] | None,
) -> set[TableName]:
    name = plan.table.name
    return {need for need in (needs or {}).get(name, ()) if need != name and need in waiting}


def _breaker(waiting: Mapping[TableName, ModelPlan]) -> ModelPlan:
    """Return the model of a circle that goes first: one whose key refers to none that waits."""
    circle = [plan for plan in waiting.values() if _is_in_circle(plan, waiting)]
    circle = circle or list(waiting.values())

    def cost(plan: ModelPlan) -> tuple[bool, int, TableName]:
        key = plan.primary_key
        columns = key.columns if key else ()
        targets = _targets(plan, waiting)
        in_key = any(
            field.column.name in columns and field.relation.target in targets
            for field in plan.fields
            if field.relation
        )
        return in_key, len(targets), plan.table.name

    return min(circle, key=cost)


def _is_in_circle(plan: ModelPlan, waiting: Mapping[TableName, ModelPlan]) -> bool:
    seen: set[TableName] = set()
    stack = list(_targets(plan, waiting))
    while stack:
        name = stack.pop()
        if name == plan.table.name:
            return True
        if name not in seen:
            seen.add(name)
            stack += _targets(waiting[name], waiting)
    return False


def _targets(plan: ModelPlan, waiting: Mapping[TableName, ModelPlan]) -> set[TableName]:
    """Return the tables that a model refers to and that still wait, its own left out."""
    return {
        field.relation.target
        for field in plan.fields
        if field.relation and field.relation.target in waiting
    } - {plan.table.name}  # type: ignore[return-value]


def _stem(name: TableName) -> str:
    parts = naming.words(name.name)
    return naming.snake(naming.singular(parts[0])) if parts else "core"


def _module(stem: str) -> str:
    name = naming.plural(stem) if stem != "core" else stem
    if name in RESERVED or not naming.is_field_name(name):
        name = f"{name}_models"
    return name


def _ties(plans: Iterable[ModelPlan]) -> dict[TableName, Counter[TableName]]:
    ties: dict[TableName, Counter[TableName]] = defaultdict(Counter)
    for plan in plans:
        for field in plan.fields:
            if (
                field.relation
                and field.relation.target
                and field.relation.target != plan.table.name
            ):
                ties[plan.table.name][field.relation.target] += 1
                ties[field.relation.target][plan.table.name] += 1
    return ties
