"""Which models there will be, what they and their fields are called, what refers to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from database.schema.state import Column, ForeignKey, Index, PrimaryKey, Table, TableName, Unique

from . import naming


@dataclass(frozen=True, slots=True)
class Relation:
    """A foreign key that becomes a relation of Django.

    Attributes:
        foreign_key: The constraint.
        target: The table of the pulled model; None for a model of another app.
        foreign: ``app_label.Model`` of a model of another app, else "".
        to_column: The referenced column where it is not the primary key, else "".
        one_to_one: Whether the column is unique by itself.
        related_name: Name of the way back.
        typed: Type of the column where it is not the type of the column it refers to, else "".
    """

    foreign_key: ForeignKey
    target: TableName | None
    foreign: str
    to_column: str
    one_to_one: bool
    related_name: str
    typed: str


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A column with the name of its field, and the relation that it is, if any."""

    name: str
    column: Column
    relation: Relation | None = None

    @property
    def attname(self) -> str:
        """The attribute that holds the column's own value."""
        return f"{self.name}_id" if self.relation else self.name


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """A table with the name of its model and the plans of its fields, in the order of the table."""

    table: Table
    name: str
    fields: tuple[FieldPlan, ...]

    @property
    def primary_key(self) -> PrimaryKey | None:
        """The primary key of the table, if it has one."""
        return primary_key(self.table)


@dataclass(frozen=True, slots=True)
class Other:
    """A model that exists already, of another app.

    Attributes:
        label: ``app_label.Model``.
        primary_key: Column of its primary key.
        type: Type of that column.
    """

    label: str
    primary_key: str
    type: str


@dataclass(frozen=True, slots=True)
class Models:
    """All models that are to be written, by table, and the foreign keys that could not be said."""

    plans: Mapping[TableName, ModelPlan]
    left: Mapping[TableName, tuple[tuple[ForeignKey, str], ...]] = field(default_factory=dict)


def primary_key(table: Table) -> PrimaryKey | None:
    """Return the primary key of a table, if it has one."""
    return next((c for c in table.constraints if isinstance(c, PrimaryKey)), None)


def unique_columns(table: Table) -> set[str]:
    """Return the columns that are unique each by itself, whatever makes them so."""
    found = set()
    for thing in (*table.constraints, *table.indexes):
        if isinstance(thing, PrimaryKey | Unique) and len(thing.columns) == 1:
            found.add(thing.columns[0])
        elif isinstance(thing, Index) and is_unique_index(thing) and len(thing.keys) == 1:
            found.add(thing.keys[0].column or "")
    return found - {""}


def is_unique_index(thing: Index) -> bool:
    """Tell whether an index makes whole rows unique."""
    return thing.unique and thing.predicate is None and thing.valid


def plan(
    tables: Iterable[Table],
    others: Mapping[TableName, Other],
    app_label: str,
    *,
    taken: Container[str] = (),
) -> Models:
    """Name the models and their fields, and decide which foreign keys become relations.

    Args:
        tables: The tables that become models.
        others: Models of other apps, by table.
        app_label: Label of the app that the models will be in.
        taken: Names in lower case that no model may have.
    """
    ordered = sorted(tables, key=lambda table: table.name)
    by_name = {table.name: table for table in ordered}
    classes: dict[TableName, str] = {}
    used: set[str] = set()
    for table in ordered:
        name = naming.class_name(table.name.name, table.name.schema, _Both(taken, used))
        classes[table.name] = name
        used.add(name.lower())
    left: dict[TableName, list[tuple[ForeignKey, str]]] = defaultdict(list)
    relations: dict[TableName, dict[str, ForeignKey]] = {}
    for table in ordered:
        relations[table.name] = _relations(table, by_name, others, left)
    _break_circles(relations, left)
    names = {table.name: _field_names(table, relations[table.name]) for table in ordered}
    related = _related_names(ordered, relations, names, classes, app_label)
    plans = {}
    for table in ordered:
        fields = []
        unique = unique_columns(table)
        for column in table.columns:
            key = relations[table.name].get(column.name)
            relation = None
            if key is not None:
                relation = _relation(
                    key, column, by_name, others, related[table.name, column.name],
                    one_to_one=column.name in unique,
                )  # fmt: skip
            fields.append(FieldPlan(names[table.name][column.name], column, relation))
        plans[table.name] = ModelPlan(table, classes[table.name], tuple(fields))
    return Models(plans, {name: tuple(keys) for name, keys in left.items()})


def _break_circles(
    relations: Mapping[TableName, dict[str, ForeignKey]],
    left: dict[TableName, list[tuple[ForeignKey, str]]],
) -> None:
    """Leave the foreign keys by which a column refers, over others, to itself.

    Django asks the column that is referred to for its type, and so would never come to an end.
    """
    for table, keys in relations.items():
        for column in list(keys):
            seen: set[tuple[TableName, str]] = set()
            place: tuple[TableName, str] | None = (table, column)
            while place is not None and place not in seen:
                seen.add(place)
                key = relations.get(place[0], {}).get(place[1])
                place = (key.target, key.target_columns[0]) if key else None
            if place == (table, column):
                left[table].append((keys.pop(column), "what it refers to refers back to it"))


class _Both:
    """Two containers as one."""

    def __init__(self, first: Container[str], second: Container[str]) -> None:
        self.first, self.second = first, second

    def __contains__(self, name: object) -> bool:
        return name in self.first or name in self.second


def _relations(
    table: Table,
    tables: Mapping[TableName, Table],
    others: Mapping[TableName, Other],
    left: dict[TableName, list[tuple[ForeignKey, str]]],
) -> dict[str, ForeignKey]:
    chosen: dict[str, ForeignKey] = {}
    for key in sorted(
        (c for c in table.constraints if isinstance(c, ForeignKey)), key=lambda c: c.name
    ):
        reason = _obstacle(key, table, tables, others, chosen)
        if reason:
            left[table.name].append((key, reason))
        else:
            chosen[key.columns[0]] = key
    return chosen


def _obstacle(
    key: ForeignKey,
    table: Table,
    tables: Mapping[TableName, Table],
    others: Mapping[TableName, Other],
    chosen: Mapping[str, ForeignKey],
) -> str:
    """Say why a foreign key cannot be a relation of Django; "" if it can."""
    if len(key.columns) > 1:
        return "it has several columns"
    if key.columns[0] in chosen:
        return f"column {key.columns[0]} has another foreign key"
    if not key.valid:
        return "it is NOT VALID"
    if not key.enforced:
        return "it is NOT ENFORCED"
    if key.on_delete_columns:
        return "it sets only some of its columns"
    column = table.column(key.columns[0])
    if column is None or column.generated or column.identity or column.serial:
        return "its column gets its value from the database"
    if key.target in others:
        other = others[key.target]
        if key.target_columns != (other.primary_key,) or column.type != other.type:
            return "it does not refer to the primary key of the model"
        return ""
    target = tables.get(key.target)
    if target is None:
        return "the table it refers to is not pulled"
    target_column = target.column(key.target_columns[0])
    own_key = primary_key(target)
    if own_key and own_key.columns == key.target_columns and target_column.generated:  # type: ignore[union-attr]
        return "the key it refers to is generated"
    if key.target_columns[0] not in unique_columns(target):
        return "what it refers to is unique only together with other columns"
    return ""


def _relation(
    key: ForeignKey,
    column: Column,
    tables: Mapping[TableName, Table],
    others: Mapping[TableName, Other],
    related_name: str,
    *,
    one_to_one: bool,
) -> Relation:
    if key.target in others:
        label = others[key.target].label
        return Relation(key, None, label, "", one_to_one, related_name, "")
    target = tables[key.target]
    own_key = primary_key(target)
    is_key = own_key is not None and own_key.columns == key.target_columns
    target_column = target.column(key.target_columns[0])
    assert target_column is not None
    same = (column.type, column.collation) == (target_column.type, target_column.collation)
    return Relation(
        key, key.target, "", "" if is_key else key.target_columns[0], one_to_one, related_name,
        "" if same else column.type,
    )  # fmt: skip


def _field_names(table: Table, relations: Mapping[str, ForeignKey]) -> dict[str, str]:
    """Name the fields: plain columns whose own name serves come first, so that they keep it."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    composite = primary_key(table)
    if composite is not None and len(composite.columns) > 1:
        taken.add("pk")
    for column in table.columns:
        if (
            column.name not in relations
            and naming.is_field_name(column.name)
            and naming.snake(column.name) == column.name
        ):
            names[column.name] = column.name
            taken.add(column.name)
    for column in table.columns:
        if column.name in names:
            continue
        if column.name not in relations:
            names[column.name] = naming.field_name(column.name, taken)
            taken.add(names[column.name])
    for column in table.columns:
        if column.name in relations:
            names[column.name] = _relation_name(column.name, relations[column.name], taken)
            taken |= {names[column.name], f"{names[column.name]}_id"}
    return names


def _relation_name(column: str, key: ForeignKey, taken: Collection[str]) -> str:
    name = naming.snake(column)
    bare = name.removesuffix("_id")
    if name == "id":
        bare = naming.singular_snake(key.target.name)
    candidates = [bare, name, f"{bare}_{naming.singular_snake(key.target.name)}", f"{bare}_key"]
    for candidate in candidates:
        if (
            candidate
            and naming.is_field_name(candidate)
            and candidate not in taken
            and f"{candidate}_id" not in taken
        ):
            return candidate
    name = naming.field_name(f"{bare}_key", taken)
    while f"{name}_id" in taken:
        name = f"{name}_key"
    return name


def _related_names(
    tables: Iterable[Table],
    relations: Mapping[TableName, Mapping[str, ForeignKey]],
    names: Mapping[TableName, Mapping[str, str]],
    classes: Mapping[TableName, str],
    app_label: str,
) -> dict[tuple[TableName, str], str]:
    """Name the ways back, so that none has the name of a field or of another way back."""
    taken: dict[TableName, set[str]] = defaultdict(set)
    for table in tables:
        for column in table.columns:
            name = names[table.name][column.name]
            taken[table.name] |= {name, column.name}
            if column.name in relations[table.name]:
                taken[table.name].add(f"{name}_id")
    found: dict[tuple[TableName, str], str] = {}
    for table in tables:
        unique = unique_columns(table)
        keys = relations[table.name]
        targets = [key.target for key in keys.values()]
        for column in table.columns:
            if column.name not in keys:
                continue
            target = keys[column.name].target
            own = names[table.name][column.name]
            one = naming.singular_snake(table.name.name) or naming.snake(classes[table.name])
            many = naming.plural_snake(table.name.name) or one
            word = one if column.name in unique else many
            candidates = [word, f"{own}_{word}", f"{own}_{word}_of_{one}"]
            if target == table.name and own.startswith("parent"):
                candidates.insert(0, "children")
            elif targets.count(target) > 1 and own != naming.singular_snake(target.name):
                # Several ways to the same table: the one that is called like it keeps the word.
                candidates.pop(0)
            if target not in classes:
                candidates = [f"{app_label}_{candidate}" for candidate in candidates]
            name = next(
                (
                    candidate
                    for candidate in candidates
                    if candidate not in taken[target] and naming.is_field_name(candidate)
                ),
                None,
            ) or naming.unique(candidates[-1], taken[target])
            taken[target].add(name)
            found[table.name, column.name] = name
    return found
