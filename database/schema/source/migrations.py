"""Models → the migration that makes their tables."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from database.schema.state import TableName

from . import layout
from .layout import Call, Items, Node, Text
from .layout import Mapping as Dict
from .model import Model
from .modules import imports


def operations(
    models: Sequence[Model],
    keys: Mapping[TableName, Call],
    between: Sequence[Call],
    waiting: Mapping[TableName, Collection[str]],
) -> list[Call]:
    """Return the operations that make the models, in their order.

    A foreign key to a model that comes later is added once that is there, with the indexes and
    constraints on it.

    Args:
        models: The models.
        keys: What comes right after a table.
        between: What comes after all tables and before what needs it.
        waiting: Names that what needs it has in it, by table.
    """
    found: list[Call] = []
    late: list[Call] = []
    made: set[TableName] = set()
    for model in models:
        name = model.plan.name
        targets = {
            field.name: field.relation.target
            for field in model.plan.fields
            if field.relation and field.relation.target
        }
        made.add(model.plan.table.name)
        after = {field for field, target in targets.items() if target not in made}
        names = waiting.get(model.plan.table.name, ())
        key_columns = model.plan.primary_key.columns if model.plan.primary_key else ()
        key_fields = {f.name for f in model.plan.fields if f.column.name in key_columns}
        bare = {field: _without_default(call) for field, call in model.fields}
        # What the default needs may read the column, so that the column comes first.
        defaults = {
            field
            for field, call in model.fields
            if _has_name(call, names) and not _has_name(bare[field], names)
        }
        after |= {
            field
            for field, call in model.fields
            if field not in key_fields | defaults and _has_name(call, names)
        }
        options: list[tuple[Node, Node]] = [(Text(key), value) for key, value in model.options]
        for key, things, operation in (
            ("indexes", model.indexes, "AddIndex"),
            ("constraints", model.constraints, "AddConstraint"),
        ):
            own = [
                thing
                for thing in things
                if not (after and _mentions(thing, after)) and not _has_name(thing, names)
            ]
            if own:
                options.append((Text(key), Items(tuple(own))))
            argument = "index" if operation == "AddIndex" else "constraint"
            late += [
                Call(f"migrations.{operation}", (), (("model_name", Text(name.lower())),
                                                      (argument, thing)))
                for thing in things if thing not in own
            ]  # fmt: skip
        fields = tuple(
            Items((Text(field), bare[field] if field in defaults else call), "()")
            for field, call in model.fields
            if field not in after
        )
        found.append(
            Call(
                "migrations.CreateModel",
                (),
                (
                    ("name", Text(name)),
                    ("fields", Items(fields)),
                    ("options", Dict(tuple(options))),
                ),
            )
        )
        if model.plan.table.name in keys:
            found.append(keys[model.plan.table.name])
        late = [
            Call(
                f"migrations.{'AddField' if field in after else 'AlterField'}",
                (),
                (("model_name", Text(name.lower())), ("name", Text(field)), ("field", call)),
            )
            for field, call in model.fields
            if field in after | defaults
        ] + late
    # Fields first: an index that waits may be of two of them.
    late.sort(key=lambda call: not call.function.endswith("Field"))
    return [*found, *between, *late]


def _without_default(call: Call) -> Call:
    kept = tuple((name, value) for name, value in call.keywords if name != "db_default")
    return Call(call.function, call.arguments, kept)


def _has_name(node: Node, names: Collection[str]) -> bool:
    text = layout.flat(node) if names else ""
    return any(name in text for name in names)


def _mentions(node: Node, names: set[str]) -> bool:
    text = layout.flat(node)
    return any(
        f'"{name}"' in text or f'"-{name}"' in text or f"{{{name}}}" in text or f"{name}__" in text
        or f"({name}=" in text or f" {name}=" in text
        for name in names
    )  # fmt: skip


def text(
    docstring: str,
    operations: Iterable[Call],
    dependencies: Iterable[tuple[str, str]],
    *,
    initial: bool = False,
    sql: bool = False,
) -> str:
    """Return the text of a migration module."""
    calls = tuple(operations)
    used = {"migrations"}
    for call in calls:
        used |= layout.names(call)
    nodes = tuple(Items((Text(label), Text(name)), "()") for label, name in dependencies)
    lines = ["class Migration(migrations.Migration):", f'    """{docstring}"""', ""]
    if initial:
        lines.append("    initial = True")
    lines.append(layout.render(Items(nodes), 4, "dependencies = "))
    lines.append("    operations = [")
    lines += [layout.render(call, 8, "", ",") for call in calls]
    lines.append("    ]")
    body = "\n".join(lines)
    codes = ["E101", "E501", "RUF001", "W191", "W291", "W293", "RUF100"] if sql else []
    if not body.isascii() and not sql:
        codes = ["RUF001", "RUF100"]
    head = f"# ruff: noqa: {', '.join(codes)}\n" if codes else ""
    return f'{head}"""{docstring}"""\n\n{imports(used)}\n\n\n{body}\n'


def dependencies(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what the first migration depends on: the first ones of other apps."""
    return [(label, "__first__") for label in sorted(labels)]
